import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { Secret } from '../../src/model/secret.ts';
import { loopbackCertificate } from '../support/loopback-certificate.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createTestClient, PLANTED_KEY, startScriptedApi } from '../support/scripted-api.ts';

const GROUP = JSON.stringify({ data: { type: 'group', id: 'tidal_soc', attributes: {} } });

async function listen(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        for (const socket of sockets) socket.destroy();
      }),
  );
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A proxy that tunnels and notes everything that it could read. */
async function startProxy(t: TestContext): Promise<{ port: number; seen: string[] }> {
  const seen: string[] = [];
  const proxy = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    response.writeHead(500).end();
  });
  proxy.on('connect', (request, socket) => {
    seen.push(`CONNECT ${request.url} ${JSON.stringify(request.headers)}`);
    const upstream = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  return { port: await listen(t, proxy), seen };
}

async function startTlsApi(t: TestContext): Promise<number> {
  return listen(
    t,
    createTlsServer(loopbackCertificate, (_request, response) => response.end(GROUP)),
  );
}

test('tunnels through the proxy, trusts the given authority, and never shows the proxy the key', async (t) => {
  const proxy = await startProxy(t);
  const port = await startTlsApi(t);
  const network = {
    proxy: new Secret(`http://user:word@127.0.0.1:${proxy.port}`),
    noProxy: [],
    ca: loopbackCertificate.cert,
  };
  const clock = createManualClock('2026-11-23T08:00:00Z');
  const client = createTestClient(t, { baseUrl: `https://localhost:${port}/api/v3`, clock, api: { network } });
  assert.equal((await client.group()).id, 'tidal_soc');
  assert.equal(proxy.seen.length, 1);
  assert.match(proxy.seen[0] ?? '', new RegExp(`^CONNECT localhost:${port} .*proxy-authorization`, 'u'));
  assert.ok(!proxy.seen.join().includes(PLANTED_KEY));
});

test('goes straight to hosts that are exempt from the proxy', async (t) => {
  const proxy = await startProxy(t);
  const port = await startTlsApi(t);
  const network = {
    proxy: new Secret(`http://127.0.0.1:${proxy.port}`),
    noProxy: ['localhost'],
    ca: loopbackCertificate.cert,
  };
  const clock = createManualClock('2026-11-23T08:00:00Z');
  await createTestClient(t, { baseUrl: `https://localhost:${port}/api/v3`, clock, api: { network } }).group();
  assert.deepEqual(proxy.seen, []);
});

test('does not trust an unknown authority, and says so without addresses', async (t) => {
  const port = await startTlsApi(t);
  const clock = createManualClock('2026-11-23T08:00:00Z', { auto: true });
  const client = createTestClient(t, { baseUrl: `https://localhost:${port}/api/v3`, clock });
  await assert.rejects(client.group(), { name: 'ApiError', kind: 'network', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
});

test('never sends a key in clear to a proxy: plain http goes straight', async (t) => {
  const proxy = await startProxy(t);
  const api = await startScriptedApi(t, () => ({ text: GROUP }));
  const network = { proxy: new Secret(`http://127.0.0.1:${proxy.port}`), noProxy: [], ca: null };
  const clock = createManualClock('2026-11-23T08:00:00Z');
  await createTestClient(t, { baseUrl: api.baseUrl, clock, api: { network } }).group();
  assert.deepEqual(proxy.seen, []);
});
