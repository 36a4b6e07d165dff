import { sum } from './averages.ts';
import type { DayCalls } from './daily-use.ts';
import { type Day, weekdayOf } from './instant.ts';
import type { AccountDay, UsageDay } from './snapshot.ts';

/** An account's calls on a day of which it is known who used the API. */
export interface AccountCalls extends DayCalls {
  /** False: it is not in the day's list, which names the largest consumers only; `calls` is then the most that it can have used. */
  readonly listed: boolean;
}

/** The days that are looked at, both included. */
export interface AccountDaysSpan {
  readonly from: Day;
  readonly to: Day;
  readonly holidays?: ReadonlySet<Day>;
}

/** The days that are looked at, and of whom; absent: of all accounts. */
export interface AccountCallsSpan extends AccountDaysSpan {
  readonly accounts?: ReadonlySet<string>;
}

/** Days in order, each once: as it was read last, and of two readings of a day the later in the list. */
export function joinAccountDays(days: readonly AccountDay[]): readonly AccountDay[] {
  const newest = new Map<Day, AccountDay>();
  for (const one of days) if (one.readOn >= (newest.get(one.day)?.readOn ?? '')) newest.set(one.day, one);
  return [...newest.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
}

/**
 * By account: its calls on every known day from its first known use on. A day that nobody read is left out, because nothing follows
 * from it; an account that a whole list does not name used nothing.
 */
export function callsByAccount(
  days: readonly AccountDay[],
  { from, to, holidays, accounts }: AccountCallsSpan,
): ReadonlyMap<string, readonly AccountCalls[]> {
  const known = joinAccountDays(days).filter(({ day }) => day >= from && day <= to);
  const series = new Map<string, AccountCalls[]>();
  for (const { day, complete, used } of known) {
    const weekday = holidays?.has(day) === true ? 0 : weekdayOf(day);
    for (const id of accounts ?? Object.keys(used)) if (!series.has(id) && Object.hasOwn(used, id)) series.set(id, []);
    const most = complete ? 0 : Math.min(...Object.values(used));
    for (const [id, calls] of series) {
      const listed = complete || Object.hasOwn(used, id);
      calls.push({ day, weekday, calls: Object.hasOwn(used, id) ? (used[id] ?? 0) : most, listed });
    }
  }
  return series;
}

/** Accounts that used at least so much on some day from one on: of a large group's, only they can stand out. */
export function busyAccounts(
  days: readonly AccountDay[],
  { from, to, least }: { readonly from: Day; readonly to: Day; readonly least: number },
): ReadonlySet<string> {
  const known = joinAccountDays(days).filter(({ day }) => day >= from && day <= to);
  const busy = new Set<string>();
  // A large group has a million such figures: no list is made of them.
  for (const { used } of known) for (const id in used) if ((used[id] ?? 0) >= least) busy.add(id);
  return busy;
}

/** Accounts of which so many days are known from the first known use on: as many as `callsByAccount` gives of each. */
export function accountsKnownFor(
  days: readonly AccountDay[],
  { from, to }: AccountDaysSpan,
  count: number,
): ReadonlySet<string> {
  const known = joinAccountDays(days).filter(({ day }) => day >= from && day <= to);
  const accounts = new Set<string>();
  for (const { used } of known.slice(0, Math.max(0, known.length - count + 1))) {
    for (const id in used) accounts.add(id);
  }
  return accounts;
}

/** From this share of days on that are idle or outside the lists, an account is one that is used seldom, as far as can be seen. */
const SELDOM = 1 / 3;

/**
 * What is known of an account, joined with its own figures where it was asked for them. Of what is left outside the lists, a few days
 * count as the most that they can have been, so that a usual day never looks like a spike; where they are many, the account is compared
 * with the days on which it was listed, as one that is seldom used.
 */
export function withOwnFigures(
  series: readonly AccountCalls[],
  own: readonly UsageDay[],
  { from, to, holidays }: AccountDaysSpan,
): readonly AccountCalls[] {
  const known = new Map(series.map((one) => [one.day, one]));
  for (const { day, calls } of own) {
    if (day < from || day > to || known.get(day)?.listed === true) continue;
    const weekday = holidays?.has(day) === true ? 0 : weekdayOf(day);
    known.set(day, { day, weekday, calls: sum(Object.values(calls)), listed: true });
  }
  const days = [...known.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
  const joined = days.slice(
    Math.max(
      0,
      days.findIndex(({ calls }) => calls > 0),
    ),
  );
  const unseen = joined.filter(({ listed, calls }) => !listed || calls === 0).length;
  return unseen > SELDOM * joined.length ? joined.map((one) => (one.listed ? one : { ...one, calls: 0 })) : joined;
}
