import type { CronFields, MonthDay, NthWeekday } from './fields.ts';

/** A day of the calendar, in whatever zone: its midnight as if it were in UTC, in milliseconds. */
export type CalendarDay = number;

/** A day has so many milliseconds on a wall clock, whatever the zone does to it. */
export const DAY_MS = 86_400_000;

function lastDayOfMonth(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}

/** The working day nearest to a day without leaving the month; null when the month has no such day. */
function workingDayNear(date: Date, near: number): number | null {
  const last = lastDayOfMonth(date);
  if (near > last) return null;
  const weekday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), near)).getUTCDay();
  if (weekday === 6) return near === 1 ? 3 : near - 1;
  if (weekday === 0) return near === last ? near - 2 : near + 1;
  return near;
}

function isMonthDay(date: Date, token: MonthDay): boolean {
  const last = lastDayOfMonth(date);
  if (token.kind === 'from-last') return date.getUTCDate() === last - token.before;
  return date.getUTCDate() === workingDayNear(date, token.near === 'last' ? last : token.near);
}

function isNthWeekday(date: Date, { weekday, nth }: NthWeekday): boolean {
  if (date.getUTCDay() !== weekday) return false;
  if (nth === 'last') return date.getUTCDate() + 7 > lastDayOfMonth(date);
  return Math.ceil(date.getUTCDate() / 7) === nth;
}

/** Whether a schedule runs on a day at all. */
export function runsOn(fields: CronFields, day: CalendarDay): boolean {
  const date = new Date(day);
  return (
    fields.months.has(date.getUTCMonth() + 1) &&
    (fields.days.has(date.getUTCDate()) || fields.monthDays.some((token) => isMonthDay(date, token))) &&
    (fields.weekdays.has(date.getUTCDay()) || fields.nthWeekdays.some((token) => isNthWeekday(date, token)))
  );
}
