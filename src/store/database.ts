import { randomUUID } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from './folder.ts';
import { integer, text } from './row.ts';
import { StoreError, sqliteCode, toStoreError } from './store-error.ts';

const BUSY_TIMEOUT_MS = 5000;

const SQLITE_CORRUPT = 11;

/** Magic numbers of statfs(2): NFS, SMB, CIFS, SMB2, Coda, AFS. WAL needs memory shared by all readers, which these do not have. */
const networkFileSystems = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x73757245, 0x5346414f]);

/** Creates a file that only this user may read, unless it exists. */
function createPrivately(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
}

function refuseNetworkFileSystem(path: string): void {
  if (!networkFileSystems.has(statfsSync(dirname(path)).type >>> 0)) return;
  throw new StoreError(`The database ${path} lies on a network file system, which would damage it; use a local disk.`);
}

/** Runs `body` in one write transaction: all of it is kept, or nothing. */
export function transaction<T>(database: DatabaseSync, body: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = body();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk rolls back by itself.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return integer(database.prepare('PRAGMA user_version').get() ?? {}, 'user_version');
}

/** SQLite leaves it to the system when a copy reaches the disk: under its name it must be there. */
function sync(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A second connection to a database that is in use: to read it, as it is. */
export function openForCopy(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  return database;
}

/**
 * Writes a consistent copy that appears under its name only when it is whole. Works while others read and write.
 * @throws StoreError that names the copy, unless the database itself is damaged.
 */
export function copyDatabase(database: DatabaseSync, target: string): void {
  const part = `${target}.part`;
  try {
    rmSync(part, { force: true });
    createPrivately(part);
    database.prepare('VACUUM INTO ?').run(part);
    sync(part);
    renameSync(part, target);
  } catch (error) {
    throw sqliteCode(error) === SQLITE_CORRUPT ? error : toStoreError(target, error);
  }
}

function migrate(database: DatabaseSync, path: string, steps: readonly string[]): void {
  const before = versionOf(database);
  if (before > steps.length) {
    throw new StoreError(
      `The database ${path} was written by a newer vt-auditor (schema ${before}, this one knows ${steps.length}); install that version.`,
    );
  }
  if (before === steps.length) return;
  if (before > 0) copyDatabase(database, `${path}.schema-${before}`);
  transaction(database, () => {
    // Another process may have migrated while this one waited for the lock.
    for (const step of steps.slice(versionOf(database))) database.exec(step);
    database.exec(`PRAGMA user_version = ${steps.length}`);
  });
}

function refuseForeign(database: DatabaseSync, path: string): void {
  if (versionOf(database) > 0) return;
  const table = database
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
    .get();
  if (table === undefined) return;
  throw new StoreError(`The file ${path} is a database of another program; choose another path in store.path.`);
}

function check(database: DatabaseSync, path: string): void {
  const first = database.prepare('PRAGMA quick_check(1)').get() ?? {};
  if (text(first, 'quick_check') === 'ok') return;
  throw new StoreError(`The database ${path} is damaged; restore a backup or move the file away to start anew.`);
}

function prepareDatabase(database: DatabaseSync, path: string, steps: readonly string[]): void {
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  check(database, path);
  refuseForeign(database, path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  migrate(database, path, steps);
  // Says now, not at the first commit, that the folder is read-only.
  transaction(database, () => undefined);
}

/**
 * A new database gets its name when it is whole, so that an empty file under that name always means that one was cut off. Of two processes
 * that create it at the same time one is first; the other takes what is there.
 */
function createDatabase(path: string, steps: readonly string[]): void {
  const part = `${path}.new-${randomUUID()}`;
  try {
    createPrivately(part);
    const database = new DatabaseSync(part);
    try {
      prepareDatabase(database, part, steps);
    } finally {
      database.close();
    }
    nameUnlessTaken(part, path);
  } finally {
    rmSync(part, { force: true });
  }
}

function nameUnlessTaken(part: string, path: string): void {
  try {
    linkSync(part, path);
  } catch {
    // Taken, or a file system without links.
    if (!existsSync(path)) renameSync(part, path);
  }
}

function refuseEmpty(path: string): void {
  const found = statSync(path);
  if (found.isDirectory()) throw new StoreError(`The path ${path} is a folder; store.path must name a file.`);
  if (!found.isFile()) throw new StoreError(`The path ${path} is no ordinary file; store.path must name one.`);
  if (found.size > 0) return;
  throw new StoreError(
    `The database ${path} is empty, so it was cut off; restore a backup, or delete the file to start anew.`,
  );
}

/**
 * Opens the database, creating folder and file where they are missing, checks it and brings its schema up to date. Before an existing
 * database is changed a copy is left beside it as `<path>.schema-<old version>`.
 * @throws StoreError with one sentence when it cannot be used.
 */
export function openDatabase(path: string, steps: readonly string[]): DatabaseSync {
  let database: DatabaseSync | null = null;
  try {
    makeFolder(dirname(path));
    refuseNetworkFileSystem(path);
    if (!existsSync(path)) createDatabase(path, steps);
    // SQLite would quietly open a read-only file for reading.
    accessSync(path, constants.R_OK | constants.W_OK);
    refuseEmpty(path);
    database = new DatabaseSync(path);
    prepareDatabase(database, path, steps);
    return database;
  } catch (error) {
    database?.close();
    throw toStoreError(path, error);
  }
}
