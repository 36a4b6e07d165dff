import { selectPeakAccounts } from '../src/collect/peak-accounts.ts';
import type { AccountDay, AccountUsage } from '../src/model/snapshot.ts';
import {
  type AccountSpike,
  addDays,
  type Day,
  daysBetween,
  eachDay,
  judgeAccounts,
  sum,
  weekdayOf,
} from '../src/rule.ts';
import { calendarFrom } from './series/labelled.ts';
import { type Random, seeded } from './series/random.ts';
import { type CalendarDay, SHAPES } from './series/shapes.ts';

/** Days that are known before the first audit, the eight weeks that are audited, and how the rule stands by default. */
const HISTORY_DAYS = 60;
const AUDITED_DAYS = 56;
const DAYS = HISTORY_DAYS + AUDITED_DAYS;
const LOOKED_BACK = 90;
const JUDGED = 30;
const DEFAULTS = { times: 4, minimumCalls: 100 };
const ACCOUNTS = 400;
/** What a page of the API lists, and whom a run asks about. */
const LISTED = 40;
const ASKED = 3;

const SHAPE_NAMES = Object.keys(SHAPES);

/** Who uses the API in a group of 400; those that do are people with bursts, and jobs of every shape. */
export const POPULATIONS = ['a tenth use the API', 'four in ten use it', 'all use it, as jobs do'] as const;

/** A population's name. */
export type Population = (typeof POPULATIONS)[number];

/** The share of accounts that never use it. */
const IDLE: Readonly<Record<Population, number>> = {
  'a tenth use the API': 0.9,
  'four in ten use it': 0.6,
  'all use it, as jobs do': 0,
};
/** Of the others, the share that are people. */
const PEOPLE: Readonly<Record<Population, number>> = {
  'a tenth use the API': 0.625,
  'four in ten use it': 0.625,
  'all use it, as jobs do': 0,
};

interface Account {
  readonly id: string;
  readonly calls: number[];
}

interface SimulatedAccounts {
  readonly first: Day;
  readonly accounts: readonly Account[];
  readonly days: readonly AccountDay[];
}

function someShape(random: Random, calendar: readonly CalendarDay[]): number[] {
  const name = SHAPE_NAMES[random.integer(0, SHAPE_NAMES.length - 1)] ?? '';
  return SHAPES[name]?.(random, calendar) ?? [];
}

/** Somebody who looks things up by hand and lets a script run now and then: many idle days, and days of very uneven size. */
function bursts(random: Random, calendar: readonly CalendarDay[]): number[] {
  const presence = random.between(0.03, 0.6);
  const level = Math.exp(random.between(Math.log(5), Math.log(300)));
  const sigma = random.between(0.5, 1.2);
  return calendar.map(({ weekday }) => {
    const isThere = random.chance(presence * (weekday === 0 || weekday === 6 ? 0.1 : 1));
    return isThere ? random.poisson(level * Math.exp(sigma * random.normal())) : 0;
  });
}

function someAccount(random: Random, calendar: readonly CalendarDay[], population: Population): number[] {
  if (random.chance(IDLE[population])) return calendar.map(() => 0);
  return random.chance(PEOPLE[population]) ? bursts(random, calendar) : someShape(random, calendar);
}

/** A group in which nothing happens. */
function quietGroup(population: Population, seed: number): SimulatedAccounts {
  const random = seeded(seed);
  const first = addDays('2026-01-01', random.integer(0, 364));
  const calendar = calendarFrom(first, DAYS);
  const accounts = Array.from({ length: ACCOUNTS }, (_, index) => ({
    id: `account-${index}`,
    calls: someAccount(random, calendar, population),
  }));
  return { first, accounts, days: listDays(first, accounts) };
}

/** What the API lists of each day. */
function listDays(first: Day, accounts: readonly Account[]): readonly AccountDay[] {
  return eachDay(first, addDays(first, DAYS - 1)).map((day, index) => {
    const users = accounts
      .map(({ id, calls }) => ({ id, used: calls[index] ?? 0 }))
      .filter(({ used }) => used > 0)
      .sort((a, b) => b.used - a.used);
    const used = Object.fromEntries(users.slice(0, LISTED).map(({ id, used }) => [id, used]));
    return { day, readOn: addDays(day, 2), complete: users.length <= LISTED, used };
  });
}

/** Every spike that an audit on the morning after the first `finished` days reports. */
function spikesFound({ first, accounts, days }: SimulatedAccounts, finished: number): readonly AccountSpike[] {
  const to = addDays(first, finished - 1);
  const from = addDays(to, 1 - LOOKED_BACK);
  const judgedFrom = addDays(to, 1 - JUDGED);
  const known = days.slice(0, finished);
  const asked = new Set(selectPeakAccounts(known, { from: judgedFrom, to }).slice(0, ASKED));
  const own = accounts
    .filter(({ id }) => asked.has(id))
    .map(
      ({ id, calls }): AccountUsage => ({
        id,
        days: eachDay(judgedFrom, to).map((day) => ({
          day,
          calls: { files: calls[daysBetween(first, day)] ?? 0 },
          freeCalls: {},
        })),
      }),
    );
  const group = known.map(({ day }, index) => ({
    day,
    weekday: weekdayOf(day),
    calls: sum(accounts.map(({ calls }) => calls[index] ?? 0)),
  }));
  return judgeAccounts({ from, to, days: known, own, group, judgedFrom, ...DEFAULTS }).spikes;
}

/** How many audits there are: one every so many mornings. */
interface Audited {
  readonly groups: number;
  readonly firstSeed: number;
  readonly everyDays: number;
}

/** What is reported in quiet groups, as so many a group and year: days, and runs of days of one account. */
export interface QuietAlarms {
  readonly days: number;
  readonly episodes: number;
}

/** False alarms on accounts in quiet groups of 400 over eight weeks. */
export function quietAlarms(population: Population, { groups, firstSeed, everyDays }: Audited): QuietAlarms {
  const perYear = 365 / (groups * AUDITED_DAYS);
  const found = Array.from({ length: groups }, (_, count) =>
    alarmsIn(quietGroup(population, firstSeed + count * 7919), everyDays),
  ).flat();
  const episodes = found.filter(
    ({ id, day }) => !found.some((other) => other.id === id && [1, 2, 3, 4].includes(daysBetween(other.day, day))),
  );
  return { days: found.length * perYear, episodes: episodes.length * perYear };
}

function alarmsIn(group: SimulatedAccounts, everyDays: number) {
  const found = new Map<string, { readonly id: string; readonly day: Day }>();
  for (let finished = HISTORY_DAYS + everyDays; finished <= DAYS; finished += everyDays) {
    for (const { id, day } of spikesFound(group, finished))
      found.set(`${id} ${day}`, { id: `${group.first} ${id}`, day });
  }
  return [...found.values()].filter(({ day }) => day >= addDays(group.first, HISTORY_DAYS));
}

/** The share of accounts found, of those that one day call `times` their middle day of use, and materially many. */
export function shareFound(
  times: number,
  { groups, firstSeed }: Omit<Audited, 'everyDays'>,
): ReadonlyMap<string, number> {
  const byShape = new Map<string, number>();
  for (const shape of SHAPE_NAMES) {
    let tried = 0;
    let found = 0;
    for (let count = 0; count < groups; count += 1) {
      const group = withSpike(shape, firstSeed + count * 104_729, times);
      if (group === null) continue;
      tried += 1;
      const day = addDays(group.simulated.first, group.index);
      const spikes = spikesFound(group.simulated, group.index + 1);
      if (spikes.some((spike) => spike.id === 'account-0' && spike.day === day)) found += 1;
    }
    if (tried > 0) byShape.set(shape, found / tried);
  }
  return byShape;
}

/** An account of a shape among nine others, and a group whose total hides it; null: its usual is too small to matter. */
function withSpike(shape: string, seed: number, times: number) {
  const random = seeded(seed);
  const first = addDays('2026-01-01', random.integer(0, 364));
  const calendar = calendarFrom(first, DAYS);
  const calls = SHAPES[shape]?.(random, calendar) ?? [];
  const index = random.integer(HISTORY_DAYS, DAYS - 1);
  const used = calls
    .slice(0, index)
    .filter((count) => count > 0)
    .sort((a, b) => a - b);
  const spike = Math.round(times * (used[Math.floor(used.length / 2)] ?? 0));
  if (spike < 1.5 * DEFAULTS.minimumCalls) return null;
  const others = Array.from({ length: 9 }, (_, place) => ({
    id: `account-${place + 1}`,
    calls: calls.map(() => random.poisson(spike / 3)),
  }));
  const accounts = [{ id: 'account-0', calls: calls.with(index, spike) }, ...others];
  return { index, simulated: { first, accounts, days: listDays(first, accounts) } };
}
