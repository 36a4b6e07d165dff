import { sum } from './averages.ts';
import { type Day, eachDay, weekdayOf } from './instant.ts';
import type { UsageDay } from './snapshot.ts';

/** Calls on one day, of a group or of one account. */
export interface DayCalls {
  readonly day: Day;
  /** 0 (Sunday) to 6: the weekday that this day is like. A holiday is like a Sunday. */
  readonly weekday: number;
  readonly calls: number;
}

/** A day's calls that cost quota, with what they were for. */
export interface DayUse extends DayCalls {
  readonly endpoints: Readonly<Record<string, number>>;
}

/** Every day from the first use (or a later day) to the last. */
export interface DailyUseSpan {
  readonly from?: Day;
  readonly to: Day;
  readonly holidays?: ReadonlySet<Day>;
}

/** Days in order from the first use on; of two entries of a day the later one counts, and a day without an entry is one without calls. */
export function dailyUse(usage: readonly UsageDay[], { from, to, holidays }: DailyUseSpan): readonly DayUse[] {
  const byDay = new Map(usage.map(({ day, calls }) => [day, calls]));
  const used = [...byDay].filter(([day, calls]) => day <= to && sum(Object.values(calls)) > 0);
  const firstUse = used.map(([day]) => day).sort()[0];
  if (firstUse === undefined) return [];
  return eachDay(from !== undefined && from > firstUse ? from : firstUse, to).map((day) => {
    const endpoints = byDay.get(day) ?? {};
    const weekday = holidays?.has(day) === true ? 0 : weekdayOf(day);
    return { day, weekday, calls: sum(Object.values(endpoints)), endpoints };
  });
}
