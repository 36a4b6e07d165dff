import { dueSlots } from '../src/schedule/slots.ts';
import { seeded } from './series/random.ts';

/** Zones with whole, half and quarter hours, changes at midnight, in the south, and none. */
export const ZONES = [
  'Europe/Madrid',
  'Europe/London',
  'America/New_York',
  'America/Sao_Paulo',
  'America/Havana',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'Pacific/Chatham',
  'Asia/Kolkata',
  'Asia/Tokyo',
  'UTC',
] as const;

const TIMES = ['00:00', '00:30', '01:30', '02:00', '02:30', '03:00', '08:00'] as const;

const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;

/** What a year of schedules came to. */
export interface YearOfSchedules {
  readonly slots: number;
  readonly missed: number;
  readonly doubled: number;
}

/** The first instant of every reading of a clock on the wall, by looking at one every quarter of an hour. */
function readingsOf(timezone: string, from: number, to: number): ReadonlyMap<string, number> {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' });
  const readings = new Map<string, number>();
  for (let at = from; at <= to; at += QUARTER_MS) {
    const reading = clock.format(at).replace(' ', 'T');
    if (!readings.has(reading)) readings.set(reading, at);
  }
  return readings;
}

/** When a daily schedule is due: at the reading, or, where the clock never shows it, at the first later one. */
function expected(readings: ReadonlyMap<string, number>, time: string, year: number): readonly number[] {
  const due: number[] = [];
  for (let day = Date.UTC(year, 0, 2); day < Date.UTC(year, 11, 31); day += DAY_MS) {
    const wall = `${new Date(day).toISOString().slice(0, 10)}T${time}`;
    const at = readings.get(wall) ?? firstAfter(readings, wall);
    if (at !== undefined) due.push(at);
  }
  return due;
}

/** Clocks go on after a gap: the first reading that is later in the text is later on the wall. */
function firstAfter(readings: ReadonlyMap<string, number>, wall: string): number | undefined {
  return readings.get([...readings.keys()].sort().find((reading) => reading > wall) ?? '');
}

/** The slots of a daemon that looks at random moments, is away for days, and whose clock is set back now and then. */
function recorded(timezone: string, time: string, year: number, seed: number): readonly number[] {
  const random = seeded(seed);
  const [hour = '0', minute = '0'] = time.split(':');
  const expression = `${Number(minute)} ${Number(hour)} * * *`;
  const slots: number[] = [];
  let last = Date.UTC(year, 0, 1);
  while (last < Date.UTC(year + 1, 0, 1)) {
    const now =
      last + Math.round(random.chance(0.02) ? random.between(1, 5) * DAY_MS : random.between(-600_000, DAY_MS));
    slots.push(
      ...dueSlots({ expression, timezone, after: new Date(last), until: new Date(now) }).map(({ at }) => at.getTime()),
    );
    last = Math.max(last, now);
  }
  return slots;
}

/** Compares a year of daily schedules in every zone with an enumeration that shares nothing with the program but the zone data. */
export function simulateYear(year: number, seed: number): YearOfSchedules {
  let [slots, missed, doubled] = [0, 0, 0];
  for (const [index, timezone] of ZONES.entries()) {
    const readings = readingsOf(timezone, Date.UTC(year - 1, 11, 31), Date.UTC(year + 1, 0, 2));
    for (const time of TIMES) {
      const due = expected(readings, time, year);
      const got = recorded(timezone, time, year, seed + index);
      const [first = 0, last = 0] = [due[0], due.at(-1)];
      const within = got.filter((at) => at >= first && at <= last);
      const unique = new Set(within);
      slots += due.length;
      missed += due.filter((at) => !unique.has(at)).length;
      doubled += within.length - unique.size;
      missed += [...unique].filter((at) => !due.includes(at)).length;
    }
  }
  return { slots, missed, doubled };
}
