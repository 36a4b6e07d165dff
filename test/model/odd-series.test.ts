import assert from 'node:assert/strict';
import test from 'node:test';
import { addDays, type Day, weekdayOf } from '../../src/model/instant.ts';
import { spikesAmong } from '../../src/model/spikes.ts';

/** A Monday; the sixty days end on Thursday, 2026-11-05. */
const FIRST = '2026-09-07';

/** A series of sixty days, and the places in it that are spikes. */
interface Case {
  readonly name: string;
  readonly because: string;
  /** Calls of a day, before a little unevenness: by its place (Mondays are 0, 7, 14, ...) and date. */
  readonly calls: (place: number, day: Day) => number;
  readonly spikes: readonly number[];
  /** Days that are known; sixty where it is absent. */
  readonly known?: number;
}

const isWeekend = (day: Day): boolean => weekdayOf(day) === 0 || weekdayOf(day) === 6;
const office = (day: Day, weekend = 100): number => (isWeekend(day) ? weekend : 1000);
const at =
  (incidents: Readonly<Record<number, number>>, usual: Case['calls'] = (_, day) => office(day)): Case['calls'] =>
  (place, day) =>
    incidents[place] ?? usual(place, day);
const during = (place: number, from: number, to: number): boolean => place >= from && place < to;

const CASES: readonly Case[] = [
  { name: 'nothing but weeks', because: 'every day is like its weekday', calls: (_, day) => office(day), spikes: [] },
  { name: 'a day of four times', because: 'it never happened before', calls: at({ 50: 4000 }), spikes: [50] },
  {
    name: 'a Saturday with the calls of a working day',
    because: 'nobody works there on Saturdays, so somebody or something else called',
    calls: at({ 54: 1100 }),
    spikes: [54],
  },
  {
    name: 'a Saturday of twice the usual where weekends are half as busy',
    because: 'it adds half a busy day: somebody worked',
    calls: at({ 54: 1000 }, (_, day) => office(day, 500)),
    spikes: [],
  },
  {
    name: 'two days in a row',
    because: 'a burst does not lift its own expectation',
    calls: at({ 50: 4000, 51: 4500 }),
    spikes: [50, 51],
  },
  {
    name: 'two days with a quiet one between',
    because: 'both stand out',
    calls: at({ 50: 4000, 52: 3000 }),
    spikes: [50, 52],
  },
  {
    name: 'the same again after ten days, the first told already',
    because: 'what was told once is no habit',
    calls: at({ 46: 4000, 57: 4000 }),
    spikes: [46, 57],
  },
  {
    name: 'an incident after four older ones of its size',
    because: 'four in two months are incidents, each of which somebody had to look at',
    calls: at({ 3: 4000, 10: 5000, 16: 3500, 24: 4200, 50: 4000 }),
    spikes: [3, 10, 16, 24, 50],
  },
  {
    name: 'an incident after five older ones of its size',
    because: 'they came at no interval, and a month of trouble must not hide the next one',
    calls: at({ 3: 4000, 10: 5000, 16: 3500, 24: 4200, 33: 4600, 50: 4000 }),
    spikes: [3, 10, 16, 24, 33, 50],
  },
  {
    name: 'one day after a week of five times the usual',
    because: 'a week that long was a level of its own, and is over',
    calls: at({ 50: 5000 }, (place, day) => office(day) * (during(place, 14, 21) ? 5 : 1)),
    spikes: [50],
  },
  {
    name: 'a day without use, and the next',
    because: 'one outage changes no expectation',
    calls: at({ 50: 0 }),
    spikes: [],
  },
  {
    name: 'the return after a week without use',
    because: 'the weeks before it tell what is usual',
    calls: (place, day) => (during(place, 42, 49) ? 0 : office(day)),
    spikes: [],
  },
  {
    name: 'the return after more than three weeks without use',
    because: 'days without use are no level to compare with',
    calls: (place, day) => (during(place, 28, 52) ? 0 : office(day)),
    spikes: [],
  },
  {
    name: 'a spike after that return',
    because: 'the days of use before and after tell what is usual',
    calls: at({ 58: 5000 }, (place, day) => (during(place, 24, 48) ? 0 : office(day))),
    spikes: [58],
  },
  {
    name: 'a key that is renewed: half the use for two weeks, then all of it',
    because: 'the level before it was no secret',
    calls: (place, day) => office(day) * (during(place, 35, 49) ? 0.5 : 1),
    spikes: [],
  },
  {
    name: 'two new levels, each for good',
    because: 'both lasted longer than a burst does',
    calls: (place, day) => office(day) * (place < 20 ? 1 : place < 40 ? 2 : 5),
    spikes: [],
  },
  {
    name: 'growth by three in a hundred a day',
    because: 'the expectation grows with it',
    calls: (place, day) => office(day) * 1.03 ** place,
    spikes: [],
  },
  {
    name: 'a spike within that growth',
    because: 'it is three times what the days around it are',
    calls: (place, day) => office(day) * 1.03 ** place * (place === 50 ? 3.5 : 1),
    spikes: [50],
  },
  {
    name: 'ten days as quiet as Sundays, and the return',
    because: 'holidays are low, and what is low is no measure of what is high',
    calls: (place, day) => (during(place, 38, 48) ? 100 : office(day)),
    spikes: [],
  },
  {
    name: 'a week whose free days are Friday and Saturday',
    because: 'each weekday has its own factor where it differs beyond chance',
    calls: (_, day) => ([5, 6].includes(weekdayOf(day)) ? 100 : 1000),
    spikes: [],
  },
  {
    name: 'a job every second week',
    because: 'it came four times, without fail, at one height',
    calls: (place, day) => office(day) + (place % 14 === 9 ? 4000 : 0),
    spikes: [],
  },
  {
    name: 'a job every tenth day',
    because: 'the interval need not be one of weeks',
    calls: (place, day) => office(day) + (place % 10 === 3 ? 4000 : 0),
    spikes: [],
  },
  {
    name: 'a spike between such jobs',
    because: 'it does not keep their interval',
    calls: (place, day) => office(day) + (place % 14 === 9 || place === 45 ? 4000 : 0),
    spikes: [45],
  },
  {
    name: 'a day far higher than its job ever was',
    because: 'what recurs excuses its own height only',
    calls: (place) => 1000 + (place % 10 === 3 ? 2000 : 0) + (place === 43 ? 12_000 : 0),
    spikes: [43],
  },
  {
    name: 'two incidents two weeks apart',
    because: 'two are no habit',
    calls: at({ 36: 5000, 50: 5000 }),
    spikes: [36, 50],
  },
  {
    name: 'invoices on the last working day: 30 September, and 30 October, a Friday',
    because: 'a weekend moves what is due at the end of a month',
    calls: (_, day) => (day === '2026-09-30' || day === '2026-10-30' ? 5000 : office(day)),
    spikes: [],
  },
  {
    name: 'two incidents near the ends of two months: 28 September, and 30 October',
    because: 'the third last and the last working day are no place in common',
    calls: (_, day) => (day === '2026-09-28' || day === '2026-10-30' ? 5000 : office(day)),
    spikes: [21, 53],
  },
  {
    name: 'two incidents on the fifteenth',
    because: 'in the middle of months two are no habit',
    calls: (_, day) => (day.endsWith('-15') ? 5000 : office(day)),
    spikes: [8, 38],
  },
  {
    name: 'a day of three times where each week has one of twice to three times',
    because: 'this group is uneven: it must rise further',
    calls: at({ 4: 2600, 12: 2200, 17: 2900, 26: 2400, 32: 2700, 40: 2300, 50: 3000 }),
    spikes: [],
  },
  {
    name: 'a day of nine times in such a group',
    because: 'that is further than it ever rose',
    calls: at({ 4: 2600, 12: 2200, 17: 2900, 26: 2400, 32: 2700, 40: 2300, 50: 9000 }),
    spikes: [50],
  },
  {
    name: 'a spike that only thirty days of history stand against',
    because: 'four weeks are enough',
    calls: at({ 24: 5000 }),
    known: 30,
    spikes: [24],
  },
  {
    name: 'days that are missing here and there',
    because: 'they count as days without calls, and lower nothing',
    calls: (place, day) => (place % 9 === 4 ? 0 : office(day)),
    spikes: [],
  },
  {
    name: 'a handful of calls, and once two dozen',
    because: 'twenty calls more are asked of the smallest group',
    calls: at({ 50: 24 }, (place) => (place * 7) % 6),
    spikes: [50],
  },
  {
    name: 'a handful of calls, and once a dozen',
    because: 'eight calls more are nothing to look at',
    calls: at({ 50: 12 }, (place) => (place * 7) % 6),
    spikes: [],
  },
];

for (const { name, because, calls, spikes, known = 60 } of CASES) {
  test(`${name}: ${spikes.length === 0 ? 'no spike' : 'a spike'}, because ${because}`, () => {
    const days = Array.from({ length: known }, (_, place) => {
      const day = addDays(FIRST, place);
      return { day, weekday: weekdayOf(day), calls: Math.round(calls(place, day) * (1 + ((place * 37) % 11) / 100)) };
    });
    assert.deepEqual(
      spikesAmong(days, { times: 1.8, minimumCalls: 20 }).map(({ index }) => index),
      spikes,
    );
  });
}
