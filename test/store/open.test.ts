import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { lockDaemon } from '../../src/store/daemon-lock.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrations } from '../../src/store/migrations.ts';
import { openStore } from '../../src/store/store.ts';
import { StoreError, toStoreError } from '../../src/store/store-error.ts';
import { buildCommit, buildMessage, temporaryFolder, temporaryStore } from '../support/store-builder.ts';

function refusal(path: string): string {
  try {
    openStore({ path }).close();
  } catch (error) {
    assert.ok(error instanceof StoreError, String(error));
    assert.match(error.message, /^[^\n]+[.]$/);
    return error.message;
  }
  return 'opened';
}

test('creates folder and file for this user alone', (t) => {
  const { path, store } = temporaryStore(t);
  store.commitRun(buildCommit('one'));
  assert.deepEqual(
    ['', '-wal', '-shm'].map((suffix) => statSync(path + suffix).mode & 0o777),
    [0o600, 0o600, 0o600],
  );
  assert.equal(statSync(join(path, '..')).mode & 0o077, 0);
});

test('works with write-ahead log, full sync, foreign keys and strict tables', (t) => {
  const path = join(temporaryFolder(t), 'x.db');
  const { database } = openDatabase(path, { steps: migrations });
  t.after(() => database.close());
  const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  assert.deepEqual(['journal_mode', 'synchronous', 'foreign_keys', 'user_version', 'busy_timeout'].map(pragma), [
    'wal',
    2,
    1,
    migrations.length,
    5000,
  ]);
  const loose = database.prepare(`SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0`).all();
  assert.deepEqual(
    loose.map(({ name }) => name).filter((name) => !String(name).startsWith('sqlite_')),
    [],
  );
});

test('says in a sentence what is wrong with the file', (t) => {
  const folder = temporaryFolder(t);
  const at = (name: string) => join(folder, name);
  writeFileSync(
    at('text.db'),
    'this is not a database at all, but it is longer than a header needs to be. '.repeat(20),
  );
  assert.match(refusal(at('text.db')), /is not a database of vt-auditor/);

  const foreign = new DatabaseSync(at('foreign.db'));
  foreign.exec('CREATE TABLE songs (title TEXT)');
  foreign.close();
  assert.match(refusal(at('foreign.db')), /database of another program/);

  openStore({ path: at('newer.db') }).close();
  const newer = new DatabaseSync(at('newer.db'));
  newer.exec('PRAGMA user_version = 999');
  newer.close();
  assert.match(refusal(at('newer.db')), /written by a newer vt-auditor \(schema 999/);

  mkdirSync(at('folder.db'));
  assert.match(refusal(at('folder.db')), /cannot be opened or created|is a folder/);
  assert.match(refusal(join(at('text.db'), 'below.db')), /cannot be created/);
});

test('says in a sentence what is wrong with the place', { skip: process.platform !== 'linux' }, (t) => {
  const folder = temporaryFolder(t);
  symlinkSync('loop', join(folder, 'loop'));
  for (const path of ['/proc/nowhere/x.db', join(folder, 'loop', 'x.db'), join(folder, 'a'.repeat(300), 'x.db')])
    assert.match(refusal(path), /^The database .* cannot be created/, path);
  assert.match(refusal('/dev/null'), /no ordinary file/);
  assert.match(refusal('/proc/self/x.db'), /^The database .* cannot be (?:created|opened)/);
});

test('a folder that takes no lock is told in the same words', { skip: process.platform !== 'linux' }, () => {
  for (const path of ['/proc/nowhere/x.db', '/proc/self/x.db'])
    assert.throws(() => lockDaemon(path), { name: 'StoreError', message: /^The database .* cannot be created/ }, path);
});

test('refuses a damaged file instead of working on it', (t) => {
  const path = join(temporaryFolder(t), 'x.db');
  const store = openStore({ path });
  for (let i = 0; i < 20; i += 1)
    store.commitRun(buildCommit(`run-${i}`, { basedOn: i === 0 ? null : `run-${i - 1}` }));
  store.close();
  const content = readFileSync(path);
  content.fill(0xa5, 4096 * 3, 4096 * 12);
  writeFileSync(path, content);
  assert.match(refusal(path), /is damaged/);
});

test('refuses a read-only file at once', { skip: process.getuid?.() === 0 && 'root may write everything' }, (t) => {
  const path = join(temporaryFolder(t), 'x.db');
  openStore({ path }).close();
  chmodSync(path, 0o400);
  assert.match(refusal(path), /may not write/);
});

test('words a full disk and a read-only database as sentences', (t) => {
  const path = join(temporaryFolder(t), 'x.db');
  const { database } = openDatabase(path, { steps: migrations });
  t.after(() => database.close());
  const worded = (sql: string): unknown => {
    try {
      database.exec(sql);
    } catch (error) {
      return toStoreError(path, error);
    }
    return null;
  };
  database.exec('PRAGMA max_page_count = 1');
  const full = worded(`INSERT INTO section_bytes (digest, version, bytes) VALUES ('x', 1, zeroblob(10000000))`);
  assert.ok(full instanceof StoreError);
  assert.match(full.message, /is full/);
  database.exec('PRAGMA query_only = 1');
  const readOnly = worded(`DELETE FROM runs`);
  assert.ok(readOnly instanceof StoreError);
  assert.match(readOnly.message, /cannot be written/);
  const defect = new Error('a defect of ours');
  assert.equal(toStoreError(path, defect), defect);
});

test('remembers why the last write failed, until one succeeds', (t) => {
  const { store, path } = temporaryStore(t);
  const other = new DatabaseSync(path);
  t.after(() => other.close());
  const write = () => store.enqueue([buildMessage('m')], new Date());
  other.exec(`CREATE TRIGGER broken BEFORE INSERT ON deliveries BEGIN SELECT missing FROM nowhere; END`);
  assert.equal(store.writeProblem(), null);
  assert.throws(write, StoreError);
  assert.match(store.writeProblem() ?? '', /^The database .* lacks parts/);
  other.exec('DROP TRIGGER broken');
  write();
  assert.equal(store.writeProblem(), null);
});

test('migrates step by step and leaves a copy of the file as it was', (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'x.db');
  const first = openStore({ path });
  first.commitRun(buildCommit('one'));
  first.close();
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('.schema-')),
    [],
  );

  const more = [...migrations, 'CREATE TABLE added (x TEXT) STRICT', 'ALTER TABLE added ADD COLUMN y TEXT'];
  const { database: migrated, upgrade } = openDatabase(path, { steps: more });
  assert.equal(migrated.prepare('SELECT count(*) AS n FROM added').get()?.['n'], 0);
  assert.equal(migrated.prepare('SELECT count(*) AS n FROM runs').get()?.['n'], 1);
  migrated.close();

  const copy = `${path}.schema-${migrations.length}`;
  assert.deepEqual(upgrade, { from: migrations.length, to: more.length, copy });
  assert.equal(statSync(copy).mode & 0o777, 0o600);
  const before = openStore({ path: copy });
  t.after(() => before.close());
  assert.equal(before.lastRun('northwind_dfir')?.run.id, 'one');
});

test('a migration that fails changes nothing', (t) => {
  const path = join(temporaryFolder(t), 'x.db');
  openStore({ path }).close();
  assert.throws(() =>
    openDatabase(path, {
      steps: [...migrations, 'CREATE TABLE half (x TEXT) STRICT', 'SELECT nonsense FROM nowhere'],
    }),
  );
  const store = openStore({ path });
  t.after(() => store.close());
  assert.deepEqual(store.groups(), []);
  const raw = new DatabaseSync(path);
  t.after(() => raw.close());
  assert.equal(raw.prepare(`SELECT name FROM sqlite_schema WHERE name = 'half'`).get(), undefined);
});

test('a backup is whole, private, and made while others write', (t) => {
  const { store, path } = temporaryStore(t);
  store.commitRun(buildCommit('one'));
  const target = join(path, '..', 'copy.db');
  store.backup(target);
  store.commitRun(buildCommit('two', { basedOn: 'one' }));
  store.backup(target);
  const copy = openStore({ path: target });
  t.after(() => copy.close());
  assert.equal(copy.lastRun('northwind_dfir')?.run.id, 'two');
  assert.deepEqual(
    readdirSync(join(path, '..')).filter((name) => name.includes('.part')),
    [],
  );
});

test('an empty file is what is left of a database, not a new one', (t) => {
  const path = join(temporaryFolder(t), 'x.db');
  writeFileSync(path, '');
  assert.match(refusal(path), /is empty, so it was cut off; restore a backup/);
  assert.equal(statSync(path).size, 0);
});

test('a database without one of its tables is refused in a sentence', (t) => {
  const path = join(temporaryFolder(t), 'x.db');
  openStore({ path }).close();
  const database = new DatabaseSync(path);
  database.exec('DROP TABLE told');
  database.close();
  assert.match(refusal(path), /lacks parts that this version needs/);
});

test('a new database leaves nothing beside it, and one that was there first stays', (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'x.db');
  const store = openStore({ path });
  store.commitRun(buildCommit('one'));
  openStore({ path }).close();
  assert.equal(store.runs({ limit: 1 })[0]?.run.id, 'one');
  store.close();
  assert.deepEqual(readdirSync(folder), ['x.db']);
});
