import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../src/model/log.ts';
import type { HealthState } from '../../src/web/health.ts';
import { startWeb } from '../../src/web/server.ts';

const well: HealthState = { dead: [], unready: [], details: { failedDeliveries: 0, nextRunAt: null } };

async function serve(t: TestContext, health: () => HealthState): Promise<string> {
  const web = await startWeb({ host: '127.0.0.1', port: 0, health, log: silentLog });
  t.after(() => web.close());
  return `http://127.0.0.1:${web.port}`;
}

async function ask(url: string, init?: RequestInit): Promise<{ status: number; body: string }> {
  const response = await fetch(url, { ...init, headers: { connection: 'close' } });
  return { status: response.status, body: await response.text() };
}

test('says that all is well', async (t) => {
  const url = await serve(t, () => well);
  const body = '{"status":"ok","reasons":[],"failedDeliveries":0,"nextRunAt":null}\n';
  assert.deepEqual(await ask(`${url}/healthz`), { status: 200, body });
  assert.deepEqual(await ask(`${url}/readyz?verbose`), { status: 200, body });
  assert.deepEqual(await ask(`${url}/healthz`, { method: 'HEAD' }), { status: 200, body: '' });
});

test('tells dead from not ready, with the reasons', async (t) => {
  let state: HealthState = { ...well, unready: ['The database cannot be written.'] };
  const url = await serve(t, () => state);
  assert.equal((await ask(`${url}/healthz`)).status, 200);
  const unready = await ask(`${url}/readyz`);
  assert.equal(unready.status, 503);
  assert.deepEqual(JSON.parse(unready.body).reasons, ['The database cannot be written.']);
  state = { ...well, dead: ['The last tick was 10 minutes ago.'] };
  assert.equal((await ask(`${url}/healthz`)).status, 503);
  assert.equal((await ask(`${url}/readyz`)).status, 503);
});

test('a state that cannot be told is not well, and its error is not shown', async (t) => {
  const url = await serve(t, () => {
    throw new Error('secret-looking detail');
  });
  const answer = await ask(`${url}/healthz`);
  assert.equal(answer.status, 503);
  assert.doesNotMatch(answer.body, /secret-looking/);
});

test('serves nothing else', async (t) => {
  const url = await serve(t, () => well);
  for (const path of ['/', '/healthz/', '/metrics', '/../etc/passwd', '/HEALTHZ']) {
    assert.equal((await ask(url + path)).status, 404, path);
  }
  assert.equal((await ask(`${url}/healthz`, { method: 'POST', body: 'x' })).status, 405);
});

test('says in a sentence that the address is taken', async (t) => {
  const url = await serve(t, () => well);
  const port = Number(new URL(url).port);
  await assert.rejects(
    startWeb({ host: '127.0.0.1', port, health: () => well, log: silentLog }),
    /The address 127\.0\.0\.1:\d+ of server\.listen cannot be listened on\./,
  );
});

test('closes although a client keeps its connection open', async () => {
  const web = await startWeb({ host: '127.0.0.1', port: 0, health: () => well, log: silentLog });
  const socket = connect(web.port, '127.0.0.1');
  await once(socket, 'connect');
  const ended = once(socket, 'close');
  socket.on('error', () => undefined);
  await web.close();
  await ended;
});
