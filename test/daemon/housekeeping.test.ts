import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { writeBackup, writeNightlyBackup } from '../../src/app/backup.ts';
import type { App } from '../../src/app.ts';
import { createHousekeeping } from '../../src/daemon/housekeeping.ts';
import { silentLog } from '../../src/model/log.ts';
import { openStore } from '../../src/store/store.ts';
import { buildCommit, buildMessage, temporaryFolder, temporaryStore } from '../support/store-builder.ts';

const never = new AbortController().signal;

const at = (day: number, hour = 3): Date => new Date(Date.UTC(2026, 10, day, hour));

test('a copy a night, the oldest deleted, nothing else touched, each of them a database', async (t) => {
  const { store } = temporaryStore(t);
  store.commitRun(buildCommit('r1'));
  const path = join(temporaryFolder(t), 'backup');
  mkdirSync(path);
  writeFileSync(join(path, 'vt-auditor-2020.db'), 'somebody else’s');
  const write = async (day: number, hour?: number) =>
    (await writeNightlyBackup({ path, keep: 3 }, { store, at: at(day, hour), signal: never })).kind;
  for (const day of [1, 2, 3, 4, 5]) assert.equal(await write(day), 'written');
  assert.equal(await write(5, 23), 'there_already');
  assert.deepEqual(readdirSync(path).sort(), [
    'vt-auditor-2020.db',
    'vt-auditor-2026-11-03.db',
    'vt-auditor-2026-11-04.db',
    'vt-auditor-2026-11-05.db',
  ]);
  const file = join(path, 'vt-auditor-2026-11-05.db');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const copy = openStore({ path: file });
  t.after(() => copy.close());
  assert.equal(copy.runs({ limit: 9 }).length, 1);
});

test('a copy that cannot be written is named', async (t) => {
  const { store } = temporaryStore(t);
  const target = join(temporaryFolder(t), 'nowhere', 'copy.db');
  const message = `The database ${target} cannot be created: its folder is not there and cannot be made.`;
  await assert.rejects(store.checkAndCopy(target, never), { name: 'StoreError', message });
  assert.throws(() => store.backup(target), { name: 'StoreError', message });
});

test('a copy by hand overwrites nothing', (t) => {
  const { store, path } = temporaryStore(t);
  const target = join(temporaryFolder(t), 'copy.db');
  assert.equal(writeBackup(store, target), target);
  assert.throws(() => writeBackup(store, target), /exists already/);
  assert.throws(() => writeBackup(store, path), /exists already/);
  assert.throws(() => writeBackup(store, '/nowhere/at/all.db'), /there is no folder/);
});

/** An app with this store that notes which notices it would send, and how often it checked its database. */
function stage(t: TestContext, backup: string | null) {
  const { store, path } = temporaryStore(t);
  const told: string[] = [];
  const copies: (string | null)[] = [];
  const app = {
    store: {
      ...store,
      checkAndCopy: (target: string | null, signal: AbortSignal) => {
        copies.push(target);
        return store.checkAndCopy(target, signal);
      },
    },
    clock: { now: () => at(1, 0) },
    log: silentLog,
    config: {
      store: {
        path,
        backup: backup === null ? null : { path: backup, keep: 3 },
        keepDays: { snapshots: 1, messages: 1 },
      },
    },
    notify: ({ cause }: { cause: string }) => void told.push(cause),
  } as unknown as App;
  return { app, store, path, told, copies };
}

test('the night begins at two; a copy that fails is told and tried again after an hour', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'backup'), 'a file where a folder should be');
  const { app, told } = stage(t, join(folder, 'backup'));
  const housekeeping = createHousekeeping(app, never);
  await housekeeping.tick(at(1, 1));
  assert.deepEqual(told, []);
  await housekeeping.tick(at(1, 2));
  await housekeeping.tick(new Date(at(1, 2).getTime() + 60_000));
  assert.deepEqual(told, ['backup']);
  await housekeeping.tick(at(1, 3));
  assert.deepEqual(told, ['backup', 'backup']);
  const good = stage(t, join(folder, 'b'));
  await createHousekeeping(good.app, never).tick(at(1, 4));
  assert.ok(existsSync(join(folder, 'b', 'vt-auditor-2026-11-01.db')));
});

test('the whole database is checked after the start and each night, with the copy where one is made', async (t) => {
  const folder = temporaryFolder(t);
  const { app, copies } = stage(t, null);
  const housekeeping = createHousekeeping(app, never);
  await housekeeping.tick(at(1, 0));
  assert.deepEqual(copies, [], 'not at the start itself');
  for (const [day, hour] of [
    [1, 1],
    [1, 3],
    [2, 0],
    [2, 2],
    [2, 4],
  ] as const)
    await housekeeping.tick(at(day, hour));
  assert.deepEqual(copies, [null, null]);
  const copying = stage(t, join(folder, 'b'));
  await createHousekeeping(copying.app, never).tick(at(1, 2));
  assert.deepEqual(copying.copies, [join(folder, 'b', 'vt-auditor-2026-11-01.db')]);
});

/** Damages the index by which deliveries are found, and nothing else: opening the database does not notice. */
function damageIndex(path: string): void {
  const database = new DatabaseSync(path);
  const [row] = database.prepare(`SELECT rootpage FROM sqlite_schema WHERE name = 'deliveries_by_channel'`).all();
  const [size] = database.prepare('PRAGMA page_size').all();
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  const from = (Number(row?.['rootpage']) - 1) * Number(size?.['page_size']);
  const content = readFileSync(path);
  // Another channel's name in the index than in the table.
  const at = content.indexOf('siem', from);
  assert.ok(at > from && at < from + 4096);
  content.write('mail', at);
  writeFileSync(path, content);
}

test('a damaged index is told, and drives out no good copy', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'x.db');
  const store = openStore({ path });
  store.enqueue([buildMessage('m')], at(1));
  store.close();
  damageIndex(path);
  const opened = openStore({ path });
  t.after(() => opened.close());
  const { app, told } = stage(t, join(folder, 'backup'));
  const housekeeping = createHousekeeping({ ...app, store: opened }, never);
  await housekeeping.tick(at(1, 2));
  await housekeeping.tick(at(1, 3));
  assert.deepEqual(told, ['damaged']);
  assert.equal(housekeeping.isDamaged, true);
  assert.deepEqual(readdirSync(join(folder, 'backup')), []);
});

test('a check that is under way ends with the daemon', async (t) => {
  const { app, told } = stage(t, null);
  const stopping = new AbortController();
  const housekeeping = createHousekeeping(app, stopping.signal);
  const work = housekeeping.tick(at(1, 2));
  stopping.abort(new Error('the daemon is stopping'));
  await work;
  assert.deepEqual(told, []);
});
