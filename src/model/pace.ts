import { mean, sum } from './averages.ts';
import type { DayCalls } from './daily-use.ts';
import { weekdayOf } from './instant.ts';

/** After so many days a day weighs half in the pace of now, for use that is unsteady to steady. */
const HALF_LIVES = [3, 6, 12, 24];
/** Days before the first week that is foretold in hindsight. */
const LEARNING_DAYS = 14;

/** How fast calls are made now, and how far off that may be. */
export interface Pace {
  /** Calls on a day whose weekday has the factor 1, as a mean of days `age` days old, which grow by `growth` a day. */
  readonly level: number;
  readonly age: number;
  readonly growth: number;
  /** By weekday, from Sunday on. */
  readonly factors: readonly number[];
  /** Relative errors: of a single day, of the level, and of what the level wanders off in a day. */
  readonly noise: number;
  readonly error: number;
  readonly wander: number;
}

/** The pace of now is a mean that forgets; how fast is decided by what would have foretold this history best. */
export function toPace(days: readonly DayCalls[]): Pace {
  const factors = weekdayFactors(days);
  const ceiling = ceilingOf(days);
  const flat = days.map(({ day, calls }) => Math.min(calls, ceiling) / (factors[weekdayOf(day)] ?? 1));
  const around = flat.map((_, index) => mean(flat.slice(Math.max(0, index - 7), index + 8)));
  const noise = Math.sqrt(mean(flat.map((value, index) => (value / Math.max(1e-9, around[index] ?? 0) - 1) ** 2)));
  const tried = HALF_LIVES.map((halfLife) => backTest(flat, halfLife));
  const best = tried.reduce((a, b) => (b.error < 0.97 * a.error ? b : a));
  const beyondNoise = Math.sqrt(Math.max(0, best.error ** 2 - noise ** 2 / 7));
  return {
    level: levelOf(flat, best.halfLife),
    age: best.halfLife,
    growth: best.bias / (best.halfLife + 4),
    factors,
    noise,
    error: Math.hypot(0.02, 1.2 * beyondNoise),
    wander: 0.005 + 0.2 * beyondNoise,
  };
}

/** Each weekday's share of an average day, drawn towards 1 by one imagined average day. */
function weekdayFactors(days: readonly DayCalls[]): readonly number[] {
  const ceiling = ceilingOf(days);
  const calm = days.map(({ day, calls }) => ({ weekday: weekdayOf(day), calls: Math.min(calls, ceiling) }));
  const overall = Math.max(1e-9, mean(calm.map(({ calls }) => calls)));
  return [0, 1, 2, 3, 4, 5, 6].map((weekday) => {
    const own = calm.filter((one) => one.weekday === weekday).map(({ calls }) => calls);
    return (sum(own) + overall) / (own.length + 1) / overall;
  });
}

/** Spikes count, but only up to four times a busy day: they would make the pace. */
function ceilingOf(days: readonly DayCalls[]): number {
  const sorted = days.map(({ calls }) => calls).sort((a, b) => a - b);
  const busy = sorted[Math.floor(0.75 * (sorted.length - 1))] ?? 0;
  return busy > 0 ? 4 * busy : Number.POSITIVE_INFINITY;
}

/** The mean of days, of which one that is `halfLife` days older weighs half. */
function levelOf(flat: readonly number[], halfLife: number): number {
  const weights = flat.map((_, index) => 0.5 ** ((flat.length - 1 - index) / halfLife));
  return sum(flat.map((value, index) => value * (weights[index] ?? 0))) / sum(weights);
}

/** How far the mean of each next week lay off such a level, in logarithms: typically, and always to the same side (beyond chance). */
function backTest(flat: readonly number[], halfLife: number): { halfLife: number; error: number; bias: number } {
  const little = Math.max(1e-9, 0.05 * mean(flat));
  const misses: number[] = [];
  for (let end = LEARNING_DAYS; end + 7 <= flat.length; end += 1) {
    const next = mean(flat.slice(end, end + 7));
    misses.push(Math.log((next + little) / (levelOf(flat.slice(0, end), halfLife) + little)));
  }
  if (misses.length === 0) return { halfLife, error: 0.3, bias: 0 };
  const error = Math.sqrt(mean(misses.map((miss) => Math.min(1, miss ** 2))));
  const middle = misses.sort((a, b) => a - b)[Math.floor(misses.length / 2)] ?? 0;
  const chance = 1.5 * error * Math.sqrt(7 / Math.max(7, misses.length));
  return { halfLife, error, bias: Math.abs(middle) > chance ? middle * (1 - (chance / middle) ** 2) : 0 };
}
