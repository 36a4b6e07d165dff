import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from './folder.ts';
import { StoreError, sqliteCode, toStoreError } from './store-error.ts';

const SQLITE_BUSY = 5;

/** A right that one process at a time has. */
export interface DaemonLock {
  release(): void;
}

/**
 * Makes this process the one daemon of a database; commands that only open the database are not kept out.
 * @throws StoreError when another daemon holds it.
 */
export function lockDaemon(path: string): DaemonLock {
  return lockFile(`${path}.lock`, `Another "vt-auditor start" already uses the database ${path}; only one may run.`);
}

/**
 * Makes this process the only one that changes groups by hand: two of them could each leave the other's administrator as the last.
 * @throws StoreError when another one is at it.
 */
export function lockChanges(path: string): DaemonLock {
  return lockFile(
    `${path}.changes.lock`,
    'Somebody else is making changes at this moment; try again when that is done.',
  );
}

function lockFile(lockPath: string, busy: string): DaemonLock {
  const lock = holdFile(lockPath);
  if (lock === null) throw new StoreError(busy);
  return lock;
}

/**
 * Holds an exclusive transaction on a file of its own: the operating system frees it when the process ends in whatever way. Null: somebody
 * else holds it.
 * @throws StoreError when the file cannot be made.
 */
export function holdFile(lockPath: string): DaemonLock | null {
  let database: DatabaseSync | null = null;
  try {
    makeFolder(dirname(lockPath));
    closeSync(openSync(lockPath, 'a', 0o600));
    database = new DatabaseSync(lockPath);
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (sqliteCode(error) === SQLITE_BUSY) return null;
    // People know the database, and a lock fails where the database would.
    throw toStoreError(lockPath.replace(/(?:\.run-[^/]*|\.changes)?\.lock$/u, ''), error);
  }
  const held = database;
  return {
    release() {
      if (held.isOpen) held.close();
    },
  };
}
