import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** About how many bytes a copy of the database takes, and how many are free in its folder for this user. */
export function roomForCopy(path: string): { readonly needed: number; readonly free: number } {
  const { bavail, bsize } = statfsSync(dirname(path));
  return { needed: statSync(path).size, free: bavail * bsize };
}
