import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError, sqliteCode, toStoreError } from './store-error.ts';

const SQLITE_BUSY = 5;

/** The right to be the one daemon of a database. */
export interface DaemonLock {
  release(): void;
}

/**
 * Makes this process the one daemon of a database by an exclusive transaction on `<path>.lock`. The operating system frees it when the
 * process ends in whatever way; commands that only open the database are not kept out.
 * @throws StoreError when another daemon holds it.
 */
export function lockDaemon(path: string): DaemonLock {
  const lockPath = `${path}.lock`;
  let database: DatabaseSync | null = null;
  try {
    mkdirSync(dirname(lockPath), { recursive: true, mode: 0o700 });
    closeSync(openSync(lockPath, 'a', 0o600));
    database = new DatabaseSync(lockPath);
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (sqliteCode(error) !== SQLITE_BUSY) throw toStoreError(lockPath, error);
    throw new StoreError(`Another "vt-auditor start" already uses the database ${path}; only one may run.`, {
      cause: error,
    });
  }
  const held = database;
  return {
    release() {
      if (held.isOpen) held.close();
    },
  };
}
