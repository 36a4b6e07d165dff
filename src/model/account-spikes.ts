import {
  type AccountCalls,
  type AccountDaysSpan,
  accountsKnownFor,
  busyAccounts,
  callsByAccount,
  joinAccountDays,
  withOwnFigures,
} from './account-days.ts';
import { median } from './averages.ts';
import type { DayCalls } from './daily-use.ts';
import { type Day, eachDay } from './instant.ts';
import type { AccountDay, AccountUsage } from './snapshot.ts';
import { ACCOUNT_MEASURE, SELDOM_USED_MEASURE, type SpikeOptions, spikesAmong } from './spikes.ts';
import { isSparse, usualUse } from './usual-use.ts';

/** Known days since an account's first use that are needed before it is judged. */
const HISTORY_DAYS = 28;
/** What a spike adds is at least this share of the calls of the group's ordinary day: in a large group somebody's odd day comes every day. */
const MATERIAL_SHARE = 0.01;
/** What is expected of a day is hardly ever below this share of the middle one of its weekday. */
const SURELY_LESS = 0.4;
/** Who uses the API in bursts must leave the highest of them so many times further behind than others their usual. */
const BEYOND_BURSTS = 1.5;
/** Days this near may belong to the same burst. */
const SAME_BURST_DAYS = 4;

/** A day on which an account's calls stand out from what is usual for it. */
export interface AccountSpike {
  readonly id: string;
  readonly day: Day;
  readonly calls: number;
  readonly expected: number;
}

/** What accounts are judged by. */
export interface AccountsInput extends AccountDaysSpan, SpikeOptions {
  readonly days: readonly AccountDay[];
  /** Own figures of some accounts. */
  readonly own: readonly AccountUsage[];
  /** The group's days, oldest first. */
  readonly group: readonly DayCalls[];
  /** The first day that is judged. */
  readonly judgedFrom: Day;
}

/** What is known of the accounts' days, and what is not. */
export interface JudgedAccounts {
  /** By day, then by account. */
  readonly spikes: readonly AccountSpike[];
  /** Accounts that were judged. */
  readonly judged: number;
  /** Accounts that called much, but whose usual is not known yet: how long they were used is shorter than that takes. */
  readonly tooNew: readonly { readonly id: string; readonly since: Day }[];
  /** Judged days of which nobody read who used the API. */
  readonly unread: readonly Day[];
  /** Judged days whose lists end before the last account, and the most that an account outside of them can have called. */
  readonly cut: { readonly days: number; readonly calls: number };
}

/**
 * The days of single accounts that stand out. Many accounts are judged every day, and one in a thousand quiet days looks strange by
 * chance: so more is asked of an account than of a group.
 */
export function judgeAccounts(input: AccountsInput): JudgedAccounts {
  const known = joinAccountDays(input.days).filter(({ day }) => day >= input.judgedFrom && day <= input.to);
  const read = new Set(known.map(({ day }) => day));
  const unread = eachDay(input.judgedFrom, input.to).filter((day) => !read.has(day));
  const cut = known.filter(({ complete }) => !complete);
  const measure = { ...input, minimumCalls: leastCalls(input), usual: usualOfGroup(input.group) };
  const own = new Map(input.own.map(({ id, days }) => [id, days]));
  // The days of all others are only counted: in a large group that is nearly everybody.
  const busy = busyAccounts(known, { from: input.judgedFrom, to: input.to, least: measure.minimumCalls });
  const looked = [...callsByAccount(input.days, { ...input, accounts: new Set([...busy, ...own.keys()]) })].map(
    ([id, calls]) => ({ id, series: withOwnFigures(calls, own.get(id) ?? [], input) }),
  );
  const old = looked.filter(({ series }) => series.length >= HISTORY_DAYS);
  const knownForLong = accountsKnownFor(input.days, input, HISTORY_DAYS);
  const others = knownForLong.size - looked.filter(({ id }) => knownForLong.has(id)).length;
  const spikes = old.flatMap(({ id, series }) => spikesOf(series, measure).map((spike) => ({ id, ...spike })));
  return {
    spikes: spikes.sort((a, b) => (a.day === b.day ? (a.id < b.id ? -1 : 1) : a.day < b.day ? -1 : 1)),
    judged: old.length + others,
    // Where days are not read yet, that is what is said, and not of each account.
    tooNew: unread.length > 0 ? [] : tooNew(looked, measure),
    unread,
    cut: { days: cut.length, calls: Math.max(0, ...cut.map(({ used }) => Math.min(...Object.values(used)))) },
  };
}

interface Measure extends AccountsInput {
  /** Calls of the group on a day, and what was expected of it. */
  readonly usual: ReadonlyMap<Day, { readonly calls: number; readonly expected: number }>;
}

interface Series {
  readonly id: string;
  readonly series: readonly AccountCalls[];
}

function leastCalls({ minimumCalls, group }: AccountsInput): number {
  return Math.max(
    minimumCalls,
    MATERIAL_SHARE * median(group.filter(({ calls }) => calls > 0).map(({ calls }) => calls)),
  );
}

function usualOfGroup(group: readonly DayCalls[]): Measure['usual'] {
  const { expected } = usualUse(group);
  return new Map(group.map(({ day, calls }, index) => [day, { calls, expected: expected[index] ?? 0 }]));
}

function tooNew(looked: readonly Series[], { judgedFrom, minimumCalls }: Measure): JudgedAccounts['tooNew'] {
  return looked
    .filter(({ series }) => series.length < HISTORY_DAYS)
    .filter(({ series }) =>
      series.some(({ day, calls, listed }) => listed && day >= judgedFrom && calls >= minimumCalls),
    )
    .map(({ id, series }) => ({ id, since: series[0]?.day ?? judgedFrom }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function spikesOf(series: readonly AccountCalls[], measure: Measure): readonly Omit<AccountSpike, 'id'>[] {
  if (!isWorthJudging(series, measure)) return [];
  const { times, minimumCalls, judgedFrom } = measure;
  const measured = isSparse(series) ? SELDOM_USED_MEASURE : ACCOUNT_MEASURE;
  return spikesAmong(series, { times, minimumCalls, measure: measured }).flatMap(({ index, expected }) => {
    const one = series[index];
    if (one === undefined || !one.listed || one.day < judgedFrom) return [];
    const isOwn = one.calls >= times * expected * sharedBy(one, expected, measure);
    const spike = { day: one.day, calls: one.calls, expected };
    return isOwn && isBeyondBursts(series, index, measure) ? [spike] : [];
  });
}

/** Whether any judged day can stand out at all: it spares nearly all accounts the rest of the work. */
function isWorthJudging(series: readonly AccountCalls[], { judgedFrom, times, minimumCalls }: Measure): boolean {
  return series.some(({ day, weekday, calls, listed }) => {
    if (!listed || day < judgedFrom || calls < minimumCalls) return false;
    const alike = series.filter((other) => other.weekday === weekday && other.calls > 0);
    return calls >= SURELY_LESS * times * median(alike.map((other) => other.calls));
  });
}

/** How many times the usual the rest of the group called on that day, 1 at least: what all do together is no news of one. */
function sharedBy({ day, calls }: DayCalls, expected: number, { usual }: Measure): number {
  const all = usual.get(day);
  if (all === undefined) return 1;
  const others = all.expected - expected;
  return others <= expected ? 1 : Math.max(1, (all.calls - calls) / others);
}

/** Who uses the API now and then does so in bursts: only what leaves the highest of them far behind is news. */
function isBeyondBursts(series: readonly AccountCalls[], index: number, { times }: Measure): boolean {
  if (!isSparse(series)) return true;
  const others = series.filter((_, other) => Math.abs(other - index) > SAME_BURST_DAYS);
  return (series[index]?.calls ?? 0) >= BEYOND_BURSTS * times * Math.max(0, ...others.map(({ calls }) => calls));
}
