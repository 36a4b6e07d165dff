import { addDays, type Day, daysBetween, eachDay, type Month, toDay, toMonth, weekdayOf } from '../model/instant.ts';
import { type Account, contributorsOf, isAccountList, remember, share, today, type World } from './world.ts';

/** Calls by endpoint. */
export type Calls = Readonly<Record<string, number>>;

const MINUTES_A_DAY = 1440;
const MINUTE_MS = 60_000;

/** What makes a day's calls, apart from the account. */
interface DayShape {
  readonly day: Day;
  /** Days since the start of the scenario; negative before it. */
  readonly offset: number;
  /** Share of an ordinary weekday's calls. */
  readonly level: number;
  /** How much of the day is over, in whole minutes, from 0 to 1. */
  readonly elapsed: number;
}

/** Calls of an account on a day, by the vendor's short endpoint name. Today's grow with the minutes of the day. */
export function callsOf(world: World, account: Account, day: Day): Calls {
  return callsIn(world, account, shapeOf(world, day));
}

/** Calls of all accounts of the group on a day, those who have left since included. */
export function groupCallsOf(world: World, day: Day): Calls {
  const shape = shapeOf(world, day);
  return remember(world, `calls|${day}|${shape.elapsed}`, () => sumOfCalls(world, shape), isCalls);
}

function sumOfCalls(world: World, shape: DayShape): Calls {
  const sum: Record<string, number> = {};
  for (const account of callersOf(world)) {
    for (const [endpoint, calls] of Object.entries(callsIn(world, account, shape))) {
      sum[endpoint] = (sum[endpoint] ?? 0) + calls;
    }
  }
  return sum;
}

/** Those who call the API at all: in a large group a small part. */
function callersOf(world: World): readonly Account[] {
  return remember(
    world,
    'callers',
    () => contributorsOf(world).filter((account) => isCaller(world, account)),
    isAccountList,
  );
}

function isCaller(world: World, account: Account): boolean {
  return (
    Object.keys(account.uses).length > 0 || world.scenario.usage.spikes.some((spike) => spike.account === account.id)
  );
}

function isCalls(value: unknown): value is Calls {
  return typeof value === 'object' && value !== null;
}

function shapeOf(world: World, day: Day): DayShape {
  const weekday = weekdayOf(day);
  return {
    day,
    offset: daysBetween(toDay(world.startedAt), day),
    level: weekday === 0 || weekday === 6 ? world.scenario.usage.weekendShare : 1,
    elapsed: elapsedShare(world, day),
  };
}

/** The days of a month up to today, or one day. Asked for each account, and the same for all. */
function shapesOf(world: World, period: string): readonly DayShape[] {
  const minute = Math.floor(world.clock.now().getTime() / MINUTE_MS);
  const days = () => (period.length > 7 ? [period] : daysOf(world, period));
  return remember(world, `shapes|${period}|${minute}`, () => days().map((day) => shapeOf(world, day)), isShapes);
}

function isShapes(value: unknown): value is readonly DayShape[] {
  return Array.isArray(value);
}

function elapsedShare(world: World, day: Day): number {
  const now = world.clock.now();
  const distance = daysBetween(day, toDay(now));
  if (distance !== 0) return distance > 0 ? 1 : 0;
  return (now.getUTCHours() * 60 + now.getUTCMinutes()) / MINUTES_A_DAY;
}

function callsIn(world: World, account: Account, { day, offset, level, elapsed }: DayShape): Calls {
  if (elapsed === 0 || !isPresentOn(account, day)) return {};
  const { usage, seed } = world.scenario;
  const calls: Record<string, number> = {};
  for (const [endpoint, mean] of Object.entries(account.uses)) {
    const deviation = (share(`${seed}|${account.id}|${endpoint}|${offset}`) * 2 - 1) * usage.variation;
    addCalls(calls, endpoint, Math.round(mean * level * (1 + deviation)) * elapsed);
  }
  for (const spike of usage.spikes) {
    if (spike.daysAgo === -offset && spike.account === account.id)
      addCalls(calls, spike.endpoint, spike.calls * elapsed);
  }
  return calls;
}

function addCalls(calls: Record<string, number>, endpoint: string, count: number): void {
  const whole = Math.floor(count);
  if (whole > 0) calls[endpoint] = (calls[endpoint] ?? 0) + whole;
}

function isPresentOn(account: Account, day: Day): boolean {
  if (account.leftOn !== null && day >= account.leftOn) return false;
  return day >= account.sinceDay;
}

/** Whether a call of the endpoint costs no quota. */
export function isFree(world: World, endpoint: string): boolean {
  return world.scenario.usage.freeEndpoints.includes(endpoint);
}

/** The sum of the calls that cost quota. */
function chargedCalls(world: World, calls: Calls): number {
  let sum = 0;
  for (const [endpoint, count] of Object.entries(calls)) if (!isFree(world, endpoint)) sum += count;
  return sum;
}

/** Days of a month up to today, in order. */
function daysOf(world: World, month: Month): readonly Day[] {
  const first = `${month}-01`;
  const lastOfMonth = addDays(`${toMonth(new Date(Date.parse(`${first}T00:00:00Z`) + 32 * 86_400_000))}-01`, -1);
  const last = lastOfMonth < today(world) ? lastOfMonth : today(world);
  return eachDay(first, last);
}

/**
 * What an account consumed of a quota.
 * @param period a month (`YYYY-MM`), or for API requests a day (`YYYY-MM-DD`).
 */
export function consumedBy(world: World, account: Account, quota: string, period: string): number {
  if (!quota.startsWith('api_requests_')) return statedConsumption(world, account, quota, period);
  if (!isCaller(world, account)) return 0;
  return shapesOf(world, period).reduce((sum, shape) => sum + chargedCalls(world, callsIn(world, account, shape)), 0);
}

/** What all accounts of the group together consumed of a quota in a period. */
export function consumedByGroup(world: World, quota: string, period: string): number {
  if (quota.startsWith('api_requests_')) {
    const days = period.length > 7 ? [period] : daysOf(world, period);
    return days.reduce((sum, day) => sum + chargedCalls(world, groupCallsOf(world, day)), 0);
  }
  return contributorsOf(world).reduce((sum, account) => sum + statedConsumption(world, account, quota, period), 0);
}

/**
 * Monthly budgets other than API requests: the scenario states the figure of the month in which it starts, so that a quota is near its
 * limit whatever the date. Earlier months had somewhat less; a later month fills up with its days. Gauges stay as they are.
 */
function statedConsumption(world: World, account: Account, quota: string, month: Month): number {
  const stated = account.consumes[quota] ?? 0;
  if (stated === 0 || !quota.endsWith('_monthly') || month === world.anchorMonth) return stated;
  if (month < world.anchorMonth) {
    return Math.floor(stated * (0.55 + 0.4 * share(`${world.scenario.seed}|${account.id}|${quota}|${month}`)));
  }
  return Math.floor((stated * daysOf(world, month).length) / 31);
}

/** Charged calls of the last sixty minutes, as far as they fall on the present day: of one account, or of the whole group. */
export function consumedLastHour(world: World, account?: Account): number {
  if (account !== undefined && !isCaller(world, account)) return 0;
  const until = shapeOf(world, today(world));
  const before = { ...until, elapsed: Math.max(0, until.elapsed - 60 / MINUTES_A_DAY) };
  const accounts = account === undefined ? callersOf(world) : [account];
  return accounts.reduce(
    (sum, caller) =>
      sum + chargedCalls(world, callsIn(world, caller, until)) - chargedCalls(world, callsIn(world, caller, before)),
    0,
  );
}
