import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { beat } from '../../src/deliver/heartbeat.ts';
import { Secret } from '../../src/model/secret.ts';
import { directly } from '../support/channel-builder.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { close, perform, pour, startRawReceiver } from '../support/raw-receiver.ts';
import { startWebhookSink, type WebhookAnswer } from '../support/webhook-sink.ts';

async function monitor(t: TestContext, answers: readonly WebhookAnswer[]) {
  const sink = await startWebhookSink({ respond: (_, index) => answers[index] ?? { status: 200 } });
  t.after(() => sink.close());
  const clock = createManualClock('2026-11-23T08:00:00Z', { auto: true });
  const tell = (kind: 'start' | 'success' | 'fail', address = '/token') => {
    const url = new Secret(sink.url.replace('/hook', address));
    return beat({ url, kind, body: 'weekly: complete', network: directly, signal: AbortSignal.timeout(5000) }, clock);
  };
  return { sink, clock, tell };
}

test('start and failure are told below the address, whatever it ends with', async (t) => {
  const { sink, tell } = await monitor(t, []);
  for (const kind of ['start', 'success', 'fail'] as const) assert.equal(await tell(kind), null);
  assert.equal(await tell('fail', '/token/?create=1'), null);
  assert.deepEqual(
    sink.requests.map(({ path, body }) => [path, body]),
    [
      ['/token/start', 'weekly: complete'],
      ['/token', 'weekly: complete'],
      ['/token/fail', 'weekly: complete'],
      ['/token/fail?create=1', 'weekly: complete'],
    ],
  );
});

test('a monitor that fails is told again, three times at most, and its address stays a secret', async (t) => {
  const better = await monitor(t, [{ status: 500 }, 'drop']);
  assert.equal(await better.tell('success'), null);
  assert.equal(better.sink.requests.length, 3);
  const broken = await monitor(t, ['drop', { status: 404 }, { status: 302, headers: { location: '/elsewhere' } }]);
  assert.equal(await broken.tell('success'), 'the monitor answered 302');
  assert.equal(broken.sink.requests.length, 3);
  const gone = await monitor(t, ['drop', 'drop', 'drop']);
  assert.doesNotMatch((await gone.tell('success')) ?? '', /token|127\.0\.0\.1/);
});

test('a monitor that never ends its answer is understood all the same', async (t) => {
  const server = await startRawReceiver(t, (socket) =>
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      perform(socket, pour('x'.repeat(65_536)));
    }),
  );
  const url = new Secret(`http://127.0.0.1:${server.port}/token`);
  const clock = createManualClock('2026-11-23T08:00:00Z', { auto: true });
  const told = { url, kind: 'success', body: '', network: directly, signal: AbortSignal.timeout(5000) } as const;
  assert.equal(await beat(told, clock), null);
});

test('the end of the program ends the telling', async (t) => {
  const server = await startRawReceiver(t, (socket) => socket.once('data', () => perform(socket, close)));
  const url = new Secret(`http://127.0.0.1:${server.port}/token`);
  const clock = createManualClock('2026-11-23T08:00:00Z');
  const told = { url, kind: 'fail', body: '', network: directly, signal: AbortSignal.abort() } as const;
  assert.match((await beat(told, clock)) ?? '', /ended before an answer|closed/);
  assert.deepEqual(clock.sleeps, []);
});
