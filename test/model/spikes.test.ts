import assert from 'node:assert/strict';
import test from 'node:test';
import { type DayCalls, dailyUse } from '../../src/model/daily-use.ts';
import { addDays, weekdayOf } from '../../src/model/instant.ts';
import { spikesAmong } from '../../src/model/spikes.ts';

const OPTIONS = { times: 1.8, minimumCalls: 20 };
const FIRST = '2026-09-24';

/** Days of an account: about a hundred calls on working days, ten on weekends. */
function accountDays(calls: Readonly<Record<number, number>> = {}): DayCalls[] {
  return Array.from({ length: 60 }, (_, index) => {
    const day = addDays(FIRST, index);
    const weekday = weekdayOf(day);
    const usual = ([0, 6].includes(weekday) ? 10 : 100) + ((index * 7) % 5);
    return { day, weekday, calls: calls[index] ?? usual };
  });
}

test('finds the day that stands out, with what was expected of it', () => {
  const [spike, ...others] = spikesAmong(accountDays({ 50: 900 }), OPTIONS);
  assert.equal(spike?.index, 50);
  assert.ok(spike.expected > 95 && spike.expected < 110, String(spike.expected));
  assert.deepEqual(others, []);
});

test('a day of which nothing is known is left out, and is no day without calls', () => {
  const known = accountDays({ 50: 900 }).filter((_, index) => index % 3 !== 0);
  const spikes = spikesAmong(known, OPTIONS);
  assert.deepEqual(
    spikes.map(({ index }) => known[index]?.day),
    [addDays(FIRST, 50)],
  );
  assert.deepEqual(
    spikesAmong(
      accountDays().filter((_, index) => index % 3 !== 0),
      OPTIONS,
    ),
    [],
  );
});

test('what the series came near to in six other episodes is a habit, in five it is not', () => {
  const others = [5, 11, 17, 23, 29, 44];
  const at = (places: readonly number[]) =>
    spikesAmong(accountDays(Object.fromEntries([...places, 50].map((place) => [place, 900]))), OPTIONS).map(
      ({ index }) => index,
    );
  assert.deepEqual(at(others), []);
  assert.ok(at(others.slice(1)).includes(50));
});

test('says nothing of no days', () => {
  assert.deepEqual(spikesAmong([], OPTIONS), []);
});

test('days of use go from the first use on, with gaps as zeros and holidays as Sundays', () => {
  const usage = [
    { day: '2026-11-01', calls: {}, freeCalls: {} },
    { day: '2026-11-02', calls: { files: 1 }, freeCalls: {} },
    { day: '2026-11-04', calls: { files: 2, urls: 3 }, freeCalls: { quota: 9 } },
    { day: '2026-11-02', calls: { files: 4 }, freeCalls: {} },
    { day: '2026-11-06', calls: { files: 8 }, freeCalls: {} },
  ];
  const days = dailyUse(usage, { to: '2026-11-05', holidays: new Set(['2026-11-03']) });
  assert.deepEqual(
    days.map(({ day, weekday, calls }) => [day, weekday, calls]),
    [
      ['2026-11-02', 1, 4],
      ['2026-11-03', 0, 0],
      ['2026-11-04', 3, 5],
      ['2026-11-05', 4, 0],
    ],
  );
  assert.equal(dailyUse(usage, { from: '2026-11-04', to: '2026-11-05' })[0]?.day, '2026-11-04');
  assert.deepEqual(dailyUse(usage, { to: '2026-11-01' }), []);
});
