import type { Severity } from '../model/severity.ts';
import type { Told } from '../model/told.ts';

/** Days after the first telling on which a reader is told again, by severity; past the last one its number is the distance. */
export type ReminderScale = Readonly<Record<Severity, readonly number[]>>;

const DAY_MS = 86_400_000;

/** Runs of a schedule do not begin to the second: a reminder must not slip to the next run for that. */
const SLACK_MS = 600_000;

/**
 * Whether silence has lasted long enough. Told on day 0, a scale of 1, 3, 7 and 14 reminds on the days 1, 3, 7, 14, 28, 42 and so on; what
 * was told in between for another reason counts as a reminder.
 */
export function isReminderDue(told: Pick<Told, 'at' | 'count'>, scale: readonly number[], at: Date): boolean {
  const days = distance(scale, told.count);
  return days !== null && at.getTime() - Date.parse(told.at) >= days * DAY_MS - SLACK_MS;
}

/** Days between the telling of this number and the next; null: there is no next. */
function distance(scale: readonly number[], count: number): number | null {
  const sorted = scale.toSorted((a, b) => a - b);
  const last = sorted.at(-1);
  if (last === undefined) return null;
  const next = sorted[count - 1];
  return next === undefined ? last : next - (sorted[count - 2] ?? 0);
}
