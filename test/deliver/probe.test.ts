import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { sendWebhook } from '../../src/deliver/channels/webhook.ts';
import { probe } from '../../src/deliver/probe.ts';
import { Secret } from '../../src/model/secret.ts';
import type { ChannelSettings } from '../../src/model/settings.ts';
import {
  AT,
  buildContext,
  buildEmailChannel,
  buildSlackChannel,
  buildWebhookChannel,
  directly,
} from '../support/channel-builder.ts';
import { loopbackCertificate } from '../support/loopback-certificate.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { buildMessage } from '../support/store-builder.ts';
import { startWebhookSink } from '../support/webhook-sink.ts';

const tryOut = (channel: ChannelSettings) => probe(channel, AT);

/** A proxy that tunnels, and keeps whereto. */
async function startProxy(t: TestContext): Promise<{ readonly url: string; readonly tunnels: readonly string[] }> {
  const tunnels: string[] = [];
  const server: Server = createServer((_, response) => response.writeHead(400).end());
  server.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [upstream, socket]) end.on('error', () => undefined);
    socket.on('close', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tunnels };
}

test('tries the mail server up to the login, and sends nothing', async (t) => {
  const server = await startSmtpSink({ auth: { user: 'auditor', password: 'right' } });
  t.after(() => server.close());
  const login = (password: string) =>
    tryOut(buildEmailChannel(server.port, { smtpOver: { user: 'auditor', password: new Secret(password) } }));
  assert.equal((await login('right')).ok, true);
  const refused = await login('planted-wrong');
  assert.equal(refused.ok, false);
  assert.match(refused.sentence, /refused the login/);
  assert.doesNotMatch(refused.sentence, /planted/);
  assert.equal(server.messages.length, 0);
});

test('says that a mail server cannot be reached', async () => {
  const server = await startSmtpSink();
  await server.close();
  assert.deepEqual(await tryOut(buildEmailChannel(server.port)), {
    ok: false,
    sentence: 'The connection was refused.',
  });
});

test('reaches a receiver without a request', async (t) => {
  for (const tls of [false, true]) {
    const server = await startWebhookSink({ tls });
    t.after(() => server.close());
    const network = { ...directly, ca: loopbackCertificate.cert };
    assert.equal((await tryOut(buildWebhookChannel(server.url, { network }))).ok, true);
    if (tls) assert.match((await tryOut(buildSlackChannel(server.url))).sentence, /certificate/);
    assert.equal(server.requests.length, 0);
  }
  assert.match((await tryOut(buildWebhookChannel('https://169.254.169.254/'))).sentence, /never contacted/);
  assert.match((await tryOut(buildWebhookChannel('https://nowhere.invalid/x'))).sentence, /could not be resolved/);
});

test('takes a proxy however its scheme is written', async (t) => {
  const proxy = await startProxy(t);
  const server = await startWebhookSink({ tls: true });
  t.after(() => server.close());
  const network = { proxy: new Secret(proxy.url.replace('http:', 'HTTP:')), noProxy: [], ca: loopbackCertificate.cert };
  const channel = buildWebhookChannel(server.url, { network });
  assert.equal((await sendWebhook(buildMessage('m'), channel, buildContext())).kind, 'delivered');
  assert.deepEqual(proxy.tunnels, [`127.0.0.1:${server.port}`]);
});

test('takes the proxy, for trying and for sending, except where it is not to', async (t) => {
  const proxy = await startProxy(t);
  const server = await startWebhookSink({ tls: true });
  t.after(() => server.close());
  const network = { proxy: new Secret(proxy.url), noProxy: [], ca: loopbackCertificate.cert };
  assert.deepEqual(await tryOut(buildWebhookChannel(server.url, { network })), {
    ok: true,
    sentence: 'The receiver can be reached; nothing was sent.',
  });
  assert.equal(server.requests.length, 0);
  assert.deepEqual(proxy.tunnels, [`127.0.0.1:${server.port}`]);

  const send = (noProxy: readonly string[]) =>
    sendWebhook(
      buildMessage('m'),
      buildWebhookChannel(server.url, { network: { ...network, noProxy } }),
      buildContext(),
    );
  assert.equal((await send([])).kind, 'delivered');
  assert.equal(proxy.tunnels.length, 2);
  assert.equal((await send(['127.0.0.1'])).kind, 'delivered');
  assert.equal(proxy.tunnels.length, 2);
  assert.equal(server.requests.length, 2);
});
