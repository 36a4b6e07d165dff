import { parse } from 'node-cron';

/**
 * A day that depends on the month: `15W` and `LW` are the working day nearest to a day or to the last one, `L` and `L-3` the last day
 * and so many before it.
 */
export type MonthDay =
  | { readonly kind: 'working-day'; readonly near: number | 'last' }
  | { readonly kind: 'from-last'; readonly before: number };

/** A weekday of the month: its n-th (`1#2`) or last (`5L`) occurrence. */
export type NthWeekday = { readonly weekday: number; readonly nth: number | 'last' };

/** An expression's fields, expanded. A day matches when its month, its day of the month AND its weekday match, as in node-cron. */
export interface CronFields {
  /** Sorted, without repeats. */
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly monthDays: readonly MonthDay[];
  /** 0 is Sunday. */
  readonly weekdays: ReadonlySet<number>;
  readonly nthWeekdays: readonly NthWeekday[];
}

function sorted(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function toMonthDay(token: string): MonthDay {
  const [, near] = /^(\d+|L)W$/.exec(token) ?? [];
  if (near !== undefined) return { kind: 'working-day', near: near === 'L' ? 'last' : Number(near) };
  const [, before] = /^L(?:-(\d+))?$/.exec(token) ?? ['', 'none'];
  if (before === 'none') throw new Error(`unknown day of month ${token}`);
  return { kind: 'from-last', before: Number(before ?? 0) };
}

function toNthWeekday(token: string): NthWeekday {
  const [, weekday, nth] = /^(\d)(?:#([1-5])|L)$/.exec(token) ?? [];
  if (weekday === undefined) throw new Error(`unknown weekday ${token}`);
  return { weekday: Number(weekday) % 7, nth: nth === undefined ? 'last' : Number(nth) };
}

function split<T>(values: readonly (number | string)[], toToken: (token: string) => T) {
  return {
    plain: new Set(values.filter((value) => typeof value === 'number')),
    tokens: values.filter((value) => typeof value === 'string').map(toToken),
  };
}

/**
 * Reads an expression of five fields (of six: the seconds are not looked at).
 * @throws when it is not one; the configuration has checked it before.
 */
export function parseFields(expression: string): CronFields {
  const { minute, hour, dayOfMonth, month, dayOfWeek } = parse(expression);
  const days = split(dayOfMonth, toMonthDay);
  const weekdays = split(dayOfWeek, toNthWeekday);
  return {
    minutes: sorted(minute),
    hours: sorted(hour),
    months: new Set(month),
    days: days.plain,
    monthDays: days.tokens,
    weekdays: weekdays.plain,
    nthWeekdays: weekdays.tokens,
  };
}
