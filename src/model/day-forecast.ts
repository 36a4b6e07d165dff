import type { DayCalls } from './daily-use.ts';
import { daysUntil, type Instant, nextDayStart, toDay, weekdayOf } from './instant.ts';
import { normalShare } from './likelihood.ts';
import { toPace } from './pace.ts';
import type { Quota } from './snapshot.ts';

/** Finished days that are needed, and beyond which days say nothing about now. */
const NEEDED_DAYS = 14;
const HISTORY_DAYS = 70;
/** How fast the rest of a day may be used, over its share of a usual day: nobody knows at which hours a group works. */
const LATE_HURRY = 1.5;
/** What goes on of a pace that has already passed a usual day's use: about half of such bursts do. */
const BURST_GOES_ON = 0.5;

/** What the rest of today is expected to use. */
export interface DayForecast {
  readonly used: number;
  readonly usedADay: number;
  /** More use until the reset, and its standard error. */
  readonly expected: number;
  readonly error: number;
  readonly beforeReset: number;
  /** The full hour in which the budget would be used up if the rest of the day lay so many errors above what is expected; null: it lasts. */
  hourAt(errors: number): Instant | null;
}

/**
 * Today's end, from what days like today used and from what today has used by now. A usual day is expected to become one: what it has
 * used early (a nightly job) is not expected again. A day that has passed a usual day's use is expected to go on at half its pace.
 * Null: too few finished days are known, or nothing was used on them.
 */
export function forecastToday(quota: Quota, known: readonly DayCalls[], at: Date): DayForecast | null {
  const today = toDay(at);
  const finished = known.filter(({ day }) => day < today).slice(-HISTORY_DAYS);
  if (finished.length < NEEDED_DAYS) return null;
  const pace = toPace(finished);
  if (pace.level <= 0) return null;
  const left = daysUntil(nextDayStart(at), at);
  const usual = pace.level * (pace.factors[weekdayOf(today)] ?? 1);
  const { expected, error } = restOf(quota.used, { usual, left, error: usual * Math.hypot(pace.noise, pace.error) });
  const remaining = quota.allowed - quota.used;
  return {
    used: quota.used,
    usedADay: pace.level,
    expected,
    error,
    beforeReset: normalShare((expected - remaining) / Math.max(1e-9, error)),
    hourAt(errors) {
      const rest = expected + errors * error;
      return rest < remaining ? null : fullHour(at.getTime() + ((left * remaining) / rest) * DAY_MS);
    },
  };
}

function restOf(used: number, { usual, left, error }: { usual: number; left: number; error: number }) {
  if (used > usual) {
    const expected = (BURST_GOES_ON * left * used) / Math.max(0.05, 1 - left);
    return { expected, error: 0.6 * expected };
  }
  const expected = Math.min(usual - used, LATE_HURRY * left * usual);
  return { expected, error: Math.hypot(error * Math.sqrt(left), 0.3 * expected) };
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const fullHour = (ms: number): Instant => new Date(Math.floor(ms / HOUR_MS) * HOUR_MS).toISOString();
