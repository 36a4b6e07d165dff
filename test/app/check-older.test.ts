import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { checkOffline } from '../../src/app/check.ts';
import { openApp } from '../../src/app.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrations } from '../../src/store/migrations.ts';
import { BASE, configFolder } from '../support/config-folder.ts';

test('the check before an upgrade says what will be done with the database, and leaves it as it is', async (t) => {
  const folder = configFolder(t, { 'config.yaml': `${BASE}store: { path: ./audit.db }\n` });
  const path = join(folder, 'audit.db');
  openDatabase(path, { steps: migrations.slice(0, 5) }).database.close();
  const options = { configFile: join(folder, 'config.yaml'), logLevel: 'silent' } as const;
  const app = await openApp(options, 'onlooker');
  const lines = (await checkOffline(app)).filter(({ about }) => about === 'database');
  await app.close();
  assert.deepEqual(lines, [
    {
      state: 'warning',
      about: 'database',
      text: `${path} was written by an older version (schema 5) and was left as it is; the daemon brings it up to date at its start, after a copy of 1 MB beside it`,
    },
  ]);
  const database = new DatabaseSync(path);
  assert.equal(database.prepare('PRAGMA user_version').get()?.['user_version'], 5);
  database.close();
  // The daemon's way in.
  const daemon = await openApp(options, 'daemon');
  await daemon.close();
  const current = await openApp(options, 'onlooker');
  t.after(() => current.close());
  assert.equal(current.olderSchema, null);
  assert.ok((await checkOffline(current)).every(({ about }) => about !== 'database'));
});
