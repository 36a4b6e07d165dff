import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { toDay } from '../model/instant.ts';
import type { StoreSettings } from '../model/settings.ts';
import { makeFolder } from '../store/folder.ts';
import type { Store } from '../store/store.ts';
import { UsageError } from './complaint.ts';

/** Copies made each night are named by their day; nothing else in the folder is touched. */
const NAME = /^vt-auditor-\d{4}-\d{2}-\d{2}\.db$/u;

/** What is left of a night's copy when its process was killed. */
const PART = /^vt-auditor-\d{4}-\d{2}-\d{2}\.db\.part/u;

/** A nightly copy: where it lies, and how many old ones were deleted; or why none was made. */
export type NightlyBackup =
  | { readonly kind: 'written'; readonly file: string; readonly deleted: number }
  | { readonly kind: 'there_already' }
  | { readonly kind: 'damaged' };

/** What a nightly copy needs beside the settings. */
export interface Night {
  readonly store: Pick<Store, 'checkAndCopy'>;
  readonly at: Date;
  readonly signal: AbortSignal;
}

/**
 * Writes the copy of the day, unless it is there already, and deletes the oldest beyond those to keep. What lies in the folder is the only
 * memory, so that a restart neither repeats nor forgets a night. Of a damaged database no copy is made: it would drive out a good one.
 * @throws StoreError, or what the file system says.
 */
export async function writeNightlyBackup(
  { path, keep }: NonNullable<StoreSettings['backup']>,
  { store, at, signal }: Night,
): Promise<NightlyBackup> {
  makeFolder(path);
  const file = join(path, `vt-auditor-${toDay(at)}.db`);
  if (existsSync(file)) return { kind: 'there_already' };
  for (const name of readdirSync(path).filter((name) => PART.test(name))) rmSync(join(path, name), { force: true });
  if ((await store.checkAndCopy(file, signal)) === 'damaged') return { kind: 'damaged' };
  const old = readdirSync(path)
    .filter((name) => NAME.test(name))
    .sort()
    .slice(0, -keep);
  for (const name of old) rmSync(join(path, name), { force: true });
  return { kind: 'written', file, deleted: old.length };
}

/**
 * Writes a copy of the database under a name that somebody chose. Works beside a running daemon.
 * @throws UsageError when there is something under the name already, or no folder for it.
 */
export function writeBackup(store: Pick<Store, 'backup'>, file: string): string {
  const target = resolve(file);
  if (existsSync(target)) throw new UsageError(`${target} exists already; choose another name`);
  if (!existsSync(dirname(target))) throw new UsageError(`there is no folder ${dirname(target)}`);
  store.backup(target);
  return target;
}
