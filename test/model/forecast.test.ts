import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DayCalls } from '../../src/model/daily-use.ts';
import { type Forecast, forecastQuota } from '../../src/model/forecast.ts';
import { addDays, eachDay, weekdayOf } from '../../src/model/instant.ts';
import type { QuotaReading } from '../../src/model/snapshot.ts';

const SEARCHES = 'intelligence_searches_monthly';
const NOTHING = { days: [], readings: [] };
const reading = (at: string, used: number): QuotaReading => ({ quota: SEARCHES, at: `${at}.000Z`, used });

/** The same calls on each of the days up to and including one. */
function steady(last: string, count: number, calls: number): readonly DayCalls[] {
  return eachDay(addDays(last, 1 - count), last).map((day) => ({ day, weekday: weekdayOf(day), calls }));
}

function forecastOf(...asked: Parameters<typeof forecastQuota>): Forecast {
  const outlook = forecastQuota(...asked);
  if (outlook.forecast === null) assert.fail(outlook.why);
  return outlook.forecast;
}

test('a counter alone is forecast from the fourth whole day of its month on', () => {
  const quota = { allowed: 1950, used: 400 };
  const early = forecastQuota(SEARCHES, quota, NOTHING, new Date('2026-11-04T23:00:00Z'));
  assert.equal(early.forecast, null);
  const outlook = forecastQuota(SEARCHES, quota, NOTHING, new Date('2026-11-05T00:00:00Z'));
  assert.ok(outlook.forecast !== null);
  assert.equal(outlook.basis, 'month_so_far');
  // A hundred a day: 1,550 more last for fifteen days and a half.
  assert.equal(outlook.forecast.usedADay, 100);
  assert.equal(outlook.forecast.likeliest, '2026-11-20');
  assert.ok(outlook.forecast.from !== null && outlook.forecast.from < '2026-11-20');
});

test('what was read last month widens nothing and moves the pace of now', () => {
  const quota = { allowed: 2000, used: 60 };
  const readings = [
    reading('2026-10-05T00:00:00', 400),
    reading('2026-10-12T00:00:00', 1100),
    reading('2026-10-19T00:00:00', 1800),
    reading('2026-10-26T00:00:00', 2500),
  ];
  const at = new Date('2026-11-02T00:00:00Z');
  assert.equal(forecastQuota(SEARCHES, quota, NOTHING, at).forecast, null);
  const { usedADay } = forecastOf(SEARCHES, quota, { days: [], readings }, at);
  assert.ok(usedADay > 90 && usedADay < 105, String(usedADay));
});

test('the month’s turn is no use: the counter begins at zero again', () => {
  const readings = [reading('2026-10-31T00:00:00', 3000), reading('2026-11-08T00:00:00', 70)];
  const { usedADay } = forecastOf(
    SEARCHES,
    { allowed: 9000, used: 80 },
    { days: [], readings },
    new Date('2026-11-09T00:00:00Z'),
  );
  assert.ok(usedADay > 10 && usedADay < 100, String(usedADay));
});

test('a counter that fell within a month tells nothing of that time', () => {
  const readings = [reading('2026-11-10T00:00:00', 900), reading('2026-11-12T00:00:00', 100)];
  const { usedADay } = forecastOf(
    SEARCHES,
    { allowed: 9000, used: 180 },
    { days: [], readings },
    new Date('2026-11-20T00:00:00Z'),
  );
  assert.ok(usedADay > 10 && usedADay < 100, String(usedADay));
});

test('readings of other quotas do not count', () => {
  const readings = [{ ...reading('2026-11-10T00:00:00', 900), quota: 'private_scans_monthly' }];
  const at = new Date('2026-11-21T00:00:00Z');
  const quota = { allowed: 9000, used: 200 };
  assert.deepEqual(
    forecastQuota(SEARCHES, quota, { days: [], readings }, at),
    forecastQuota(SEARCHES, quota, NOTHING, at),
  );
});

test('what was not used at all, is used up, or never resets has no forecast and says why', () => {
  const at = new Date('2026-11-20T00:00:00Z');
  const why = (name: string, used: number) => {
    const outlook = forecastQuota(name, { allowed: 100, used }, NOTHING, at);
    return outlook.forecast === null ? outlook.why : 'a forecast';
  };
  assert.match(why(SEARCHES, 0), /was not used/);
  assert.match(why(SEARCHES, 100), /used up/);
  assert.match(why('monitor_storage_bytes', 5), /never resets/);
  assert.match(why('private_scans_daily', 5), /day by day/);
  assert.match(why('api_requests_daily', 5), /14 finished ones are needed/);
});

test('a usual day is expected to become one, and what a nightly job took is not expected again', () => {
  const days = steady('2026-11-23', 60, 7000);
  const at = new Date('2026-11-23T03:00:00Z');
  const nightly = forecastOf('api_requests_daily', { allowed: 10_000, used: 6500 }, { days, readings: [] }, at);
  assert.equal(nightly.likeliest, null);
  assert.ok(nightly.atReset.likely <= 7100, String(nightly.atReset.likely));
});

test('a day that has passed what is usual by noon runs out, at an hour', () => {
  const days = steady('2026-11-23', 60, 2000);
  const at = new Date('2026-11-23T12:00:00Z');
  const runaway = forecastOf('api_requests_daily', { allowed: 10_000, used: 9000 }, { days, readings: [] }, at);
  assert.equal(runaway.from, '2026-11-23T13:00:00.000Z');
  assert.equal(runaway.likeliest, '2026-11-23T14:00:00.000Z');
  assert.ok(runaway.beforeResetPercent >= 80);
});

test('late in the evening little can happen any more', () => {
  const days = steady('2026-11-23', 60, 9000);
  const at = new Date('2026-11-23T23:30:00Z');
  const late = forecastOf('api_requests_daily', { allowed: 10_000, used: 5000 }, { days, readings: [] }, at);
  assert.equal(late.from, null);
  assert.ok(late.beforeResetPercent <= 5);
});
