import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stableJitterMs } from '../../src/schedule/jitter.ts';

test('a name always has the same delay, within bounds, and names differ', () => {
  const names = Array.from({ length: 1000 }, (_, n) => `audit-${n}`);
  const delays = names.map((name) => stableJitterMs(name));
  assert.deepEqual(
    delays,
    names.map((name) => stableJitterMs(name)),
  );
  assert.ok(delays.every((delay) => Number.isInteger(delay) && delay >= 0 && delay <= 120_000));
  assert.ok(new Set(delays).size > 980);
  assert.equal(stableJitterMs('weekly-review', 0), 0);
});
