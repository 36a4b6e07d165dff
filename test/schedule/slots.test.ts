import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockChangeWarnings, dueSlots, nextSlots, type Slot } from '../../src/schedule/slots.ts';

const ZONES = [
  'Europe/Paris',
  'Europe/London',
  'America/New_York',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'America/Havana',
  'Pacific/Chatham',
  'Asia/Tokyo',
  'UTC',
] as const;

const show = (slots: readonly Slot[]) =>
  slots.map(({ wallTime, at }) => `${wallTime.slice(0, 16)} ${at.toISOString().slice(0, 16)}Z`);

const due = (expression: string, timezone: string, after: string, until: string) =>
  show(dueSlots({ expression, timezone, after: new Date(after), until: new Date(until) }));

/**
 * What wall clocks show, by looking at one every quarter of an hour (every offset and change of these zones is a multiple): the first
 * instant of each reading, in order. Shares nothing with the code under test but the time zone data.
 */
function lookAtClock(timezone: string, from: number, to: number): ReadonlyMap<string, number> {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' });
  const readings = new Map<string, number>();
  for (let at = from; at <= to; at += 900_000) {
    const reading = clock.format(at).replace(' ', 'T');
    if (!readings.has(reading)) readings.set(reading, at);
  }
  return readings;
}

/** Every day's instant for a time of day: that of the reading, or, where clocks never showed it, of the first later reading. */
function expectDaily(readings: ReadonlyMap<string, number>, times: readonly string[], year: number): readonly string[] {
  const sorted = [...readings.keys()].sort();
  const byInstant = new Map<number, string>();
  for (let day = Date.UTC(year, 0, 1); day < Date.UTC(year + 1, 0, 1); day += 86_400_000) {
    for (const time of times) {
      const wall = `${new Date(day).toISOString().slice(0, 10)}T${time}`;
      const shown = readings.get(wall) ?? readings.get(sorted.find((reading) => reading > wall) ?? '');
      assert.ok(shown !== undefined, wall);
      if (!byInstant.has(shown) || readings.has(wall)) byInstant.set(shown, wall);
    }
  }
  return [...byInstant]
    .sort(([a], [b]) => a - b)
    .map(([at, wall]) => `${wall} ${new Date(at).toISOString().slice(0, 16)}Z`);
}

const SCHEDULES = [
  { expression: '30 2 * * *', times: ['02:30'] },
  { expression: '0 0 * * *', times: ['00:00'] },
  { expression: '15,45 1,2,3 * * *', times: ['01:15', '01:45', '02:15', '02:45', '03:15', '03:45'] },
  { expression: '0 8 * * *', times: ['08:00'] },
] as const;

for (const timezone of ZONES) {
  test(`a year in ${timezone} has every slot, once, where the clocks on the wall say`, () => {
    for (const year of [2026, 2028]) {
      const readings = lookAtClock(timezone, Date.UTC(year - 1, 11, 30), Date.UTC(year + 1, 0, 3));
      for (const { expression, times } of SCHEDULES) {
        // Bounds by reading, so that the year is the zone's own.
        const slots = due(
          expression,
          timezone,
          new Date((readings.get(`${year}-01-01T00:00`) ?? 0) - 1).toISOString(),
          new Date((readings.get(`${year + 1}-01-01T00:00`) ?? 0) - 1).toISOString(),
        );
        assert.deepEqual(slots, expectDaily(readings, times, year), `${expression} ${year}`);
        if (times.length === 1) assert.equal(new Set(slots).size, year === 2028 ? 366 : 365);
      }
    }
  });
}

test('a wall time in a gap runs at the first instant after it, also on the one day of a weekly schedule', () => {
  assert.deepEqual(due('30 2 * * *', 'Europe/Paris', '2027-03-27T12:00:00Z', '2027-03-28T12:00:00Z'), [
    '2027-03-28T02:30 2027-03-28T01:00Z',
  ]);
  assert.deepEqual(due('0 2 * * 0', 'Europe/Paris', '2027-03-27T00:00:00Z', '2027-03-30T00:00:00Z'), [
    '2027-03-28T02:00 2027-03-28T01:00Z',
  ]);
  const [cairo] = nextSlots({
    expression: '30 0 24 4 *',
    timezone: 'Africa/Cairo',
    from: new Date('2026-01-01'),
    count: 1,
  });
  assert.equal(cairo?.wallTime, '2026-04-24T00:30[Africa/Cairo]');
  assert.equal(cairo?.at.toISOString(), '2026-04-23T22:00:00.000Z');
});

test('an hour that is shown twice has one slot, the first', () => {
  assert.deepEqual(due('30 2 * * *', 'Europe/Paris', '2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z'), [
    '2026-10-25T02:30 2026-10-25T00:30Z',
  ]);
  assert.deepEqual(due('30 1 * * *', 'America/New_York', '2026-11-01T00:00:00Z', '2026-11-01T12:00:00Z'), [
    '2026-11-01T01:30 2026-11-01T05:30Z',
  ]);
});

test('slots that a gap moves onto another one are not counted as missed', () => {
  assert.deepEqual(due('*/30 * * * *', 'Europe/Paris', '2027-03-28T00:00:00Z', '2027-03-28T01:30:00Z'), [
    '2027-03-28T01:30 2027-03-28T00:30Z',
    '2027-03-28T03:00 2027-03-28T01:00Z',
    '2027-03-28T03:30 2027-03-28T01:30Z',
  ]);
});

test('a day that a zone left out runs at the first instant after it', () => {
  assert.deepEqual(due('0 12 * * *', 'Pacific/Apia', '2011-12-29T12:00:00Z', '2011-12-31T12:00:00Z'), [
    '2011-12-29T12:00 2011-12-29T22:00Z',
    '2011-12-30T12:00 2011-12-30T10:00Z',
    '2011-12-31T12:00 2011-12-30T22:00Z',
  ]);
});

test('windows are open at their beginning and closed at their end, and neighbours share nothing', () => {
  const hour = (n: number) => new Date(Date.UTC(2027, 2, 28, n)).toISOString();
  const schedule = ['*/30 * * * *', 'Europe/Paris'] as const;
  const whole = due(...schedule, hour(-24), hour(24));
  const parts = Array.from({ length: 48 }, (_, n) => due(...schedule, hour(n - 24), hour(n - 23))).flat();
  assert.deepEqual(parts, whole);
  assert.deepEqual(due('0 8 * * *', 'UTC', '2026-01-01T08:00:00Z', '2026-01-02T08:00:00Z'), [
    '2026-01-02T08:00 2026-01-02T08:00Z',
  ]);
  assert.deepEqual(due('0 8 * * *', 'UTC', '2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z'), []);
});

test('counts weeks and months as calendars do', () => {
  const year = (expression: string, y: number) =>
    due(expression, 'Europe/Madrid', `${y - 1}-12-31T23:00:00Z`, `${y}-12-31T22:59:59Z`).map((slot) =>
      slot.slice(0, 10),
    );
  assert.equal(year('0 8 * * MON', 2026).length, 52);
  assert.equal(year('0 8 * * THU', 2026).length, 53);
  assert.deepEqual(year('0 8 29 2 *', 2027), []);
  assert.deepEqual(year('0 8 29 2 *', 2028), ['2028-02-29']);
  assert.equal(year('0 8 31 * *', 2026).length, 7);
  assert.deepEqual(year('0 8 L * *', 2026).slice(0, 4), ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30']);
  assert.deepEqual(year('0 8 L-2 2 *', 2026), ['2026-02-26']);
  assert.deepEqual(year('0 8 LW 1-5 *', 2026), ['2026-01-30', '2026-02-27', '2026-03-31', '2026-04-30', '2026-05-29']);
  assert.deepEqual(year('0 8 15W 2,3,8 *', 2026), ['2026-02-16', '2026-03-16', '2026-08-14']);
  assert.deepEqual(year('0 8 1W 8 *', 2026), ['2026-08-03']);
  assert.deepEqual(year('0 8 * 1-3 1#1', 2026), ['2026-01-05', '2026-02-02', '2026-03-02']);
  assert.deepEqual(year('0 8 * 1-3 5L', 2026), ['2026-01-30', '2026-02-27', '2026-03-27']);
  assert.deepEqual(year('0 8 13 * 5', 2026), ['2026-02-13', '2026-03-13', '2026-11-13']);
  assert.deepEqual(year('0 8 * 1 7', 2026), year('0 8 * 1 SUN', 2026));
});

test('names the next slots, however far they are', () => {
  const next = (expression: string, count: number) =>
    nextSlots({ expression, timezone: 'UTC', from: new Date('2096-03-01T00:00:00Z'), count }).map(
      ({ wallTime }) => wallTime,
    );
  assert.deepEqual(next('0 0 29 2 *', 1), ['2104-02-29T00:00[UTC]']);
  assert.deepEqual(next('0 22-2/2 * * *', 3), [
    '2096-03-01T02:00[UTC]',
    '2096-03-01T22:00[UTC]',
    '2096-03-02T00:00[UTC]',
  ]);
});

test('warns of slots in a change of the clocks, with the date and what will happen', () => {
  const warnings = (expression: string, timezone: string) =>
    clockChangeWarnings({ expression, timezone, from: new Date('2026-09-01T00:00:00Z') }).map(
      ({ sentence }) => sentence,
    );
  assert.deepEqual(warnings('30 2 * * *', 'Europe/Paris'), [
    '2026-10-25 02:30 comes twice in Europe/Paris, because clocks are put back; it runs the first time, at 2026-10-25T00:30:00.000Z.',
    '2027-03-28 02:30 does not exist in Europe/Paris, because clocks are put forward; it runs at 2027-03-28T01:00:00.000Z.',
  ]);
  assert.deepEqual(warnings('0 8 * * MON', 'Europe/Madrid'), []);
  assert.deepEqual(warnings('30 2 * * *', 'Asia/Tokyo'), []);
  assert.deepEqual(warnings('*/30 * * * *', 'Europe/Paris'), []);
});

test('knows both edges of a change, of whatever size and at whatever hour, and nothing beyond them', () => {
  const kinds = (time: string, timezone: string, from = '2026-09-01T00:00:00Z'): string => {
    const [hour, minute] = time.split(':').map(Number);
    return clockChangeWarnings({
      expression: `${minute} ${hour} * * *`,
      timezone,
      from: new Date(from),
    })
      .map(({ kind, slot }) => `${kind} ${slot.wallTime.slice(5, 10)} ${slot.at.toISOString().slice(5, 16)}`)
      .join(', ');
  };
  const cases = [
    // An hour, at two.
    ['01:59', 'America/New_York', 'overlap 11-01 11-01T05:59'],
    ['02:00', 'America/New_York', 'gap 03-14 03-14T07:00'],
    ['02:59', 'America/New_York', 'gap 03-14 03-14T07:00'],
    ['03:00', 'America/New_York', ''],
    // Half an hour.
    ['01:29', 'Australia/Lord_Howe', ''],
    ['01:30', 'Australia/Lord_Howe', 'overlap 04-04 04-03T14:30'],
    ['01:59', 'Australia/Lord_Howe', 'overlap 04-04 04-03T14:59'],
    ['02:00', 'Australia/Lord_Howe', 'gap 10-04 10-03T15:30, gap 10-03 10-02T15:30'],
    ['02:29', 'Australia/Lord_Howe', 'gap 10-04 10-03T15:30, gap 10-03 10-02T15:30'],
    ['02:30', 'Australia/Lord_Howe', ''],
    // At a quarter to the hour.
    ['02:44', 'Pacific/Chatham', ''],
    ['02:45', 'Pacific/Chatham', 'gap 09-27 09-26T14:00, overlap 04-04 04-03T13:00, gap 09-26 09-25T14:00'],
    ['03:44', 'Pacific/Chatham', 'gap 09-27 09-26T14:00, overlap 04-04 04-03T13:59, gap 09-26 09-25T14:00'],
    ['03:45', 'Pacific/Chatham', ''],
    // At midnight: a day that begins at one, and an evening that comes twice.
    ['00:00', 'Africa/Cairo', 'gap 04-30 04-29T22:00'],
    ['00:59', 'Africa/Cairo', 'gap 04-30 04-29T22:00'],
    ['23:00', 'Africa/Cairo', 'overlap 10-29 10-29T20:00'],
    ['23:59', 'Africa/Cairo', 'overlap 10-29 10-29T20:59'],
    // Two hours.
    ['01:00', 'Antarctica/Troll', 'overlap 10-25 10-24T23:00, gap 03-28 03-28T01:00'],
    ['02:59', 'Antarctica/Troll', 'overlap 10-25 10-25T00:59, gap 03-28 03-28T01:00'],
    ['03:00', 'Antarctica/Troll', ''],
  ] as const;
  for (const [time, timezone, expected] of cases) assert.equal(kinds(time, timezone), expected, `${time} ${timezone}`);
  // Clocks were put back for Ramadan, and forward after it.
  for (const timezone of ['Africa/Casablanca', 'Africa/El_Aaiun']) {
    assert.equal(
      kinds('02:30', timezone, '2026-01-01T00:00:00Z'),
      'overlap 02-15 02-15T01:30, gap 03-22 03-22T02:00',
      timezone,
    );
  }
});

test('a year of minutes is walked in seconds on the slowest machine', () => {
  // Its own time: what else the machine does is not counted.
  const started = process.cpuUsage();
  const slots = dueSlots({
    expression: '* * * * *',
    timezone: 'America/New_York',
    after: new Date('2026-01-01T00:00:00Z'),
    until: new Date('2027-01-01T00:00:00Z'),
  });
  // The hour that is shown twice has its sixty slots once.
  assert.equal(slots.length, 365 * 24 * 60 - 60);
  assert.ok(process.cpuUsage(started).user < 3_000_000);
});
