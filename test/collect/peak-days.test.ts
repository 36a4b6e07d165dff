import assert from 'node:assert/strict';
import test from 'node:test';
import { selectPeakDays } from '../../src/collect/peak-days.ts';
import { eachDay } from '../../src/model/instant.ts';
import type { UsageDay } from '../../src/model/snapshot.ts';

const DAYS = eachDay('2026-09-25', '2026-11-23');

function usage(totals: Readonly<Record<string, number>>, ordinary = 100): readonly UsageDay[] {
  return DAYS.map((day) => ({ day, calls: { files: totals[day] ?? ordinary }, freeCalls: { ignored: 9_999 } }));
}

test('takes the three days that stand out most, in order', () => {
  const totals = { '2026-11-03': 150, '2026-11-10': 300, '2026-11-14': 200, '2026-11-20': 170 };
  assert.deepEqual(selectPeakDays(usage(totals)), ['2026-11-10', '2026-11-14', '2026-11-20']);
});

test('measures a day against its own weekday', () => {
  const mondays = Object.fromEntries(DAYS.filter((_, index) => index % 7 === 3).map((day) => [day, 5_000]));
  assert.deepEqual(selectPeakDays(usage({ ...mondays, '2026-11-14': 400 })), ['2026-11-14']);
});

test('leaves out today, days older than 30, and days that do not stand out', () => {
  assert.deepEqual(selectPeakDays(usage({ '2026-11-23': 9_000, '2026-10-01': 9_000 })), []);
  assert.deepEqual(selectPeakDays(usage({}, 0)), []);
  assert.deepEqual(selectPeakDays([]), []);
});
