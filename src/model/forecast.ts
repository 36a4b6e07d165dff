import { sum } from './averages.ts';
import { counterPace } from './counter-pace.ts';
import type { DayCalls } from './daily-use.ts';
import { type DayForecast, forecastToday } from './day-forecast.ts';
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
import { inFives, normalShare } from './likelihood.ts';
import { type Pace, toPace } from './pace.ts';
import type { Quota, QuotaReading } from './snapshot.ts';

/** Days of use that a forecast from single days needs. */
const FORECAST_NEEDS_DAYS = 14;
/** Older days say nothing about the pace of now. */
const HISTORY_DAYS = 70;
/** How likely the days of a forecast's range are together, about. */
export const FORECAST_LIKELIHOOD = 0.8;
/** A normal distribution has 80 % within so many standard deviations. */
const WITHIN_80 = 1.2816;

/** When a budget runs out: days (`YYYY-MM-DD`) for a budget of a month, full hours (instants) for one of a day. Null says "not before the reset". */
export interface Forecast {
  readonly from: string | null;
  readonly likeliest: string | null;
  readonly to: string | null;
  /** How likely it is that it happens from `from` to `to`. */
  readonly likelihoodPercent: number;
  /** How likely the budget runs out before its reset at all. */
  readonly beforeResetPercent: number;
  /** What an average day uses now. */
  readonly usedADay: number;
  /** What will have been used at the reset if nothing stops it: the likeliest figure, and a range that holds it with 80 %. */
  readonly atReset: { readonly low: number; readonly likely: number; readonly high: number };
}

/** What is known of a quota's past. */
export interface QuotaHistory {
  /** Calls that cost quota by day, oldest first, today included; they count towards the API's own budgets alone. */
  readonly days: readonly DayCalls[];
  /** How earlier audits read the counters of all quotas, oldest first. */
  readonly readings: readonly QuotaReading[];
}

/** A budget's forecast, or why there is none. */
export type Outlook =
  | { readonly forecast: Forecast; readonly basis: 'days' | 'readings' | 'month_so_far' }
  | { readonly forecast: null; readonly why: string };

/**
 * When a budget of a month or a day will run out. The API shows single days for its own requests only; of other quotas it shows a
 * counter, whose growth between the audits (and since the month began) takes their place, with a wider range.
 */
export function forecastQuota(name: string, quota: Quota, { days, readings }: QuotaHistory, at: Date): Outlook {
  if (quota.used >= quota.allowed) return none('It is used up.');
  if (name.endsWith('_daily')) {
    if (name !== 'api_requests_daily')
      return none('No forecast: of a budget of a day only the API’s own is known day by day.');
    const today = forecastToday(quota, days, at);
    return today === null ? none(tooFew(days)) : { forecast: ofDay(today), basis: 'days' };
  }
  if (!name.endsWith('_monthly')) return none('No forecast: it never resets.');
  const fromDays = name === 'api_requests_monthly' ? forecastRunOut(quota, days, at) : null;
  if (fromDays !== null) return { forecast: fromDays, basis: 'days' };
  const own = readings.filter((reading) => reading.quota === name);
  const pace = counterPace(quota, { readings: own, like: days, at });
  if (pace === null) return none('No forecast: fewer than four whole days of its use are known, or it was not used.');
  return { forecast: forecastFromPace(quota, pace.pace, at), basis: pace.basis };
}

const none = (why: string): Outlook => ({ forecast: null, why });

const tooFew = (days: readonly DayCalls[]): string =>
  `No forecast: ${days.length} days of use are known, ${FORECAST_NEEDS_DAYS} finished ones are needed.`;

/** The forecast of a monthly budget of which single days are known; null: too few are, or nothing was used. */
function forecastRunOut(quota: Quota, known: readonly DayCalls[], at: Date): Forecast | null {
  const today = toDay(at);
  const finished = known.filter(({ day }) => day < today).slice(-HISTORY_DAYS);
  if (finished.length < FORECAST_NEEDS_DAYS) return null;
  const pace = toPace(finished);
  if (pace.level <= 0) return null;
  return forecastFromPace(quota, { ...pace, level: pace.level * shareNotSeen(quota, known, at) }, at);
}

/**
 * Expects of each coming day the present pace times its weekday's factor, and of their sum an error that grows with the days ahead. The
 * budget runs out on the day on which the sum passes what remains; the likeliest days, around four fifths of all, make the range.
 */
function forecastFromPace(quota: Quota, pace: Pace, at: Date): Forecast {
  const today = toDay(at);
  const remaining = quota.allowed - quota.used;
  let expected = 0;
  let error = 0;
  let certain = 0;
  const lastDay = addDays(toDay(nextMonthStart(at)), -1);
  const chances = eachDay(today, lastDay).map((day, ahead) => {
    const partOfDay = ahead === 0 ? daysUntil(nextDayStart(at), at) : 1;
    const growth = Math.exp(pace.growth * (pace.age + Math.min(ahead, 14)));
    expected += partOfDay * pace.level * growth * (pace.factors[weekdayOf(day)] ?? 1);
    error = Math.hypot(pace.noise / Math.sqrt(ahead + 1), pace.error, pace.wander * Math.sqrt(ahead + 1));
    certain = Math.max(certain, normalShare((expected - remaining) / (expected * error)));
    return { day, byItsEnd: certain };
  });
  const more = (spreads: number) => Math.round(quota.used + expected * Math.max(0, 1 + spreads * error));
  return {
    ...likeliestRange(chances),
    usedADay: Math.round(pace.level),
    atReset: { low: more(-WITHIN_80), likely: more(0), high: more(WITHIN_80) },
  };
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

function ofDay(today: DayForecast): Forecast {
  const { expected, error, used } = today;
  const more = (spreads: number) => Math.round(used + Math.max(0, expected + spreads * error));
  const at = (spreads: number) => today.hourAt(spreads);
  const to = at(-WITHIN_80);
  const from = at(WITHIN_80);
  const before = today.beforeReset;
  return {
    from,
    likeliest: at(0),
    to,
    // The range from a tenth to nine tenths; what is cut off behind the reset belongs to it.
    likelihoodPercent: from === null ? inFives(1 - before) : to === null ? 90 : 80,
    beforeResetPercent: inFives(before),
    usedADay: Math.round(today.usedADay),
    atReset: { low: more(-WITHIN_80), likely: more(0), high: more(WITHIN_80) },
  };
}
