import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockDaemon } from '../../src/store/daemon-lock.ts';
import { openStore } from '../../src/store/store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { temporaryFolder } from '../support/store-builder.ts';

const lockModule = new URL('../../src/store/daemon-lock.ts', import.meta.url).href;

test('only one daemon uses a database, and commands may run beside it', (t) => {
  const path = join(temporaryFolder(t), 'data', 'x.db');
  const lock = lockDaemon(path);
  assert.equal(statSync(`${path}.lock`).mode & 0o777, 0o600);
  assert.throws(
    () => lockDaemon(path),
    (error) => error instanceof StoreError && /Another "vt-auditor start"/.test(error.message),
  );
  const store = openStore({ path });
  t.after(() => store.close());
  assert.deepEqual(store.groups(), []);
  lock.release();
  lock.release();
  lockDaemon(path).release();
});

test('a daemon that was killed leaves no lock', async (t) => {
  const path = join(temporaryFolder(t), 'x.db');
  const script = `
    const { lockDaemon } = await import(${JSON.stringify(lockModule)});
    lockDaemon(${JSON.stringify(path)});
    process.stdout.write('locked');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  assert.throws(() => lockDaemon(path), StoreError);
  const closed = once(child, 'exit');
  child.kill('SIGKILL');
  await closed;
  lockDaemon(path).release();
});
