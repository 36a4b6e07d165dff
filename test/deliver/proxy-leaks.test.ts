import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendWebhook } from '../../src/deliver/channels/webhook.ts';
import { reach } from '../../src/deliver/reach.ts';
import { Secret } from '../../src/model/secret.ts';
import { buildContext, buildWebhookChannel, directly } from '../support/channel-builder.ts';
import { type Act, hang, perform, startRawReceiver } from '../support/raw-receiver.ts';
import { buildMessage } from '../support/store-builder.ts';
import { until } from '../support/until.ts';

/** Ends what would otherwise take half a minute. */
const PATIENCE_MS = 200;

const URL = 'https://siem.acme.example/';

/** None of them closes the connection by itself. */
const PROXIES: Readonly<Record<string, Act>> = {
  'says nothing': hang,
  'wants another login': 'HTTP/1.1 407 x\r\ncontent-length: 0\r\n\r\n',
  'opens the tunnel, and nobody answers in it': 'HTTP/1.1 200 ok\r\n\r\n',
  'opens the tunnel to something else': 'HTTP/1.1 200 ok\r\n\r\nSSH-2.0-OpenSSH_9.6\r\n',
};

for (const [name, act] of Object.entries(PROXIES)) {
  test(`an attempt through a proxy that ${name} leaves no connection behind`, async (t) => {
    const proxy = await startRawReceiver(t, (socket) => socket.once('data', () => perform(socket, act)));
    const network = { ...directly, proxy: new Secret(`http://user:planted@127.0.0.1:${proxy.port}`) };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const outcome = await sendWebhook(
      buildMessage('m'),
      buildWebhookChannel(URL, { network }),
      buildContext({ signal }),
    );
    assert.equal(outcome.kind, 'retry');
    await until(() => proxy.openConnections() === 0);
  });
}

test('a try whether a receiver can be reached leaves none behind either', async (t) => {
  const refusal = 'HTTP/1.1 407 x\r\ncontent-length: 0\r\n\r\n';
  const proxy = await startRawReceiver(t, (socket) => socket.once('data', () => perform(socket, refusal)));
  await assert.rejects(reach(new Secret(URL), { ...directly, proxy: new Secret(`http://127.0.0.1:${proxy.port}`) }));
  await until(() => proxy.openConnections() === 0);
});
