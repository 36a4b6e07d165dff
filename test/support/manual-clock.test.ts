import assert from 'node:assert/strict';
import test from 'node:test';
import { createManualClock } from './manual-clock.ts';

test('wakes sleepers in the order they are due, and those that sleep again on the way', async () => {
  const clock = createManualClock('2026-11-23T08:00:00Z');
  const woken: string[] = [];
  const twice = async (): Promise<void> => {
    await clock.sleep(1_000);
    woken.push('first');
    await clock.sleep(1_000);
    woken.push(`second at ${clock.now().toISOString()}`);
  };
  const all = Promise.all([twice(), clock.sleep(1_500).then(() => woken.push('between'))]);
  await clock.advance(5_000);
  await all;
  assert.deepEqual(woken, ['first', 'between', 'second at 2026-11-23T08:00:02.000Z']);
  assert.equal(clock.now().toISOString(), '2026-11-23T08:00:05.000Z');
});

test('moves by itself in auto mode', async () => {
  const clock = createManualClock('2026-11-23T08:00:00Z', { auto: true });
  await Promise.all([clock.sleep(3_600_000), clock.sleep(60_000)]);
  assert.equal(clock.now().toISOString(), '2026-11-23T09:00:00.000Z');
});

test('rejects with the reason of an aborted signal', async () => {
  const clock = createManualClock('2026-11-23T08:00:00Z');
  const controller = new AbortController();
  const sleep = clock.sleep(1_000, controller.signal);
  controller.abort(new Error('stopped'));
  await assert.rejects(sleep, /stopped/u);
  assert.equal(clock.sleeping, 0);
});
