import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type NextAttemptInput, nextAttempt } from '../../src/deliver/backoff.ts';
import { nobody } from '../support/channel-builder.ts';

const start = Date.parse('2026-11-23T07:00:00.000Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const outcome = {
  kind: 'retry',
  error: 'busy',
  retryAfterMs: null,
  recipients: nobody,
  maybeDuplicate: false,
  patience: 'long',
} as const;

function waitMs(over: Partial<NextAttemptInput> & { readonly atMs?: number }): number | null {
  const at = start + (over.atMs ?? 0);
  const next = nextAttempt({
    attempts: 1,
    shortAttempts: 1,
    outcome,
    startedAt: new Date(start).toISOString(),
    random: 0.5,
    ...over,
    at: new Date(at),
  });
  return next === null ? null : Date.parse(next) - at;
}

test('waits longer after each attempt, up to a day', () => {
  const waits = Array.from({ length: 10 }, (_, n) => waitMs({ attempts: n + 1 }));
  const hours = [1, 3, 6, 12, 24, 24, 24].map((count) => count * HOUR);
  assert.deepEqual(waits, [MINUTE, 5 * MINUTE, 15 * MINUTE, ...hours]);
});

test('spreads the waits by a fifth to both sides', () => {
  assert.equal(waitMs({ attempts: 4, random: 0 }), 0.8 * HOUR);
  assert.equal(waitMs({ attempts: 4, random: 1 - Number.EPSILON }), 1.2 * HOUR);
});

test('tries for seven days, a last time at their end, and not longer', () => {
  assert.equal(waitMs({ attempts: 12, atMs: 6.5 * DAY }), 0.5 * DAY);
  assert.equal(waitMs({ attempts: 13, atMs: 7 * DAY - 1 }), 1);
  assert.equal(waitMs({ attempts: 13, atMs: 7 * DAY }), null);
});

test('a whole dead week costs about a dozen attempts', () => {
  let atMs: number | null = 0;
  let attempts = 0;
  for (let wait: number | null = 0; wait !== null; atMs += wait) {
    attempts += 1;
    wait = waitMs({ attempts, atMs });
    if (wait === null) break;
  }
  assert.ok(attempts >= 12 && attempts <= 16, String(attempts));
  assert.equal(atMs, 7 * DAY);
});

test('waits as long as the receiver asks, up to a day', () => {
  const asked = (retryAfterMs: number, attempts = 1) => waitMs({ attempts, outcome: { ...outcome, retryAfterMs } });
  assert.equal(asked(90_000), 90_000);
  assert.equal(asked(2000), 2000);
  assert.equal(asked(0), 1000, 'never at once');
  assert.equal(asked(30 * DAY), DAY);
  assert.equal(asked(2000, 3), 2000);
  assert.equal(asked(2000, 4), HOUR, 'one that always says "soon" is not believed for ever');
  assert.equal(asked(2 * HOUR, 4), 2 * HOUR);
});

test('gives a receiver that does not know us three more tries within the hour', () => {
  const short = { ...outcome, patience: 'short' } as const;
  const waits = [1, 2, 3, 4].map((shortAttempts) => waitMs({ outcome: short, attempts: 9, shortAttempts }));
  assert.deepEqual(waits, [5 * MINUTE, 15 * MINUTE, 40 * MINUTE, null]);
});
