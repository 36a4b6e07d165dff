import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { sendWebhook } from '../../../src/deliver/channels/webhook.ts';
import type { Message, Outcome } from '../../../src/model/message.ts';
import type { WebhookChannel } from '../../../src/model/settings.ts';
import { buildContext, buildWebhookChannel, directly } from '../../support/channel-builder.ts';
import { expiredCertificate, foreignCertificate, loopbackCertificate } from '../../support/loopback-certificate.ts';
import { startPatience } from '../../support/patience.ts';
import { type Act, close, drip, hang, perform, pour, reset, startRawReceiver } from '../../support/raw-receiver.ts';
import { buildMessage } from '../../support/store-builder.ts';

/** Of what never ends a socket's buffers take some megabytes before anybody reads it. */
const MOST_BYTES = 64 * 1024 * 1024;

const DAY_MS = 86_400_000;

const OK = 'HTTP/1.1 200 OK\r\n';
const BOMB = gzipSync(Buffer.alloc(64 << 20));

/** A beginning, and what follows it. */
function then(head: string, next: Act): Act {
  return (socket) => {
    socket.write(head, 'latin1');
    perform(socket, next);
  };
}

/** A whole answer without a body. */
function answer(status: string, ...headers: readonly string[]): string {
  return [`HTTP/1.1 ${status}`, ...headers, 'content-length: 0', '', ''].join('\r\n');
}

/** Does this once the request has come. */
function serve(act: Act): (socket: Socket) => void {
  return (socket) => socket.once('data', () => perform(socket, act));
}

function fateOf(outcome: Outcome): string {
  if (outcome.kind !== 'retry') return outcome.kind;
  const { maybeDuplicate, patience, retryAfterMs } = outcome;
  const wait = retryAfterMs === null ? '' : ` after ${retryAfterMs}`;
  return `retry${patience === 'short' ? ' a little' : ''}${maybeDuplicate ? ', maybe there' : ''}${wait}`;
}

function said(outcome: Outcome): string {
  return outcome.kind === 'delivered' ? outcome.response : outcome.error;
}

interface Sending {
  readonly bytes?: number;
  readonly signal?: AbortSignal;
}

async function send(channel: WebhookChannel, { bytes = 2, ...sending }: Sending = {}): Promise<Outcome> {
  const message: Message = {
    ...buildMessage('m'),
    body: { kind: 'webhook', contentType: 'application/json', body: 'x'.repeat(bytes) },
  };
  const outcome = await sendWebhook(message, channel, buildContext(sending));
  assert.ok(said(outcome).length < 200, 'a sentence');
  assert.doesNotMatch(said(outcome), /127\.0\.0\.1|169\.254/);
  return outcome;
}

const UNKNOWN = 'retry, maybe there';
const closed = /closed by the other side/;
const late = /No answer came in time/;
const slow = /200/;
const notHttp = /does not answer in HTTP/;
const later = /come back later/;

const RECEIVERS: Readonly<Record<string, readonly [act: Act, fate: string, words: RegExp]>> = {
  'says nothing': [hang, UNKNOWN, late],
  closes: [close, UNKNOWN, closed],
  resets: [reset, UNKNOWN, closed],
  'never ends its chunks': [
    then(`${OK}transfer-encoding: chunked\r\n\r\n`, pour(`10000\r\n${'x'.repeat(65_536)}\r\n`)),
    'delivered',
    /200/,
  ],
  'never ends its body': [then(`${OK}\r\n`, pour('x'.repeat(65_536))), 'delivered', /200/],
  'gives its body a byte at a time': [
    then(`${OK}content-length: 900\r\n\r\n`, drip('x'.repeat(900), 5)),
    'delivered',
    slow,
  ],
  'closes in the middle of its body': [then(`${OK}content-length: 900\r\n\r\nabc`, close), 'delivered', /200/],
  'resets after its headers': [then('HTTP/1.1 500 No\r\ncontent-length: 900\r\n\r\n', reset), 'retry', later],
  'gives hints for ever': [pour('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(100)), UNKNOWN, late],
  'asks to continue for ever': [pour('HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)), UNKNOWN, late],
  'is still processing, then done': [`HTTP/1.1 102 Processing\r\n\r\n${answer('200 OK')}`, 'delivered', /200/],
  'never ends its headers': [then(OK, pour(`x-a: ${'b'.repeat(1000)}\r\n`)), UNKNOWN, /more headers/],
  'gives its headers a byte at a time': [then(OK, drip('x-a: b\r\n'.repeat(100), 5)), UNKNOWN, late],
  'never ends its first line': [pour('x'.repeat(65_536)), UNKNOWN, notHttp],
  'closes in its first line': [then('HTTP/1.1 20', close), UNKNOWN, closed],
  'is a mail server': [then('220 mail.acme.example ESMTP\r\n', close), UNKNOWN, notHttp],
  'speaks HTTP/0.9': [then('thanks!', close), UNKNOWN, notHttp],
  'speaks HTTP/1.0': [then('HTTP/1.0 200 OK\r\n\r\nok', close), 'delivered', /200/],
  'gives no reason': [then('HTTP/1.0 204\r\n\r\n', close), 'delivered', /204/],
  'speaks HTTP/2 in letters': [then('HTTP/2 200\r\n\r\n', close), UNKNOWN, notHttp],
  'has a status of four digits': [answer('1000 x'), UNKNOWN, notHttp],
  'has a status of nothing': [answer('000 x'), 'retry a little', /HTTP 0/],
  'has a status beyond all': [answer('999 x'), 'retry', later],
  'wants another protocol': [
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
    UNKNOWN,
    late,
  ],
  'has chunks that are none': [then(`${OK}transfer-encoding: chunked\r\n\r\nzzz\r\n`, close), 'delivered', /200/],
  'says two lengths': [then(`${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nab`, close), UNKNOWN, notHttp],
  'answers with a bomb': [
    (socket) => {
      socket.write(`${OK}content-encoding: gzip\r\ncontent-length: ${BOMB.length}\r\n\r\n`);
      socket.write(BOMB);
    },
    'delivered',
    /200/,
  ],
  'sends on to the metadata service': [
    answer('307 x', 'location: http://169.254.169.254/latest/meta-data/'),
    'failed',
    /redirects are not followed/,
  ],
  'sends on to this machine': [answer('308 x', 'location: http://127.0.0.1:1/'), 'failed', /update the channel's url/],
  'says more than it announced': [`${OK}content-length: 2\r\n\r\nabcdefgh`, 'delivered', /200/],
  'says nothing for ever with a body': ['HTTP/1.1 204 x\r\ncontent-length: 5\r\n\r\nhello', 'delivered', /204/],
  'resets after it said that it has it': [then('HTTP/1.1 204 x\r\n\r\n', reset), 'delivered', /204/],
  'has moved and says so at length': [
    then('HTTP/1.1 301 x\r\nlocation: https://elsewhere.example/\r\n\r\n', pour('x'.repeat(65_536))),
    'failed',
    /redirects are not followed/,
  ],
  'sends on to itself': [answer('307 x', 'location: /'), 'failed', /redirects are not followed/],
  'answers twice, no and yes': [`${answer('503 x')}${answer('200 OK')}`, 'retry', later],
  'says length and chunks': [`${OK}transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n`, UNKNOWN, notHttp],
  'has less than nothing': [`${OK}content-length: -5\r\n\r\n`, UNKNOWN, notHttp],
  'never ends its trailers': [
    then(`${OK}transfer-encoding: chunked\r\n\r\n0\r\n`, pour('x: y\r\n'.repeat(1000))),
    'delivered',
    /200/,
  ],
  'never ends the size of a chunk': [
    then(`${OK}transfer-encoding: chunked\r\n\r\n`, pour(`1;${'a'.repeat(60_000)}`)),
    'delivered',
    /200/,
  ],
  'is busy until the end of time': [
    answer('503 x', 'retry-after: Fri, 31 Dec 9999 23:59:59 GMT'),
    `retry after ${DAY_MS}`,
    later,
  ],
  'is busy beyond the end of time': [answer('503 x', 'retry-after: Fri, 31 Dec 275761 23:59:59 GMT'), 'retry', later],
  'has created it': [answer('201 x'), 'delivered', /201/],
  'will look at it': [answer('202 x'), 'delivered', /202/],
  'has nothing to say': ['HTTP/1.1 204 x\r\n\r\n', 'delivered', /204/],
  'is gone': [answer('410 x'), 'failed', /gone for good/],
  'takes less': [answer('413 x'), 'failed', /too large/],
  'is busy since long ago': [answer('429 x', 'retry-after: Mon, 01 Jan 2001 00:00:00 GMT'), 'retry after 0', later],
  'is busy for a lifetime': [
    answer('429 x', 'retry-after: Fri, 01 Jan 2100 00:00:00 GMT'),
    `retry after ${DAY_MS}`,
    later,
  ],
  'is busy for ever': [answer('429 x', `retry-after: ${'9'.repeat(40)}`), `retry after ${DAY_MS}`, later],
  'is busy backwards': [answer('429 x', 'retry-after: -5'), 'retry', later],
  'is busy for a bit of a second': [answer('503 x', 'retry-after: 1.5'), 'retry', later],
  'is busy in words': [answer('503 x', 'retry-after: Sunday or so'), 'retry', later],
};

for (const [name, [act, fate, words]] of Object.entries(RECEIVERS)) {
  test(`a receiver that ${name}`, { timeout: 20_000 }, async (t) => {
    const { signal, lastly } = startPatience(t);
    const isEndless = words === late || words === slow;
    const server = await startRawReceiver(t, serve(isEndless ? lastly(act) : act));
    const outcome = await send(buildWebhookChannel(`http://127.0.0.1:${server.port}/`), { signal });
    assert.equal(fateOf(outcome), fate, said(outcome));
    assert.match(said(outcome), words);
    assert.ok(server.sentBytes() < MOST_BYTES, `${server.sentBytes()} bytes were taken`);
  });
}

for (const [name, certificate, ca, words] of [
  ['has ended', expiredCertificate, expiredCertificate.cert, /certificate has expired/],
  ['is for another host', foreignCertificate, foreignCertificate.cert, /another host name/],
  ['nobody vouches for', loopbackCertificate, null, /network\.caFile/],
] as const) {
  test(`a receiver whose certificate ${name} gets nothing, for sure`, async (t) => {
    const server = await startRawReceiver(t, serve(answer('200 OK')), { tls: certificate });
    const network = { ...directly, ca };
    const outcome = await send(buildWebhookChannel(`https://127.0.0.1:${server.port}/`, { network }));
    assert.equal(fateOf(outcome), 'retry');
    assert.match(said(outcome), words);
  });
}

test('a receiver that speaks plainly where TLS is expected gets nothing, for sure', async (t) => {
  const server = await startRawReceiver(t, serve(answer('200 OK')));
  const outcome = await send(buildWebhookChannel(`https://127.0.0.1:${server.port}/`));
  assert.equal(fateOf(outcome), 'retry');
  assert.match(said(outcome), /does not speak TLS/);
});

test('a receiver that does not read eight megabytes is not waited for', { timeout: 20_000 }, async (t) => {
  const { signal, lastly } = startPatience(t);
  const pause = lastly((socket) => void socket.pause());
  const server = await startRawReceiver(t, (socket) => perform(socket, pause));
  const outcome = await send(buildWebhookChannel(`http://127.0.0.1:${server.port}/`), { bytes: 8 << 20, signal });
  assert.equal(fateOf(outcome), UNKNOWN);
});

test('a receiver that refuses eight megabytes before it has read them is understood', async (t) => {
  const server = await startRawReceiver(t, (socket) => {
    socket.resume();
    socket.end(answer('413 x', 'connection: close'));
  });
  const outcome = await send(buildWebhookChannel(`http://127.0.0.1:${server.port}/`), { bytes: 8 << 20 });
  assert.equal(fateOf(outcome), 'failed');
  assert.match(said(outcome), /too large/);
});

test('a receiver by IPv6', async (t) => {
  const server = await startRawReceiver(t, serve(answer('200 OK')), { host: '::1' });
  assert.equal(fateOf(await send(buildWebhookChannel(`http://[::1]:${server.port}/`))), 'delivered');
});
