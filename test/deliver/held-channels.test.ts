import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createPump } from '../../src/deliver/pump.ts';
import { silentLog } from '../../src/model/log.ts';
import type { ChannelSettings } from '../../src/model/settings.ts';
import { buildEmailChannel, buildMail, buildWebhookChannel } from '../support/channel-builder.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { buildMessage, temporaryStore } from '../support/store-builder.ts';
import { until } from '../support/until.ts';
import { startWebhookSink, type WebhookAnswer } from '../support/webhook-sink.ts';

const START = '2026-11-23T07:00:00.000Z';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const never = new AbortController().signal;
const DOWN: WebhookAnswer = { status: 503 };
const UP: WebhookAnswer = { status: 204 };
const GONE: WebhookAnswer = { status: 410 };

/** A channel `siem` whose receiver answers what it is told to. */
async function setUp(t: TestContext, answer: WebhookAnswer) {
  const { store } = temporaryStore(t);
  const clock = createManualClock(START);
  const receiver = { answer };
  const server = await startWebhookSink({ respond: () => receiver.answer });
  t.after(() => server.close());
  const channels: Record<string, ChannelSettings> = { siem: buildWebhookChannel(server.url) };
  const pump = (sender: 'daemon' | 'command' = 'command') =>
    createPump({ store, channels: () => channels, clock, log: silentLog, random: () => 0.5, sender });
  const enqueue = (count: number, prefix = 'm') =>
    store.enqueue(
      Array.from({ length: count }, (_, n) => buildMessage(`${prefix}${n}`, { key: `${prefix}${n}` })),
      clock.now(),
    );
  const states = () => Map.groupBy(store.deliveries({ limit: 999 }), ({ state }) => state);
  const count = (state: 'pending' | 'delivered' | 'failed') => states().get(state)?.length ?? 0;
  return { store, clock, receiver, server, channels, pump, enqueue, count };
}

test('a channel that took nothing ten times in a row holds back what is left', async (t) => {
  const { store, pump, enqueue, server, count } = await setUp(t, DOWN);
  enqueue(15);
  await pump().drain(never);
  assert.equal(server.requests.length, 10);
  assert.equal(count('pending'), 15);
  assert.deepEqual(store.heldChannels(), [
    { channel: 'siem', failures: 10, heldSince: START, nextTryAt: '2026-11-23T07:01:00.000Z' },
  ]);
  assert.ok(store.deliveries({ limit: 99 }).every(({ held }) => held));
  assert.equal(store.nextDueAt(new Date(START)), '2026-11-23T07:01:00.000Z');
});

test('nine failures and a success hold nothing back', async (t) => {
  const { store, clock, receiver, pump, enqueue } = await setUp(t, DOWN);
  enqueue(9);
  await pump().drain(never);
  receiver.answer = UP;
  enqueue(1, 'n');
  await pump().drain(never);
  receiver.answer = DOWN;
  await clock.advance(MINUTE);
  await pump().drain(never);
  assert.deepEqual(store.heldChannels(), []);
});

test('while it is held one message tries it, ever more rarely, at least hourly; new ones wait', async (t) => {
  const { clock, pump, enqueue, server } = await setUp(t, DOWN);
  enqueue(40);
  const requests: number[] = [];
  for (const wait of [0, 59_000, 1000, 5 * MINUTE, 15 * MINUTE, HOUR, HOUR, 59 * MINUTE]) {
    await clock.advance(wait);
    enqueue(1, `new at ${clock.now().getTime()} `);
    await pump().drain(never);
    requests.push(server.requests.length);
  }
  assert.deepEqual(requests, [10, 10, 11, 12, 13, 14, 15, 15]);
});

test('one that gets through lets all others go, each once, in order', async (t) => {
  const { store, clock, receiver, pump, enqueue, server, count } = await setUp(t, DOWN);
  enqueue(15);
  await pump().drain(never);
  receiver.answer = UP;
  enqueue(5, 'n');
  await pump().drain(never);
  assert.equal(count('delivered'), 0);
  await clock.advance(MINUTE);
  await pump().drain(never);
  assert.equal(count('delivered'), 20);
  assert.deepEqual(store.heldChannels(), []);
  const ids = server.requests.slice(10).map(({ headers }) => headers['webhook-id']);
  assert.equal(new Set(ids).size, 20);
  assert.equal(ids.length, 20);
});

test('a receiver that asks for a long wait is not tried before', async (t) => {
  const { store, pump, enqueue } = await setUp(t, { status: 429, headers: { 'retry-after': '7200' } });
  enqueue(10);
  await pump().drain(never);
  assert.equal(store.heldChannels()[0]?.nextTryAt, '2026-11-23T09:00:00.000Z');
});

test('other channels go on', async (t) => {
  const { store, clock, channels, pump, enqueue } = await setUp(t, DOWN);
  const lively = await startWebhookSink();
  t.after(() => lively.close());
  channels['lively'] = buildWebhookChannel(lively.url);
  enqueue(12);
  store.enqueue([buildMessage('x', { channel: 'lively' })], clock.now());
  await pump().drain(never);
  assert.equal(lively.requests.length, 1);
});

test('a mail server that serves some is none that takes nothing', async (t) => {
  const { store, clock, channels, pump } = await setUp(t, UP);
  const server = await startSmtpSink({
    recipient: (address) => (address.startsWith('bo') ? { code: 452, text: 'mailbox full' } : null),
  });
  t.after(() => server.close());
  channels['security-team'] = buildEmailChannel(server.port);
  const to = ['ana@acme.example', 'bo@acme.example'];
  for (let n = 0; n < 12; n += 1) store.enqueue([{ ...buildMail(`m${n}`, { to }), key: `k${n}` }], clock.now());
  await pump().drain(never);
  assert.deepEqual(store.heldChannels(), []);
  assert.equal(server.messages.length, 12);
});

test('a receiver that is gone gets nothing more, not by a restart either', async (t) => {
  const { store, clock, pump, enqueue, server, count } = await setUp(t, GONE);
  enqueue(3);
  await pump().drain(never);
  await clock.advance(8 * 24 * HOUR);
  enqueue(1, 'n');
  const daemon = pump('daemon');
  daemon.start();
  await until(() => clock.sleeping === 1);
  await daemon.stop(0);
  assert.equal(server.requests.length, 1);
  assert.deepEqual([count('failed'), count('pending')], [1, 3]);
  assert.equal(store.heldChannels()[0]?.nextTryAt, null);
});

test('once the channel leads elsewhere, all that it owes goes there, what was lost to the old address too', async (t) => {
  const { clock, channels, pump, enqueue, server, count } = await setUp(t, GONE);
  enqueue(3);
  await pump().drain(never);
  const other = await startWebhookSink();
  t.after(() => other.close());
  channels['siem'] = buildWebhookChannel(other.url);
  await clock.advance(HOUR);
  await pump().drain(never);
  assert.deepEqual(
    other.requests.map(({ headers }) => headers['webhook-id']),
    ['wire_m0', 'wire_m1', 'wire_m2'],
  );
  assert.equal(server.requests.length, 1);
  assert.equal(count('delivered'), 3);
});

test('of one finding only the latest word is sent after all', async (t) => {
  const { store, clock, receiver, pump, count } = await setUp(t, GONE);
  store.enqueue([buildMessage('trigger', { key: 'f' })], clock.now());
  await pump().drain(never);
  store.enqueue([buildMessage('resolve', { key: 'f' })], clock.now());
  receiver.answer = UP;
  store.hastenDeliveries(clock.now());
  await pump().drain(never);
  assert.deepEqual([count('failed'), count('delivered')], [1, 1]);
});

test('a changed configuration and a retry by hand try it at once', async (t) => {
  for (const mend of ['hasten', 'retry'] as const) {
    const { store, clock, receiver, pump, enqueue, count } = await setUp(t, GONE);
    enqueue(2);
    await pump().drain(never);
    receiver.answer = UP;
    if (mend === 'hasten') store.hastenDeliveries(clock.now());
    else assert.ok(store.retryDelivery('m0', clock.now()));
    await pump().drain(never);
    assert.equal(count('delivered'), 2, mend);
  }
});

test('a daemon that starts tries at once what is held', async (t) => {
  const { clock, receiver, pump, enqueue, count } = await setUp(t, DOWN);
  enqueue(13);
  await pump().drain(never);
  receiver.answer = UP;
  const daemon = pump('daemon');
  daemon.start();
  t.after(() => daemon.stop(0));
  await until(() => count('delivered') === 13);
  assert.equal(clock.now().toISOString(), START);
});
