import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { checkAndCopy } from './checked-copy.ts';
import { holdFile } from './daemon-lock.ts';
import { copyOfSchema, openForCopy, refuseNetworkFileSystem, takeSteps, type Upgrade, versionOf } from './database.ts';
import { StoreError, toStoreError } from './store-error.ts';

/**
 * The schema of a database that an older version wrote; null: there is none, or it is as this version wants it, or it is for
 * `openDatabase` to say what is wrong with it.
 */
export function olderSchema(path: string, steps: readonly string[]): number | null {
  if (!existsSync(path)) return null;
  let database: DatabaseSync | null = null;
  try {
    database = openForCopy(path);
    const schema = versionOf(database);
    return schema > 0 && schema < steps.length ? schema : null;
  } catch {
    return null;
  } finally {
    database?.close();
  }
}

/** What an upgrade beside everything else needs. */
export interface UpgradeInput {
  readonly path: string;
  readonly steps: readonly string[];
  /** Ends it: the copy that is being made is deleted, and the database stays as it was. */
  readonly signal: AbortSignal;
  /** Called before the copy is begun, with the schema from which it leads. */
  readonly begun: (from: number) => void;
}

/**
 * Brings the database of an older version up to date, with the checked copy made by another process: it takes seconds for each hundred
 * megabytes, in which the daemon must hear that it should stop. Nobody else can write between the copy and the change. Null: nothing is to
 * be done, or it is for `openDatabase` to refuse.
 * @throws StoreError with one sentence, or what the signal says.
 */
export async function upgradeDatabase({ path, steps, signal, begun }: UpgradeInput): Promise<Upgrade | null> {
  const from = olderSchema(path, steps);
  if (from === null) return null;
  refuseNetworkFileSystem(path);
  begun(from);
  let database: DatabaseSync | null = null;
  try {
    database = openForCopy(path);
    // With a rollback journal, as in a copy that was restored, who reads would hold up the commit.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
    const copy = copyOfSchema(path, from);
    if ((await checkAndCopy(path, copy, signal)) === 'damaged')
      throw new StoreError(`The database ${path} is damaged; restore a backup or move the file away to start anew.`);
    takeSteps(database, steps);
    database.exec('COMMIT');
    return { from, to: steps.length, copy };
  } catch (error) {
    throw toStoreError(path, error);
  } finally {
    // What was not committed is rolled back.
    database?.close();
  }
}

/**
 * Lets a command change the schema only while no daemon uses the database: one of an older version would be refused at its next start.
 * @throws StoreError when a daemon does.
 */
export function unlessDaemonRuns(path: string, change: () => void): void {
  const lock = holdFile(`${path}.lock`);
  if (lock === null)
    throw new StoreError(
      `The database ${path} was written by an older vt-auditor, whose daemon still uses it; stop that one and start the daemon of this version first.`,
    );
  try {
    change();
  } finally {
    lock.release();
  }
}
