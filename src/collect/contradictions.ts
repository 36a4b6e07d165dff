import { sum } from '../model/averages.ts';
import type { Day } from '../model/instant.ts';
import {
  type AccountDay,
  ADMINISTRATOR_ROLE,
  type CollectedName,
  type Consumption,
  type UsageDay,
} from '../model/snapshot.ts';
import type { WireAccount, WireDescriptor } from '../virustotal/wire/account.ts';
import type { Gathered } from './gather.ts';
import { notCollected, type Outcome } from './outcome.ts';

/**
 * The answers without the lists that other answers contradict. A list may be short without any sign of it in itself: no count, no
 * link, no error. What was asked for anyway then still tells that it is not whole.
 */
export function withoutContradictions(gathered: Gathered): Gathered {
  const { members, membersWithout2fa, serviceAccounts, administrators } = gathered;
  const { consumption, recentDays, accountActivity, accountDays } = gathered;
  const roles = gathered.roles?.ok === true ? gathered.roles.value : null;
  // Where service accounts stand among the users of one list and not of the other, nobody is missing.
  const others = serviceAccounts?.ok === true ? serviceAccounts.value : [];
  const describeList = (list: readonly WireAccount[]): string | null => describeMembers(list, others, roles?.members);
  return {
    ...gathered,
    // The two-factor lists were compared with the members, but three lists that are cut short alike agree with each other.
    members: doubt(
      'members',
      membersWithout2fa?.ok === true ? { ok: true, value: membersWithout2fa.value.members } : members,
      describeList,
    ),
    membersWithout2fa: doubt('membersWithout2fa', membersWithout2fa, (split) => describeList(split.members)),
    serviceAccounts: doubt('serviceAccounts', serviceAccounts, (list) => describeAbsent(list, roles?.serviceAccounts)),
    administrators: doubt('administrators', administrators, (list) => describeNobody(list, gathered)),
    consumption: doubt('consumption', consumption, (lists) => {
      const empty = lists.filter(isEmptyList);
      return describeUnused(empty, gathered) ?? describeNobodyUsing(empty, gathered);
    }),
    recentDays: doubt('recentDays', recentDays, (lists) => describeNobodyUsing(lists.filter(isEmptyList), gathered)),
    accountActivity: doubt('accountActivity', accountActivity, (uses) => {
      const newest = uses.at(-1)?.month;
      const empty = uses.filter(({ used }) => Object.keys(used).length === 0);
      return (
        describeUnused(
          empty.filter(({ month }) => month === newest),
          gathered,
        ) ??
        describeNobodyUsing(
          empty.map(({ quota, month }) => ({ quota, period: month })),
          gathered,
        )
      );
    }),
    accountDays: doubt('accountDays', accountDays, (days) => describeUnlisted(days, gathered)),
  };
}

function doubt<T>(
  name: CollectedName,
  outcome: Outcome<T> | null,
  describe: (value: T) => string | null,
): Outcome<T> | null {
  if (outcome?.ok !== true) return outcome;
  const contradiction = describe(outcome.value);
  return contradiction === null
    ? outcome
    : { ok: false, missing: notCollected(name, `The API contradicted itself: ${contradiction}.`), error: 'incomplete' };
}

function describeMembers(
  list: readonly WireAccount[],
  others: readonly WireAccount[],
  descriptors: readonly WireDescriptor[] | undefined,
): string | null {
  if (list.length === 0) return 'it listed nobody, but no group is without members';
  return describeAbsent([...list, ...others], descriptors);
}

function describeAbsent(
  list: readonly WireAccount[],
  descriptors: readonly WireDescriptor[] | undefined,
): string | null {
  const listed = new Set(list.map(({ id }) => id));
  const absent = (descriptors ?? []).filter(({ id }) => !listed.has(id)).length;
  return absent === 0 ? null : `it listed ${listed.size}, and elsewhere ${absent} more`;
}

/** Nobody at all is possible only where administrators are made by role and not listed by relationship. */
function describeNobody(list: readonly WireAccount[], { roles }: Gathered): string | null {
  if (list.length > 0) return null;
  const descriptors = roles?.ok === true ? [...roles.value.members, ...roles.value.serviceAccounts] : [];
  if (descriptors.some(({ roles }) => roles?.includes(ADMINISTRATOR_ROLE))) return null;
  return 'it listed nobody, but every group has an administrator';
}

/** The share of a pool from which on somebody must have used it: a little may be left of accounts that are gone. */
const NOTICEABLE = 0.01;

/** Quotas of this month of which nobody is listed as a consumer, although the group's pool says that they were used. */
function describeUnused(empty: readonly { readonly quota: string }[], { group }: Gathered): string | null {
  const quotas = group?.ok === true ? (group.value.quotas ?? {}) : {};
  const used = empty.find(({ quota }) => {
    const pool = quotas[quota];
    // What was used today may be counted in one place before the other.
    return quota.endsWith('_monthly') && pool !== undefined && pool.used > 0 && pool.used >= pool.allowed * NOTICEABLE;
  });
  return used === undefined ? null : `it says that ${used.quota} were used, and lists nobody who did`;
}

/** Calls of a day from which on a list that names fewer than half of them is not whole: the two may be counted at different times. */
const MANY_CALLS = 20;

function isEmptyList({ complete, consumers }: Consumption): boolean {
  return complete && consumers.length === 0;
}

/** Days or months in which nobody is listed as a user of the API, although the group's own figures for finished days in them are not small. */
function describeNobodyUsing(
  empty: readonly { readonly quota: string; readonly period: string }[],
  { groupUsage }: Gathered,
): string | null {
  const usage = groupUsage?.ok === true ? groupUsage.value : [];
  if (!tellsFreeCalls(usage)) return null;
  // Today is not over: it may be counted in one place before the other.
  const finished = usage.slice(0, -1);
  const callsIn = (period: string): number =>
    sum(finished.flatMap(({ day, calls }) => (day.startsWith(period) ? Object.values(calls) : [])));
  const unlisted = empty.find(
    ({ quota, period }) => quota.startsWith('api_requests_') && callsIn(period) >= MANY_CALLS,
  );
  return unlisted === undefined ? null : `in ${unlisted.period} the group used the API, and nobody is listed who did`;
}

/**
 * Whether lists say that nobody used the API in a time of which the group's own figures tell, or claim to tell of everybody who did: those
 * figures must bear it out, whatever they are wanted for. An emergency account that is in no list is idle only if the list is whole.
 */
export function needsWitness(
  { consumption, recentDays, accountActivity, accountDays }: Omit<Gathered, 'rights'>,
  today: Day,
): boolean {
  const lists = [...valueOf(consumption), ...valueOf(recentDays)].filter(isEmptyList);
  const months = valueOf(accountActivity).filter(({ used }) => Object.keys(used).length === 0);
  const empty = [...lists, ...months.map(({ quota, month }) => ({ quota, period: month }))];
  return (
    valueOf(accountDays).some(({ complete }) => complete) ||
    // Of a day or month that only begins there are no finished days.
    empty.some(({ quota, period }) => quota.startsWith('api_requests_') && period.padEnd(10, '-01') < today)
  );
}

function valueOf<T>(outcome: Outcome<readonly T[]> | null): readonly T[] {
  return outcome?.ok === true ? outcome.value : [];
}

/** An older form of the answer mixes calls that cost nothing into the others: then nothing follows from the sum. */
function tellsFreeCalls(usage: readonly UsageDay[]): boolean {
  return usage.some(({ freeCalls }) => Object.keys(freeCalls).length > 0);
}

/** Days whose whole list of accounts explains less than half of what the group called. */
function describeUnlisted(days: readonly AccountDay[], { groupUsage }: Gathered): string | null {
  const usage = groupUsage?.ok === true ? groupUsage.value : [];
  if (!tellsFreeCalls(usage)) return null;
  const calls = new Map(usage.map(({ day, calls }) => [day, sum(Object.values(calls))]));
  const short = days.find(({ day, complete, used }) => {
    const made = calls.get(day) ?? 0;
    return complete && made >= MANY_CALLS && 2 * sum(Object.values(used)) < made;
  });
  return short === undefined ? null : `on ${short.day} the group used the API more than the listed accounts did`;
}
