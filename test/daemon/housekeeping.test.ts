import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeBackup, writeNightlyBackup } from '../../src/app/backup.ts';
import type { App } from '../../src/app.ts';
import { createHousekeeping } from '../../src/daemon/housekeeping.ts';
import { silentLog } from '../../src/model/log.ts';
import { openStore } from '../../src/store/store.ts';
import { buildCommit, temporaryFolder, temporaryStore } from '../support/store-builder.ts';

const at = (day: number, hour = 3): Date => new Date(Date.UTC(2026, 10, day, hour));

test('a copy a night, the oldest deleted, nothing else touched, each of them a database', (t) => {
  const { store } = temporaryStore(t);
  store.commitRun(buildCommit('r1'));
  const path = join(temporaryFolder(t), 'backup');
  mkdirSync(path);
  writeFileSync(join(path, 'vt-auditor-2020.db'), 'somebody else’s');
  for (const day of [1, 2, 3, 4, 5]) assert.ok(writeNightlyBackup(store, { path, keep: 3 }, at(day)) !== null);
  assert.equal(writeNightlyBackup(store, { path, keep: 3 }, at(5, 23)), null);
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

test('a copy by hand overwrites nothing', (t) => {
  const { store, path } = temporaryStore(t);
  const target = join(temporaryFolder(t), 'copy.db');
  assert.equal(writeBackup(store, target), target);
  assert.throws(() => writeBackup(store, target), /exists already/);
  assert.throws(() => writeBackup(store, path), /exists already/);
  assert.throws(() => writeBackup(store, '/nowhere/at/all.db'), /there is no folder/);
});

test('the night begins at two; a copy that fails is told and tried again after an hour', (t) => {
  const { store } = temporaryStore(t);
  const folder = temporaryFolder(t);
  const path = join(folder, 'backup');
  writeFileSync(path, 'a file where a folder should be');
  const told: string[] = [];
  const app = {
    store,
    log: silentLog,
    config: { store: { backup: { path, keep: 3 }, keepDays: { snapshots: 1, messages: 1 } } },
    notify: ({ cause }: { cause: string }) => void told.push(cause),
  } as unknown as App;
  const housekeeping = createHousekeeping(app);
  housekeeping.tick(at(1, 1));
  assert.deepEqual(told, []);
  housekeeping.tick(at(1, 2));
  housekeeping.tick(new Date(at(1, 2).getTime() + 60_000));
  assert.deepEqual(told, ['backup']);
  housekeeping.tick(at(1, 3));
  assert.deepEqual(told, ['backup', 'backup']);
  const good = {
    ...app,
    config: { ...app.config, store: { ...app.config.store, backup: { path: join(folder, 'b'), keep: 3 } } },
  };
  createHousekeeping(good).tick(at(1, 4));
  assert.ok(existsSync(join(folder, 'b', 'vt-auditor-2026-11-01.db')));
});
