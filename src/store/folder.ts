import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates a folder for this user alone, with those above it. Node's own way never ends where a file system takes no folders and says that
 * there is none, such as below /proc.
 * @throws what the file system says.
 */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Somebody else was first; a link that leads nowhere is no folder.
    if (!existsSync(folder) || !statSync(folder).isDirectory()) throw error;
  }
}
