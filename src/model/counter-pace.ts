import { mean, median, sum } from './averages.ts';
import type { DayCalls } from './daily-use.ts';
import { addDays, type Day, eachDay, type Month, toDay, toMonth, weekdayOf } from './instant.ts';
import { type Pace, toPace } from './pace.ts';
import type { Quota, QuotaReading } from './snapshot.ts';

/** Whole days of use that a pace needs. */
const NEEDED_DAYS = 4;
/** Finished days and growths from which on the counter is as good as single days, if it was read about daily. */
const LIKE_SINGLE_DAYS = { days: 21, growths: 14, apartDays: 1.6 };
/** How much noisier single days are than days between readings at, say, seven in the morning. */
const SMOOTHED = 1.3;
/** Days on which a coarse pace rests, at most. */
const RECENT_DAYS = 28;
/** Relative noise of a single day where nothing tells it, and the least that is believed of a smoothed counter. */
const NOISE = { unknown: 0.5, least: 0.2 };
/** What a coarse pace wanders off in a day, and is off from the start. */
const COARSE = { wander: 0.02, error: 0.05 };

const DAY_MS = 86_400_000;

/** What the counter grew by between two instants of a month. */
interface Growth {
  readonly fromMs: number;
  readonly toMs: number;
  readonly used: number;
}

/**
 * The pace of a quota that shows nothing but a counter, which starts each month at 0. What it grew by between two readings is spread over
 * the days between them, by the weekday factors of the group's API use (`like`). Null: too little is known, or it was not used.
 */
export function counterPace(
  quota: Quota,
  { readings, like, at }: { readings: readonly QuotaReading[]; like: readonly DayCalls[]; at: Date },
): { readonly pace: Pace; readonly basis: 'readings' | 'month_so_far' } | null {
  const growths = growthsOf([...readings, { quota: '', at: at.toISOString(), used: quota.used }]);
  const borrowed = borrowFrom(like, at);
  const days = spread(growths, borrowed.factors).filter(({ day }) => day < toDay(at));
  if (days.length < NEEDED_DAYS || sum(days.map(({ calls }) => calls)) <= 0) return null;
  const apartDays = median(growths.map(({ fromMs, toMs }) => (toMs - fromMs) / DAY_MS));
  const { days: enough, growths: often, apartDays: daily } = LIKE_SINGLE_DAYS;
  const pace =
    days.length >= enough && growths.length >= often && apartDays <= daily
      ? unsmoothed(toPace(days))
      : coarsePace(days, growths, borrowed);
  return { pace, basis: readings.length === 0 ? 'month_so_far' : 'readings' };
}

/** A reading in the middle of a day mixes two days, which evens out what differs between them. */
function unsmoothed(pace: Pace): Pace {
  return { ...pace, noise: SMOOTHED * pace.noise };
}

/** Weekday factors and noise of the group's own API use, as far as it is known. */
function borrowFrom(like: readonly DayCalls[], at: Date): Pick<Pace, 'factors' | 'noise'> {
  const finished = like.filter(({ day }) => day < toDay(at)).slice(-70);
  const isKnown = finished.length >= 28 && sum(finished.map(({ calls }) => calls)) > 0;
  return isKnown ? toPace(finished) : { factors: [1, 1, 1, 1, 1, 1, 1], noise: NOISE.unknown };
}

/** Growth from the beginning of each month on; after a month's last reading nothing is known of it. A counter that fell tells nothing. */
function growthsOf(readings: readonly QuotaReading[]): readonly Growth[] {
  const months = new Map<Month, { readonly ms: number; readonly used: number }[]>();
  for (const { at, used } of readings.toSorted((a, b) => (a.at < b.at ? -1 : 1))) {
    const month = toMonth(at);
    const points = months.get(month) ?? [{ ms: Date.parse(`${month}-01T00:00:00Z`), used: 0 }];
    months.set(month, [...points, { ms: Date.parse(at), used }]);
  }
  return [...months.values()].flatMap((points) =>
    points.flatMap((point, index): Growth[] => {
      const before = points[index - 1];
      if (before === undefined || point.used < before.used || point.ms <= before.ms) return [];
      return [{ fromMs: before.ms, toMs: point.ms, used: point.used - before.used }];
    }),
  );
}

/** Use by day, on the days that are covered from begin to end. */
function spread(growths: readonly Growth[], factors: readonly number[]): readonly DayCalls[] {
  const byDay = new Map<Day, { calls: number; covered: number }>();
  for (const { fromMs, toMs, used } of growths) {
    const parts = eachDay(toDay(new Date(fromMs)), toDay(new Date(toMs))).map((day) => {
      const start = Date.parse(`${day}T00:00:00Z`);
      const share = (Math.min(toMs, start + DAY_MS) - Math.max(fromMs, start)) / DAY_MS;
      return { day, share, weight: share * (factors[weekdayOf(day)] ?? 1) };
    });
    const all = Math.max(1e-9, sum(parts.map(({ weight }) => weight)));
    for (const { day, share, weight } of parts) {
      const known = byDay.get(day) ?? { calls: 0, covered: 0 };
      byDay.set(day, { calls: known.calls + (used * weight) / all, covered: known.covered + share });
    }
  }
  return [...byDay]
    .filter(([, { covered }]) => covered > 0.98)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([day, { calls }]) => ({ day, weekday: weekdayOf(day), calls }));
}

/** A mean of the last weeks, as uncertain as so few and so smooth numbers leave it. */
function coarsePace(
  days: readonly DayCalls[],
  growths: readonly Growth[],
  { factors, noise: borrowed }: Pick<Pace, 'factors' | 'noise'>,
): Pace {
  const last = days.at(-1)?.day ?? '';
  const recent = days.filter(({ day }) => day > addDays(last, -RECENT_DAYS));
  const level = mean(recent.map(({ calls, weekday }) => calls / (factors[weekday] ?? 1)));
  const noise = Math.max(NOISE.least, borrowed, noiseOf(growths, level) ?? 0);
  return {
    level,
    age: 0,
    growth: 0,
    factors,
    noise,
    error: Math.hypot(COARSE.error, noise / Math.sqrt(recent.length)),
    wander: COARSE.wander,
  };
}

/** The noise of a single day that the scatter of the growths lets suppose; null: there are too few. */
function noiseOf(growths: readonly Growth[], level: number): number | null {
  if (growths.length < 4 || level <= 0) return null;
  const scatter = growths.map(({ fromMs, toMs, used }) => {
    const days = (toMs - fromMs) / DAY_MS;
    return days <= 0 ? 0 : (used / days / level - 1) ** 2 * days;
  });
  return Math.min(2, Math.sqrt(mean(scatter)));
}
