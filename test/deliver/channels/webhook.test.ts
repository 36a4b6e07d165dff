import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { sendSlack } from '../../../src/deliver/channels/slack.ts';
import { sendWebhook } from '../../../src/deliver/channels/webhook.ts';
import type { Outcome } from '../../../src/model/message.ts';
import { Secret } from '../../../src/model/secret.ts';
import { AT, buildContext, buildSlackChannel, buildWebhookChannel, directly } from '../../support/channel-builder.ts';
import { loopbackCertificate } from '../../support/loopback-certificate.ts';
import { buildMessage } from '../../support/store-builder.ts';
import { startWebhookSink, type WebhookSink, type WebhookSinkOptions } from '../../support/webhook-sink.ts';

const body = '{"type":"audit.run.completed","text":"é \\u2028 ünïcode"}';
const message = buildMessage('m1', { body: { kind: 'webhook', contentType: 'application/json', body } });

async function sink(t: TestContext, options: WebhookSinkOptions = {}): Promise<WebhookSink> {
  const started = await startWebhookSink(options);
  t.after(() => started.close());
  return started;
}

const answering = (t: TestContext, status: number, headers: Record<string, string> = {}, text = '') =>
  sink(t, { respond: () => ({ status, headers, body: text }) });

const send = (server: { readonly url: string }, over = {}) =>
  sendWebhook(message, buildWebhookChannel(server.url, over), buildContext());

function kindOf(outcome: Outcome): string {
  return outcome.kind === 'retry' ? `retry ${outcome.patience}` : outcome.kind;
}

test('signs the exact bytes with every secret, so that each alone verifies', async (t) => {
  const server = await sink(t);
  const now = new Date();
  const values = [`whsec_${Buffer.alloc(32, 7).toString('base64')}`, `whsec_${Buffer.alloc(24, 9).toString('base64')}`];
  const channel = buildWebhookChannel(server.url, { secrets: values.map((value) => new Secret(value)) });
  assert.equal((await sendWebhook(message, channel, buildContext({ at: now }))).kind, 'delivered');
  const [request] = server.requests;
  assert.ok(request !== undefined);
  assert.equal(request.body, body);
  assert.equal(request.method, 'POST');
  assert.equal(request.headers['content-type'], 'application/json');
  assert.equal(request.headers['webhook-id'], 'wire_m1');
  const headers = request.headers as Record<string, string>;
  for (const value of values) new Webhook(value).verify(request.body, headers);
  assert.throws(() => new Webhook(values[0] ?? '').verify(`${request.body} `, headers));
  const [newest] = String(request.headers['webhook-signature']).split(' ');
  new Webhook(values[0] ?? '').verify(request.body, { ...headers, 'webhook-signature': newest ?? '' });
});

test('takes any text as a secret, by its bytes', async (t) => {
  const server = await sink(t);
  const channel = buildWebhookChannel(server.url, { secrets: [new Secret('pässphrase, not base64!')] });
  await sendWebhook(message, channel, buildContext({ at: new Date() }));
  const headers = server.requests[0]?.headers as Record<string, string>;
  new Webhook(Buffer.from('pässphrase, not base64!'), { format: 'raw' } as never).verify(body, headers);
});

test('every attempt has the same id and its own time stamp', async (t) => {
  const server = await sink(t);
  const channel = buildWebhookChannel(server.url, { secrets: [new Secret('x')] });
  await sendWebhook(message, channel, buildContext());
  await sendWebhook(message, channel, buildContext({ at: new Date(AT.getTime() + 60_000) }));
  const header = (name: string) => server.requests.map(({ headers }) => headers[name]);
  assert.deepEqual(header('webhook-id'), ['wire_m1', 'wire_m1']);
  const seconds = Math.floor(AT.getTime() / 1000);
  assert.deepEqual(header('webhook-timestamp'), [String(seconds), String(seconds + 60)]);
  assert.equal(new Set(header('webhook-signature')).size, 2);
});

test('without a secret there is no signature', async (t) => {
  const server = await sink(t);
  await send(server);
  assert.equal(server.requests[0]?.headers['webhook-signature'], undefined);
});

const answers: readonly (readonly [status: number, expected: string])[] = [
  ...[200, 201, 202, 204, 299].map((status) => [status, 'delivered'] as const),
  ...[301, 302, 303, 304, 307, 308].map((status) => [status, 'failed'] as const),
  ...[400, 410, 413, 415, 422].map((status) => [status, 'failed'] as const),
  ...[401, 403, 404, 405, 418, 451].map((status) => [status, 'retry short'] as const),
  ...[408, 425, 429, 500, 501, 502, 503, 504, 599].map((status) => [status, 'retry long'] as const),
];

test('reads every answer as what it means for the message', async (t) => {
  const statuses = answers.map(([status]) => status);
  const server = await sink(t, {
    respond: (_, index) => ({ status: statuses[index] ?? 500, headers: { location: 'http://169.254.169.254/' } }),
  });
  const outcomes: (readonly [number, string])[] = [];
  for (const status of statuses) outcomes.push([status, kindOf(await send(server))]);
  assert.deepEqual(outcomes, answers);
  assert.equal(server.requests.length, statuses.length, 'no redirect was followed, nothing was tried twice');
});

test('honours Retry-After in both forms, for a day at most', async (t) => {
  const values: readonly (readonly [string, number | null])[] = [
    ['120', 120_000],
    ['0', 0],
    [new Date(Math.floor(AT.getTime() / 1000) * 1000 + 90_000).toUTCString(), 89_300],
    ['Mon, 23 Nov 2026 06:00:00 GMT', 0],
    ['999999', 24 * 3_600_000],
    ['soon', null],
    ['-5', null],
  ];
  const server = await sink(t, {
    respond: (_, index) => ({ status: 503, headers: { 'retry-after': values[index]?.[0] ?? '' } }),
  });
  for (const [value, expected] of values) {
    const outcome = await send(server);
    assert.equal(outcome.kind === 'retry' ? outcome.retryAfterMs : 'no', expected, value);
  }
});

test('an answer that never ends is not waited for', { timeout: 10_000 }, async (t) => {
  const server = await answering(t, 200, { 'content-length': '1000000000' }, 'x'.repeat(100_000));
  assert.equal((await send(server)).kind, 'delivered');
});

test('a connection that breaks or says nothing may have brought the message', async (t) => {
  const dropping = await sink(t, { respond: () => 'drop' });
  const dropped = await send(dropping);
  assert.ok(dropped.kind === 'retry');
  assert.equal(dropped.maybeDuplicate, true);

  const silent = await sink(t, { respond: () => 'hang' });
  const stop = new AbortController();
  const sending = sendWebhook(message, buildWebhookChannel(silent.url), buildContext({ signal: stop.signal }));
  await silent.waitFor(1);
  stop.abort();
  const aborted = await sending;
  assert.ok(aborted.kind === 'retry');
  assert.equal(aborted.maybeDuplicate, true);
});

test('no error names the address or what stands in it', async (t) => {
  const server = await answering(t, 500, {}, 'planted-body');
  const gone = await startWebhookSink();
  await gone.close();
  const urls = [
    `${server.url}?token=planted-token`,
    `${gone.url}?token=planted-token`,
    'http://planted-host.invalid/planted-path',
    'http://169.254.169.254/planted-path',
  ];
  for (const url of urls) {
    const outcome = await send({ url });
    assert.ok(outcome.kind === 'retry', url);
    assert.doesNotMatch(outcome.error, /planted|127\.0|169\.254|http:/);
    assert.match(outcome.error, /^[A-Z].*\.$/);
  }
});

test('a refused connection surely has not brought it', async () => {
  const gone = await startWebhookSink();
  await gone.close();
  const outcome = await send(gone);
  assert.ok(outcome.kind === 'retry');
  assert.equal(outcome.maybeDuplicate, false);
  assert.equal(outcome.error, 'The connection was refused.');
});

test('trusts an authority of one’s own, and no other', async (t) => {
  const server = await sink(t, { tls: true });
  const trusted = await send(server, { network: { ...directly, ca: loopbackCertificate.cert } });
  assert.equal(trusted.kind, 'delivered');
  const unknown = await send(server);
  assert.ok(unknown.kind === 'retry');
  assert.match(unknown.error, /certificate/);
  assert.equal(server.requests.length, 1);
});

test('Slack’s one word of explanation is passed on, and nothing longer', async (t) => {
  const slack = { ...message, body: { kind: 'slack', contentType: 'application/json', body: '{"text":"x"}' } } as const;
  const replies = [
    { status: 400, body: 'invalid_blocks' },
    { status: 404, body: '<html>planted</html>' },
    { status: 200, body: 'ok' },
  ];
  const server = await sink(t, { respond: (_, index) => replies[index] ?? { status: 500 } });
  const outcomes: Outcome[] = [];
  for (const _ of replies) outcomes.push(await sendSlack(slack, buildSlackChannel(server.url), buildContext()));
  const [invalid, unknown, fine] = outcomes;
  assert.match(invalid?.kind === 'failed' ? invalid.error : '', /Slack says: invalid_blocks\./);
  assert.doesNotMatch(JSON.stringify(unknown), /planted/);
  assert.equal(fine?.kind, 'delivered');
  assert.equal(server.requests[0]?.body, '{"text":"x"}');
});
