import { addDays, type Day, eachDay, toDay, weekdayOf } from '../src/model/instant.ts';
import {
  type AccountDay,
  present,
  type QuotaReading,
  type Section,
  type Snapshot,
  type UsageDay,
} from '../src/model/snapshot.ts';
import { sum } from '../src/rule.ts';
import { seeded } from './series/random.ts';

const DAY_MS = 86_400_000;
/** Days that rules look back. */
const HISTORY_DAYS = 90;
/** A multiple of the week, so that weekdays keep their use, that reaches from the oldest day to those that the vendor shows. */
const SHIFT_DAYS = 56;
/** How far an account's use on a day is from what it was on the day that it is made of, at most. */
const VARIATION = 0.1;

/**
 * What a quarter of daily audits has left before the one that is measured: whole days of use by account, the group's older days, readings
 * of its quotas. A member of twenty has come in the last week.
 */
export function historyOf(collected: Snapshot, at: Date): Snapshot {
  const { members, serviceAccounts, administrators, accountActivity } = collected;
  const before = new Date(at.getTime() - 7 * DAY_MS).toISOString();
  const shown = listOf(collected.groupUsage);
  const older = olderUsage(shown, at);
  return {
    storedUsage: present(older),
    storedAccountDays: present(accountDaysBefore(listOf(collected.accountDays), [...older, ...shown], at)),
    quotaReadings: present(quotaReadings(collected, at)),
    lastJudged: present({}),
    previousMembers: present({ at: before, ids: idsOf(members).filter((_, index) => index % 20 !== 0) }),
    previousServiceAccounts: present({ at: before, ids: idsOf(serviceAccounts) }),
    previousAdministrators: present({ at: before, ids: idsOf(administrators), byRole: [] }),
    ...(accountActivity === undefined ? {} : { previousActivity: accountActivity }),
    approvedSince: present({ administrators: {}, serviceAccounts: {}, breakGlass: {} }),
    auditorHealth: present({
      program: { lateSlots: [], undelivered: [], failingRules: [], waivers: { inForce: [], bad: [], readable: true } },
      keyFirstSeenAt: before,
      quotaRefused: false,
      // The simulated auditor's key is used by nobody else.
      ownRequests: { since: daysBefore(at)[0] ?? null, byDay: callsByDay(listOf(collected.identityUsage)) },
    }),
  };
}

/** Days that the vendor shows no more. */
function olderUsage(shown: readonly UsageDay[], at: Date): readonly UsageDay[] {
  const first = shown[0]?.day ?? toDay(at);
  const byDay = new Map(shown.map((usage) => [usage.day, usage]));
  return daysBefore(at).flatMap((day) => {
    const alike = byDay.get(addDays(day, SHIFT_DAYS));
    return day < first && alike !== undefined ? [{ ...alike, day }] : [];
  });
}

/** Each older day is a day that was read to its end, in proportion to what the group used on the two. */
function accountDaysBefore(read: readonly AccountDay[], usage: readonly UsageDay[], at: Date): readonly AccountDay[] {
  const whole = read.filter(({ complete }) => complete);
  const known = new Set(whole.map(({ day }) => day));
  const calls = new Map(usage.map((one) => [one.day, sum(Object.values(one.calls))]));
  const random = seeded(1);
  return daysBefore(at)
    .filter((day) => !known.has(day))
    .flatMap((day) => {
      const alike = whole.find((one) => weekdayOf(one.day) === weekdayOf(day)) ?? whole[0];
      if (alike === undefined) return [];
      const level = (calls.get(day) ?? 0) / Math.max(1, calls.get(alike.day) ?? 0);
      const used = Object.entries(alike.used).map(([id, count]) => [
        id,
        Math.max(1, Math.round(count * level * random.between(1 - VARIATION, 1 + VARIATION))),
      ]);
      return [{ day, readOn: addDays(day, 2), complete: true, used: Object.fromEntries(used) }];
    });
}

/** One a day, as if each quota of the group had filled up evenly since the month began. */
function quotaReadings({ group }: Snapshot, at: Date): readonly QuotaReading[] {
  const quotas = group?.present === true && group.value.quotas.known ? group.value.quotas.value : {};
  const dayOfMonth = at.getUTCDate();
  return daysBefore(at).flatMap((day) =>
    Object.entries(quotas).map(([quota, { used }]) => ({
      quota,
      at: `${day}T08:00:00.000Z`,
      used: Math.round((used * Number(day.slice(8))) / dayOfMonth),
    })),
  );
}

function callsByDay(usage: readonly UsageDay[]): Readonly<Record<Day, number>> {
  const total = ({ calls, freeCalls }: UsageDay): number => sum(Object.values(calls)) + sum(Object.values(freeCalls));
  return Object.fromEntries(usage.map((one) => [one.day, total(one)]));
}

function daysBefore(at: Date): readonly Day[] {
  return eachDay(addDays(toDay(at), -HISTORY_DAYS), addDays(toDay(at), -1));
}

function idsOf(section: Section<readonly { readonly id: string }[]> | undefined): readonly string[] {
  return listOf(section).map(({ id }) => id);
}

function listOf<T>(section: Section<readonly T[]> | undefined): readonly T[] {
  return section?.present === true ? section.value : [];
}
