import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { Outbox } from '../../src/deliver/outbox.ts';
import { createPump, type Pump, type PumpOptions } from '../../src/deliver/pump.ts';
import { silentLog } from '../../src/model/log.ts';
import { Secret } from '../../src/model/secret.ts';
import type { ChannelSettings } from '../../src/model/settings.ts';
import type { Store } from '../../src/store/store.ts';
import { buildEmailChannel, buildMail, buildWebhookChannel } from '../support/channel-builder.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { buildMessage, temporaryStore } from '../support/store-builder.ts';
import { until } from '../support/until.ts';
import { startWebhookSink, type WebhookSink, type WebhookSinkOptions } from '../support/webhook-sink.ts';

const START = '2026-11-23T07:00:00.000Z';
const HOUR = 3_600_000;
const never = new AbortController().signal;

interface Bench {
  readonly store: Store;
  readonly clock: ManualClock;
  readonly channels: Record<string, ChannelSettings>;
  readonly pump: (over?: Partial<PumpOptions>) => Pump;
}

function setUp(t: TestContext): Bench {
  const { store } = temporaryStore(t);
  const clock = createManualClock(START);
  const channels: Record<string, ChannelSettings> = {};
  const pump = (over: Partial<PumpOptions> = {}): Pump => {
    const options = {
      store,
      channels: () => channels,
      clock,
      log: silentLog,
      random: () => 0.5,
      sender: 'daemon',
    } as const;
    return createPump({ ...options, ...over });
  };
  return { store, clock, channels, pump };
}

async function sink(t: TestContext, options: WebhookSinkOptions = {}): Promise<WebhookSink> {
  const started = await startWebhookSink(options);
  t.after(() => started.close());
  return started;
}

const ids = (server: WebhookSink) => server.requests.map(({ headers }) => headers['webhook-id']);
const states = (store: Store) =>
  Object.fromEntries(store.deliveries({ limit: 99 }).map(({ id, state }) => [id, state]));

test('drains what is due, in order, each once', async (t) => {
  const { store, clock, channels, pump } = setUp(t);
  const server = await sink(t);
  channels['siem'] = buildWebhookChannel(server.url);
  store.enqueue(
    ['a', 'b', 'c'].map((id) => buildMessage(id)),
    clock.now(),
  );
  await pump().drain(never);
  await pump().drain(never);
  assert.deepEqual(ids(server), ['wire_a', 'wire_b', 'wire_c']);
  assert.deepEqual(states(store), { a: 'delivered', b: 'delivered', c: 'delivered' });
});

test('tries again with the same id until it is through, and keeps the order meanwhile', async (t) => {
  const { store, clock, channels, pump } = setUp(t);
  const server = await sink(t, { respond: (_, index) => ({ status: index < 3 ? 503 : 200 }) });
  channels['siem'] = buildWebhookChannel(server.url);
  store.enqueue([buildMessage('a'), buildMessage('b')], clock.now());
  for (const waitMs of [0, 60_000, 5 * 60_000, 15 * 60_000]) {
    await clock.advance(waitMs);
    await pump().drain(never);
  }
  assert.deepEqual(ids(server), ['wire_a', 'wire_a', 'wire_a', 'wire_a', 'wire_b']);
  assert.deepEqual(states(store), { a: 'delivered', b: 'delivered' });
  assert.deepEqual(
    store.attempts('a').map(({ outcome }) => outcome),
    ['retry', 'retry', 'retry', 'delivered'],
  );
});

test('a receiver that is dead for a week is given up, and says so', async (t) => {
  const { store, clock, channels, pump } = setUp(t);
  const server = await sink(t, { respond: () => ({ status: 500 }) });
  channels['siem'] = buildWebhookChannel(server.url);
  store.enqueue([buildMessage('a')], clock.now());
  for (let next: string | null = START; next !== null; next = store.nextDueAt(clock.now())) {
    await clock.advance(Date.parse(next) - clock.now().getTime());
    await pump().drain(never);
  }
  const [delivery] = store.deliveries({ limit: 1 });
  assert.equal(delivery?.state, 'failed');
  assert.match(delivery?.lastError ?? '', /^Given up: .*HTTP 500/);
  assert.equal(clock.now().toISOString(), '2026-11-30T07:00:00.000Z');
  assert.equal(new Set(ids(server)).size, 1);
  assert.ok(server.requests.length < 20);
});

test('one 404 after a long outage is not the end', async (t) => {
  const { store, clock, channels, pump } = setUp(t);
  const server = await sink(t, { respond: (_, index) => ({ status: [503, 503, 503, 503, 503, 404][index] ?? 200 }) });
  channels['siem'] = buildWebhookChannel(server.url);
  store.enqueue([buildMessage('a')], clock.now());
  for (let n = 0; n < 7; n += 1) {
    await pump().drain(never);
    await clock.advance(6 * HOUR);
  }
  assert.deepEqual(states(store), { a: 'delivered' });
});

test('a hanging channel does not hold up another', async (t) => {
  const { store, clock, channels, pump } = setUp(t);
  const [silent, lively] = [await sink(t, { respond: () => 'hang' }), await sink(t)];
  channels['silent'] = buildWebhookChannel(silent.url);
  channels['lively'] = buildWebhookChannel(lively.url);
  const running = pump();
  running.start();
  t.after(() => running.stop(0));
  store.enqueue([buildMessage('a', { channel: 'silent' }), buildMessage('b', { channel: 'lively' })], clock.now());
  running.wake();
  await until(() => states(store)['b'] === 'delivered');
  await silent.waitFor(1);
  store.enqueue([buildMessage('c', { channel: 'lively' })], clock.now());
  running.wake();
  await until(() => states(store)['c'] === 'delivered');
  assert.equal(states(store)['a'], 'pending');
});

test('a mail goes on for those who are left', async (t) => {
  const { store, clock, channels, pump } = setUp(t);
  let full = true;
  const server = await startSmtpSink({
    recipient: (address) => (full && address.startsWith('bo') ? { code: 452, text: 'mailbox full' } : null),
  });
  t.after(() => server.close());
  channels['security-team'] = buildEmailChannel(server.port);
  store.enqueue([buildMail('m', { to: ['ana@acme.example', 'bo@acme.example'] })], clock.now());
  await pump().drain(never);
  full = false;
  await clock.advance(60_000);
  await pump().drain(never);
  assert.deepEqual(
    server.messages.map(({ envelope }) => envelope.to),
    [['ana@acme.example'], ['bo@acme.example']],
  );
  assert.deepEqual(store.deliveries({ limit: 1 })[0]?.recipients.accepted, ['ana@acme.example', 'bo@acme.example']);
});

test('a channel that was removed keeps its messages until it is back', async (t) => {
  const { store, clock, channels, pump } = setUp(t);
  store.enqueue([buildMessage('a'), buildMessage('b', { channel: 'constructor' })], clock.now());
  await pump().drain(never);
  assert.deepEqual(
    store.deliveries({ limit: 2 }).map(({ state, attempts, lastError }) => ({ state, attempts, lastError })),
    Array.from({ length: 2 }, () => ({
      state: 'pending',
      attempts: 0,
      lastError: 'The channel is not in the configuration any more.',
    })),
  );
  const server = await sink(t);
  channels['siem'] = buildWebhookChannel(server.url);
  await clock.advance(HOUR);
  await pump().drain(never);
  assert.deepEqual(ids(server), ['wire_a']);
});

test('a channel that stays away for a week takes its messages with it, visibly', async (t) => {
  const { store, clock, pump } = setUp(t);
  store.enqueue([buildMessage('a')], clock.now());
  await pump().drain(never);
  await clock.advance(7 * 24 * HOUR - 1000);
  await pump().drain(never);
  assert.equal(states(store)['a'], 'pending');
  await clock.advance(HOUR);
  await pump().drain(never);
  const [delivery] = store.deliveries({ limit: 1 });
  assert.equal(delivery?.state, 'failed');
  assert.match(delivery?.lastError ?? '', /not in the configuration/);
});

test('what waits is tried at once when somebody mended the configuration', async (t) => {
  const { store, clock, channels, pump } = setUp(t);
  const server = await sink(t, { respond: (_, index) => ({ status: index < 4 ? 401 : 204 }) });
  channels['siem'] = buildWebhookChannel(server.url);
  store.enqueue([buildMessage('a')], clock.now());
  // More often than little patience would last: each reload is a new beginning.
  for (let reloads = 0; reloads < 5; reloads += 1) {
    await pump().drain(never);
    store.hastenDeliveries(clock.now());
  }
  assert.equal(server.requests.length, 5);
  assert.equal(states(store)['a'], 'delivered');
});

test('an outbox that cannot be read or written for a while loses and repeats nothing', async (t) => {
  const { store, clock, channels, pump } = setUp(t);
  const server = await sink(t);
  channels['siem'] = buildWebhookChannel(server.url);
  const failures = { dueDeliveries: 3, beginAttempt: 2, finishAttempt: 4 };
  const failing = (name: keyof typeof failures): void => {
    failures[name] -= 1;
    if (failures[name] >= 0) throw new Error('disk full');
  };
  const flaky: Outbox = {
    ...store,
    dueDeliveries: (...args) => {
      failing('dueDeliveries');
      return store.dueDeliveries(...args);
    },
    beginAttempt: (...args) => {
      failing('beginAttempt');
      return store.beginAttempt(...args);
    },
    finishAttempt: (...args) => {
      failing('finishAttempt');
      store.finishAttempt(...args);
    },
  };
  store.enqueue([buildMessage('a'), buildMessage('b')], clock.now());
  const running = pump({ store: flaky });
  running.start();
  t.after(() => running.stop(0));
  for (let n = 0; n < 60 && states(store)['b'] !== 'delivered'; n += 1) {
    await until(() => clock.sleeping > 0);
    await clock.advance(5000);
  }
  assert.deepEqual(states(store), { a: 'delivered', b: 'delivered' });
  assert.deepEqual(ids(server), ['wire_a', 'wire_b']);
});

test('a clock that is set back makes nobody wait for the time that is shown twice', async (t) => {
  const { store, clock, channels, pump } = setUp(t);
  const server = await sink(t, { respond: (_, index) => ({ status: index === 0 ? 503 : 204 }) });
  channels['siem'] = buildWebhookChannel(server.url);
  store.enqueue([buildMessage('a')], clock.now());
  let behindMs = 0;
  const shown = { ...clock, now: () => new Date(clock.now().getTime() - behindMs) };
  const running = pump({ clock: shown });
  running.start();
  t.after(() => running.stop(0));
  await until(() => store.attempts('a')[0]?.outcome === 'retry' && clock.sleeping > 0);
  behindMs = 20 * HOUR;
  running.wake();
  await until(() => states(store)['a'] === 'delivered');
});

test('stops at once when idle, and starts nothing any more', async (t) => {
  const { store, clock, channels, pump } = setUp(t);
  const server = await sink(t);
  channels['siem'] = buildWebhookChannel(server.url);
  const running = pump();
  running.start();
  await until(() => clock.sleeping === 1);
  await running.stop(60_000);
  assert.equal(clock.sleeping, 0);
  store.enqueue([buildMessage('a')], clock.now());
  running.wake();
  assert.equal(server.requests.length, 0);
  await pump().stop(1000);
});

test('lets the send in flight end within the grace', async (t) => {
  const { store, clock, channels, pump } = setUp(t);
  const gate = Promise.withResolvers<void>();
  const server = await sink(t, {
    respond: async () => {
      await gate.promise;
      return { status: 200 };
    },
  });
  channels['siem'] = buildWebhookChannel(server.url);
  store.enqueue([buildMessage('a'), buildMessage('b')], clock.now());
  const running = pump();
  running.start();
  await server.waitFor(1);
  const stopped = running.stop(5000);
  gate.resolve();
  await stopped;
  assert.deepEqual(states(store), { a: 'delivered', b: 'pending' });
  assert.equal(server.requests.length, 1);
});

test('aborts a send that outlasts the grace; it stays owed, due at once, flagged as perhaps there', async (t) => {
  const { store, clock, channels, pump } = setUp(t);
  const server = await sink(t, { respond: (_, index) => (index === 0 ? 'hang' : { status: 200 }) });
  channels['siem'] = buildWebhookChannel(server.url);
  store.enqueue([buildMessage('a')], clock.now());
  const running = pump();
  running.start();
  await server.waitFor(1);
  const stopped = running.stop(5000);
  await clock.advance(5000);
  await stopped;
  const [delivery] = store.deliveries({ limit: 1 });
  assert.deepEqual([delivery?.state, delivery?.maybeDuplicate], ['pending', true]);
  await pump().drain(never);
  assert.deepEqual(ids(server), ['wire_a', 'wire_a']);
  assert.deepEqual(states(store), { a: 'delivered' });
});

test('a command and the daemon never send one message both', async (t) => {
  const { store, clock, channels, pump } = setUp(t);
  const server = await sink(t);
  channels['siem'] = buildWebhookChannel(server.url);
  store.enqueue(
    Array.from({ length: 20 }, (_, n) => buildMessage(`m${n}`, { key: `k${n}` })),
    clock.now(),
  );
  await Promise.all([pump().drain(never), pump({ sender: 'command' }).drain(never)]);
  assert.equal(server.requests.length, 20);
  assert.equal(new Set(ids(server)).size, 20);
});

test('takes over what a dead command left in mid-send, once it must be dead', async (t) => {
  const { store, clock, channels, pump } = setUp(t);
  const server = await sink(t);
  channels['siem'] = buildWebhookChannel(server.url);
  store.enqueue([buildMessage('a')], clock.now());
  store.beginAttempt('a', 'command', clock.now());
  await pump({ sender: 'command' }).drain(never);
  assert.equal(server.requests.length, 0);
  await clock.advance(151_000);
  await pump({ sender: 'command' }).drain(never);
  assert.deepEqual(states(store), { a: 'delivered' });
});

test('no address, secret or answer of a receiver gets into the database', async (t) => {
  const { store, path } = temporaryStore(t);
  const clock = createManualClock(START);
  const planted = ['planted-token', 'planted-secret', 'planted-answer', 'planted-password'];
  const hook = await sink(t, {
    respond: () => ({ status: 500, body: 'planted-answer', headers: { 'x-y': 'planted-answer' } }),
  });
  const mail = await startSmtpSink({ auth: { user: 'auditor', password: 'right' } });
  t.after(() => mail.close());
  const smtpOver = { user: 'auditor', password: new Secret('planted-password') };
  const channels = {
    siem: buildWebhookChannel(`${hook.url}?token=planted-token`, { secrets: [new Secret('planted-secret')] }),
    'security-team': buildEmailChannel(mail.port, { smtpOver }),
  };
  const lines: string[] = [];
  const write = (message: string, fields?: unknown) => lines.push(message + JSON.stringify(fields));
  const log = { debug: write, info: write, warn: write, error: write };
  store.enqueue([buildMessage('a'), buildMail('b')], clock.now());
  await createPump({ store, channels: () => channels, clock, log, random: () => 0.5, sender: 'daemon' }).drain(never);
  assert.equal(store.deliveries({ limit: 9 }).filter(({ attempts }) => attempts === 1).length, 2);
  const stored = ['', '-wal'].map((suffix) => readFileSync(path + suffix, 'latin1')).join('') + lines.join('');
  assert.deepEqual(
    planted.filter((text) => stored.includes(text)),
    [],
  );
  assert.doesNotMatch(stored, /http:\/\/127/);
});
