import { randomUUID } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
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

/** @throws StoreError where the folder of the database is somewhere else than on this machine. */
export function refuseNetworkFileSystem(path: string): void {
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

/** The schema that a database has; 0: none yet. */
export function versionOf(database: DatabaseSync): number {
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

/** Deletes what is left of copies to a name that were broken off. One that is still being made by a process that nobody waits for fails. */
export function dropParts(target: string): void {
  const folder = dirname(target);
  const beginning = `${basename(target)}.part`;
  for (const name of readdirSync(folder)) if (name.startsWith(beginning)) rmSync(join(folder, name), { force: true });
}

/**
 * Writes a consistent copy that appears under its name only when it is whole. Works while others read and write.
 * @throws StoreError that names the copy, unless the database itself is damaged.
 */
export function copyDatabase(database: DatabaseSync, target: string): void {
  // A name of its own: a process whose daemon was killed goes on, and must not give the good name to what another one has begun.
  const part = `${target}.part-${randomUUID()}`;
  try {
    dropParts(target);
    createPrivately(part);
    database.prepare('VACUUM INTO ?').run(part);
    sync(part);
    renameSync(part, target);
  } catch (error) {
    throw sqliteCode(error) === SQLITE_CORRUPT ? error : toStoreError(target, error);
  }
}

/** Where the copy lies that is made of a database before its schema is changed. */
export function copyOfSchema(path: string, schema: number): string {
  return `${path}.schema-${schema}`;
}

/** What brought a database up to date: from which schema to which, and the copy of how it was before. */
export interface Upgrade {
  readonly from: number;
  readonly to: number;
  readonly copy: string;
}

/** Takes the steps that a database lacks, within a write transaction of the caller. */
export function takeSteps(database: DatabaseSync, steps: readonly string[]): void {
  for (const step of steps.slice(versionOf(database))) database.exec(step);
  database.exec(`PRAGMA user_version = ${steps.length}`);
}

function migrate(
  database: DatabaseSync,
  path: string,
  { steps, guarded = (change) => change() }: Opening,
): Upgrade | null {
  const before = versionOf(database);
  if (before > steps.length) {
    throw new StoreError(
      `The database ${path} was written by a newer vt-auditor (schema ${before}, this one knows ${steps.length}); install that version.`,
    );
  }
  if (before === steps.length) return null;
  const copy = copyOfSchema(path, before);
  // Another process may have migrated while this one waited for the lock.
  const change = (): void => transaction(database, () => takeSteps(database, steps));
  if (before === 0) {
    change();
    return null;
  }
  guarded(() => {
    copyDatabase(database, copy);
    change();
  });
  return { from: before, to: steps.length, copy };
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

/** How a database is opened. */
export interface Opening {
  /** The schema, step by step. */
  readonly steps: readonly string[];
  /** Runs what changes the schema of a database that exists, or refuses to by throwing; without it, it is run. */
  readonly guarded?: (change: () => void) => void;
}

function prepareDatabase(database: DatabaseSync, path: string, opening: Opening): Upgrade | null {
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  check(database, path);
  refuseForeign(database, path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  const upgrade = migrate(database, path, opening);
  // Says now, not at the first commit, that the folder is read-only.
  transaction(database, () => undefined);
  return upgrade;
}

/**
 * A new database gets its name when it is whole, so that an empty file under that name always means that one was cut off. Of two processes
 * that create it at the same time one is first; the other takes what is there.
 */
function createDatabase(path: string, opening: Opening): void {
  const part = `${path}.new-${randomUUID()}`;
  try {
    createPrivately(part);
    const database = new DatabaseSync(part);
    try {
      prepareDatabase(database, part, opening);
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

/** A database that was opened, and what brought it up to date; null: it was. */
export interface Opened {
  readonly database: DatabaseSync;
  readonly upgrade: Upgrade | null;
}

/**
 * Opens the database, creating folder and file where they are missing, checks it and brings its schema up to date. Before an existing
 * database is changed a copy is left beside it as `<path>.schema-<old version>`.
 * @throws StoreError with one sentence when it cannot be used.
 */
export function openDatabase(path: string, opening: Opening): Opened {
  let database: DatabaseSync | null = null;
  try {
    makeFolder(dirname(path));
    refuseNetworkFileSystem(path);
    if (!existsSync(path)) createDatabase(path, opening);
    // SQLite would quietly open a read-only file for reading.
    accessSync(path, constants.R_OK | constants.W_OK);
    refuseEmpty(path);
    database = new DatabaseSync(path);
    const upgrade = prepareDatabase(database, path, opening);
    return { database, upgrade };
  } catch (error) {
    database?.close();
    throw toStoreError(path, error);
  }
}
