import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openStore, type Store } from '../../src/store/store.ts';
import { buildRun } from '../support/report-builder.ts';
import { buildCommit, temporaryFolder } from '../support/store-builder.ts';

const storeModule = new URL('../../src/store/store.ts', import.meta.url).href;
const at = new Date('2026-11-22T12:00:00.000Z');

/** A database, and a command that works on the run `typed` in a process of its own. */
async function commandAtWork(t: TestContext) {
  const path = join(temporaryFolder(t), 'x.db');
  const run = buildRun({ id: 'typed', status: 'running', finishedAt: null, slot: null, trigger: 'manual' });
  const script = `
    const { openStore } = await import(${JSON.stringify(storeModule)});
    const store = openStore({ path: ${JSON.stringify(path)}, sender: 'command' });
    store.startRun(${JSON.stringify(run)});
    process.stdout.write('begun');
    setInterval(() => store.groups(), 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const store = openStore({ path });
  t.after(() => store.close());
  return {
    store,
    path,
    kill: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function statusOf(store: Store): string | undefined {
  return store.runs({ limit: 1 })[0]?.run.status;
}

test('a run of a living command is not closed when a daemon starts or stops', async (t) => {
  const { store } = await commandAtWork(t);
  assert.deepEqual(store.closeAbandoned(at).closed, []);
  assert.deepEqual(store.closeAbandoned(at, 'stopped').closed, []);
  assert.deepEqual(store.closeDeserted(at), []);
  assert.equal(statusOf(store), 'running');
});

test('a run of a command that was killed is closed by whoever looks next, and leaves no lock', async (t) => {
  const { store, path, kill } = await commandAtWork(t);
  store.startRun(buildRun({ id: 'own', status: 'running', finishedAt: null }));
  await kill();
  assert.deepEqual(
    store.closeDeserted(at).map(({ id, status }) => ({ id, status })),
    [{ id: 'typed', status: 'failed' }],
  );
  assert.deepEqual(
    readdirSync(dirname(path)).filter((name) => name.includes('.run-')),
    [],
  );
});

test('the lock of a run ends with its commit, with its failure and with the store', (t) => {
  const path = join(temporaryFolder(t), 'x.db');
  const locks = (): readonly string[] => readdirSync(dirname(path)).filter((name) => name.endsWith('.lock'));
  const store = openStore({ path, sender: 'command' });
  const begin = (id: string): void => store.startRun(buildRun({ id, status: 'running', finishedAt: null }));
  begin('one');
  begin('two');
  begin('three');
  assert.equal(locks().length, 3);
  store.commitRun(buildCommit('one'));
  store.startRun(buildRun({ id: 'two', status: 'failed' }));
  assert.deepEqual(locks(), ['x.db.run-three.lock']);
  store.close();
  assert.deepEqual(locks(), []);
});
