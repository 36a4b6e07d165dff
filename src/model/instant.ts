/** A UTC instant as ISO 8601 text with `Z`, as `Date.prototype.toISOString` writes it. */
export type Instant = string;

/** A UTC calendar day, `YYYY-MM-DD`. */
export type Day = string;

/** A UTC calendar month, `YYYY-MM`. */
export type Month = string;

const DAY_MS = 86_400_000;

/** The UTC day that an instant falls on. */
export function toDay(at: Date | Instant): Day {
  return (typeof at === 'string' ? at : at.toISOString()).slice(0, 10);
}

/** The UTC month that an instant falls in. */
export function toMonth(at: Date | Instant): Month {
  return (typeof at === 'string' ? at : at.toISOString()).slice(0, 7);
}

/** The day `count` days after (or, negative, before) another. */
export function addDays(day: Day, count: number): Day {
  return toDay(new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS));
}

/** Whole days from `from` to `to`; negative when `to` is earlier. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

/** Every day from the first to the last, both included; none when the last is earlier. */
export function eachDay(first: Day, last: Day): readonly Day[] {
  const count = daysBetween(first, last) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => addDays(first, index));
}

/** 0 (Sunday) to 6 (Saturday), in UTC. */
export function weekdayOf(day: Day): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay();
}

/** The first instant of the next UTC day: when the vendor resets daily quotas. */
export function nextDayStart(at: Date): Instant {
  return `${addDays(toDay(at), 1)}T00:00:00.000Z`;
}

/** The first instant of the next UTC month: when the vendor resets monthly quotas. */
export function nextMonthStart(at: Date): Instant {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1)).toISOString();
}

/** Days, with their parts, from an instant to a later one. */
export function daysUntil(instant: Instant, at: Date): number {
  return (Date.parse(instant) - at.getTime()) / DAY_MS;
}
