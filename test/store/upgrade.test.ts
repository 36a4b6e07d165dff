import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { checkAndCopy } from '../../src/store/checked-copy.ts';
import { lockDaemon } from '../../src/store/daemon-lock.ts';
import { copyDatabase, openDatabase, openForCopy, type Upgrade } from '../../src/store/database.ts';
import { migrations } from '../../src/store/migrations.ts';
import { openEmptyStore, openStore, schemaBehind, upgradeStore } from '../../src/store/store.ts';
import { buildCommit, temporaryFolder } from '../support/store-builder.ts';
import { until } from '../support/until.ts';

const OLDER = migrations.slice(0, 5);
const never = new AbortController().signal;

/** A database as an older version leaves it, with so many megabytes in it. */
function olderDatabase(t: TestContext, megabytes = 0): string {
  const path = join(temporaryFolder(t), 'x.db');
  const { database } = openDatabase(path, { steps: OLDER });
  const add = database.prepare('INSERT INTO section_bytes (digest, version, bytes) VALUES (?, 1, zeroblob(1000000))');
  for (let i = 0; i < megabytes; i += 1) add.run(`digest ${i}`);
  database.close();
  return path;
}

function schemaOf(path: string): unknown {
  const database = new DatabaseSync(path);
  const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
  database.close();
  return version;
}

function filesBeside(path: string): readonly string[] {
  return readdirSync(dirname(path)).sort();
}

test('a daemon brings the database of an older version up to date, and leaves a copy of it', async (t) => {
  const path = olderDatabase(t, 1);
  const begun: number[] = [];
  const upgrade = await upgradeStore({ path, signal: never, begun: (from) => void begun.push(from) });
  const copy = `${path}.schema-5`;
  assert.deepEqual(upgrade, { from: 5, to: migrations.length, copy });
  assert.deepEqual(begun, [5]);
  assert.equal(schemaOf(copy), 5);
  assert.equal(schemaOf(path), migrations.length);
  assert.deepEqual(filesBeside(path), ['x.db', 'x.db.schema-5']);
  const upgraded: Upgrade[] = [];
  const store = openStore({ path, upgraded: (again) => void upgraded.push(again) });
  t.after(() => store.close());
  store.commitRun(buildCommit('one'));
  assert.deepEqual(upgraded, []);
});

test('there is nothing to upgrade in a new, a current or a damaged database', async (t) => {
  const folder = temporaryFolder(t);
  const begun = (): never => assert.fail('begun');
  const upgrade = (name: string) => upgradeStore({ path: join(folder, name), signal: never, begun });
  assert.equal(await upgrade('none.db'), null);
  openStore({ path: join(folder, 'current.db') }).close();
  assert.equal(await upgrade('current.db'), null);
  writeFileSync(join(folder, 'text.db'), 'no database '.repeat(2000));
  assert.equal(await upgrade('text.db'), null);
});

test('an upgrade that is ended in mid-copy leaves everything as it was', async (t) => {
  const path = olderDatabase(t, 60);
  const stop = new AbortController();
  const work = upgradeStore({ path, signal: stop.signal, begun: () => undefined });
  await until(() => filesBeside(path).some((name) => name.includes('.part')), 'the copy grows');
  stop.abort(new Error('told to stop'));
  await assert.rejects(work, /told to stop/);
  assert.equal(schemaOf(path), 5);
  assert.ok(filesBeside(path).every((name) => /^x\.db(?:-shm|-wal)?$/u.test(name)));
});

test('nobody writes between the copy and the change', async (t) => {
  const path = olderDatabase(t, 5);
  const other = new DatabaseSync(path);
  t.after(() => other.close());
  const work = upgradeStore({ path, signal: never, begun: () => undefined });
  // The upgrade holds its lock from before it first waits.
  assert.throws(() => other.exec('BEGIN IMMEDIATE'), /locked/);
  await work;
  other.exec('BEGIN IMMEDIATE; ROLLBACK');
});

test('a database whose indexes do not fit is not upgraded, and no copy is made of it', async (t) => {
  const path = olderDatabase(t);
  const { database } = openDatabase(path, { steps: OLDER });
  for (let i = 0; i < 50; i += 1)
    database.exec(
      `INSERT INTO sections (run, name, version, items, digest) SELECT id, 'x${i}', 1, 1, 'd${i}' FROM runs`,
    );
  database.exec(`INSERT INTO schedules (audit, last_reconciled) VALUES ('planted', '2026-11-01')`);
  database.close();
  const bytes = readFileSync(path);
  const at = bytes.lastIndexOf('planted');
  const other = bytes.indexOf('planted');
  assert.notEqual(at, other, 'it stands in the table and in its index');
  bytes.write('flanted', at);
  writeFileSync(path, bytes);
  await assert.rejects(upgradeStore({ path, signal: never, begun: () => undefined }), {
    name: 'StoreError',
    message: /is damaged; restore a backup/,
  });
  assert.deepEqual(filesBeside(path), ['x.db']);
  assert.equal(schemaOf(path), 5);
});

test('a process that goes on without its daemon does not give the good name to the copy of another one', async (t) => {
  const path = olderDatabase(t, 60);
  const target = `${path}.copy`;
  const orphan = checkAndCopy(path, target, never).catch((error: unknown) => error);
  await until(() => filesBeside(path).some((name) => name.includes('.part')), 'the copy grows');
  const database = openForCopy(path);
  t.after(() => database.close());
  copyDatabase(database, target);
  await orphan;
  const copy = new DatabaseSync(target);
  t.after(() => copy.close());
  assert.equal(copy.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
  assert.equal(copy.prepare('SELECT count(*) AS n FROM section_bytes').get()?.['n'], 60);
  assert.ok(!filesBeside(path).some((name) => name.includes('.part')));
});

test('a command does not change the schema under a daemon of the older version', (t) => {
  const path = olderDatabase(t);
  const lock = lockDaemon(path);
  t.after(() => lock.release());
  assert.throws(() => openStore({ path, sender: 'command' }), {
    name: 'StoreError',
    message: /written by an older vt-auditor, whose daemon still uses it; stop that one/,
  });
  assert.equal(schemaOf(path), 5);
  assert.equal(existsSync(`${path}.schema-5`), false);
  lock.release();
  const upgraded: Upgrade[] = [];
  openStore({ path, sender: 'command', upgraded: (upgrade) => void upgraded.push(upgrade) }).close();
  assert.deepEqual(
    upgraded.map(({ from, to }) => [from, to]),
    [[5, migrations.length]],
  );
});

test('who only looks learns the schema, and remembers in a store of its own', (t) => {
  const path = olderDatabase(t);
  assert.equal(schemaBehind(path), 5);
  assert.deepEqual(filesBeside(path), ['x.db']);
  const store = openEmptyStore();
  t.after(() => store.close());
  store.commitRun(buildCommit('one'));
  assert.equal(store.lastRun('northwind_dfir')?.run.id, 'one');
  openStore({ path }).close();
  assert.equal(schemaBehind(path), null);
});
