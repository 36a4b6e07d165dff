import { sum } from './averages.ts';
import type { DayCalls } from './daily-use.ts';
import {
  addDays,
  type Day,
  daysUntil,
  eachDay,
  nextDayStart,
  nextMonthStart,
  toDay,
  toMonth,
  weekdayOf,
} from './instant.ts';
import { toPace } from './pace.ts';
import type { Quota } from './snapshot.ts';

/** Days of use that a forecast needs. */
export const FORECAST_NEEDS_DAYS = 14;
/** Older days say nothing about the pace of now. */
const HISTORY_DAYS = 70;
/** How likely the days of a forecast's range are together, about. */
export const FORECAST_LIKELIHOOD = 0.8;

/** The days on which a budget runs out. In place of a day, null says "not before the reset". */
export interface Forecast {
  readonly from: Day | null;
  readonly likeliest: Day | null;
  readonly to: Day | null;
  /** How likely it is that the day lies from `from` to `to`. */
  readonly likelihoodPercent: number;
  /** How likely the budget runs out before its reset at all. */
  readonly beforeResetPercent: number;
  readonly callsADay: number;
}

/**
 * Expects of each coming day the present pace times its weekday's factor, and of their sum an error that grows with the days ahead. The
 * budget runs out on the day on which the sum passes what remains; the likeliest days, around four fifths of all, make the range.
 */
export function forecastRunOut(quota: Quota, known: readonly DayCalls[], at: Date): Forecast | null {
  const today = toDay(at);
  const finished = known.filter(({ day }) => day < today).slice(-HISTORY_DAYS);
  if (finished.length < FORECAST_NEEDS_DAYS) return null;
  const pace = toPace(finished);
  if (pace.level <= 0) return null;
  const now = pace.level * shareNotSeen(quota, known, at);
  const remaining = quota.allowed - quota.used;
  let expected = 0;
  let certain = 0;
  const lastDay = addDays(toDay(nextMonthStart(at)), -1);
  const chances = eachDay(today, lastDay).map((day, ahead) => {
    const partOfDay = ahead === 0 ? daysUntil(nextDayStart(at), at) : 1;
    const growth = Math.exp(pace.growth * (pace.age + Math.min(ahead, 14)));
    expected += partOfDay * now * growth * (pace.factors[weekdayOf(day)] ?? 1);
    const error = Math.hypot(pace.noise / Math.sqrt(ahead + 1), pace.error, pace.wander * Math.sqrt(ahead + 1));
    certain = Math.max(certain, normalShare((expected - remaining) / (expected * error)));
    return { day, byItsEnd: certain };
  });
  return { ...likeliestRange(chances), callsADay: Math.round(now) };
}

/** How much more the quota counted this month than the days show (v2, web): that use is expected to go on in proportion. */
function shareNotSeen(quota: Quota, known: readonly DayCalls[], at: Date): number {
  const thisMonth = known.filter(({ day }) => toMonth(day) === toMonth(at));
  const seen = sum(thisMonth.map(({ calls }) => calls));
  const isWhole = thisMonth.length > 3 && thisMonth[0]?.day === `${toMonth(at)}-01`;
  return isWhole && seen > 0 ? Math.max(1, quota.used / seen) : 1;
}

/**
 * From the middle of the distribution outwards, the likelier neighbour first, until the range comes nearest to `FORECAST_LIKELIHOOD`. What lies
 * after the last day counts as one more place: the budget lasts.
 */
function likeliestRange(chances: readonly { readonly day: Day; readonly byItsEnd: number }[]) {
  const on = (place: number): number =>
    (chances[place]?.byItsEnd ?? 1) - (place === 0 ? 0 : (chances[place - 1]?.byItsEnd ?? 1));
  const middle = chances.filter(({ byItsEnd }) => byItsEnd < 0.5).length;
  let first = middle;
  let last = middle;
  let together = on(middle);
  while (first > 0 || last < chances.length) {
    const takesEarlier = first > 0 && (last === chances.length || on(first - 1) >= on(last + 1));
    const next = takesEarlier ? on(first - 1) : on(last + 1);
    if (Math.abs(together + next - FORECAST_LIKELIHOOD) >= Math.abs(together - FORECAST_LIKELIHOOD)) break;
    together += next;
    if (takesEarlier) first -= 1;
    else last += 1;
  }
  const dayAt = (place: number): Day | null => chances[place]?.day ?? null;
  return {
    from: dayAt(first),
    likeliest: dayAt(middle),
    to: dayAt(last),
    likelihoodPercent: inFives(together),
    beforeResetPercent: inFives(chances.at(-1)?.byItsEnd ?? 0),
  };
}

/** A probability in steps of five percent, never certain. */
const inFives = (share: number): number => Math.min(99, Math.max(1, 5 * Math.round(20 * share)));

/** The share of a normal distribution below `z` (Abramowitz and Stegun 26.2.17, exact to 1e-7). */
function normalShare(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    (t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))));
  return z > 0 ? 1 - tail : tail;
}
