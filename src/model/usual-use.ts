import { median, quantile } from './averages.ts';
import type { DayCalls } from './daily-use.ts';
import { withoutMonthsTurn } from './months-turn.ts';

/** The least spread of the root of calls over expected calls: no group is steadier than a few percent. */
const LEAST_SPREAD = 0.05;
/** The least spread where days without use are common; the second where there are hardly any days of use. */
const LEAST_SPARSE_SPREAD = { some: 0.24, few: 0.5, enoughDaysOfUse: 8 };
/** From this share of days without use on, a day is compared with the days of use only. */
const SPARSE_SHARE = 0.33;

/** What is usual, day by day. */
export interface UsualUse {
  /** Calls that a day of this weekday had at the level of that time. */
  readonly expected: readonly number[];
  /** How far each day lies above its expectation, on a scale of roots, on which counts and multiples have an even spread. */
  readonly lifts: readonly number[];
  /** How far a day lies above its expectation by chance: the standard deviation of the lifts without what is extraordinary. */
  readonly spread: number;
}

/**
 * What is usual on each day of a series, of a group or of one account, oldest first. Days of which nothing is known are left out (a
 * day without calls is not such a day): the known days before and after are then its neighbours.
 */
export function usualUse(days: readonly DayCalls[]): UsualUse {
  const idle = days.filter((use) => use.calls === 0).length;
  return idle > SPARSE_SHARE * days.length ? sparseUse(days) : regularUse(days);
}

/** Days of use are compared with each other, days without use are always fine. */
function sparseUse(days: readonly DayCalls[]): UsualUse {
  const used = days.filter((use) => use.calls > 0).map((use) => use.calls);
  const typical = median(used);
  const lifts = days.map((use) => Math.sqrt(use.calls / typical) - 1);
  const least = used.length < LEAST_SPARSE_SPREAD.enoughDaysOfUse ? LEAST_SPARSE_SPREAD.few : LEAST_SPARSE_SPREAD.some;
  const { centre, spread } = upperSpread(
    lifts.filter((_, index) => (days[index]?.calls ?? 0) > 0),
    { share: 0.65, inNormal: 0.385, mayCut: 0.35, least: LEAST_SPREAD },
  );
  return {
    expected: days.map(() => typical),
    lifts: lifts.map((lift) => lift - centre),
    spread: Math.max(spread, least),
  };
}

/** Logarithms turn a weekday's and a level's factors into sums; medians keep incidents out of both. */
function regularUse(days: readonly DayCalls[]): UsualUse {
  const logs = days.map((use) => Math.log1p(use.calls));
  const wide = (values: readonly number[]) => values.map((_, at) => median(values.slice(Math.max(0, at - 7), at + 8)));
  let effects = weekdayEffects(days, minus(logs, wide(logs)));
  effects = weekdayEffects(days, minus(logs, wide(minus(logs, effects))));
  const flat = minus(logs, effects);
  const expected = flat.map((_, index) => levelAt(flat, index) + (effects[index] ?? 0));
  const raw = minus(logs, expected).map((difference) => Math.exp(difference / 2) - 1);
  const centre = median(raw);
  const lifts = withoutMonthsTurn(
    days,
    raw.map((lift) => lift - centre),
  );
  const upper = upperSpread(lifts, { share: 0.85, inNormal: 1.036, mayCut: 0.2, least: LEAST_SPREAD });
  return {
    expected: expected.map((value) => Math.max(0, Math.expm1(value))),
    lifts: lifts.map((lift) => lift - upper.centre),
    spread: upper.spread,
  };
}

/**
 * The highest of what the last ten days, the last four weeks and the days around had: a return after an outage and the first days of a
 * lasting new level are no spikes, while a burst of up to five days cannot lift its own expectation.
 */
function levelAt(flat: readonly number[], index: number): number {
  const from = Math.max(0, Math.min(index - 4, flat.length - 11));
  const around = flat.slice(from, from + 11).filter((_, place) => from + place !== index);
  const before = [10, 28].map((length) => flat.slice(Math.max(0, index - length), index));
  return Math.max(median(around), ...before.filter((values) => values.length >= 5).map(median));
}

/** By day: how its weekday differs. A weekday differs from the other working (or weekend) days only where that is beyond chance. */
function weekdayEffects(days: readonly DayCalls[], deviations: readonly number[]): number[] {
  const of = (weekdays: readonly number[]) =>
    deviations.filter((_, index) => weekdays.includes(days[index]?.weekday ?? -1));
  const effects = [0, 1, 2, 3, 4, 5, 6].map((weekday) => {
    const alike = of([0, 6].includes(weekday) ? [0, 6] : [1, 2, 3, 4, 5]);
    const own = of([weekday]);
    const shared = median(alike);
    const spread = 1.4826 * median(alike.map((value) => Math.abs(value - shared)));
    const difference = median(own) - shared;
    return Math.abs(difference) > (1.5 * spread) / Math.sqrt(Math.max(1, own.length)) ? median(own) : shared;
  });
  return days.map((use) => effects[use.weekday] ?? 0);
}

/**
 * Spread above the centre, as a normal distribution would have it at that quantile. A core is taken first and what lies far outside it
 * is cut (up to a share of the days), so that old incidents do not widen the spread and hide new ones.
 */
function upperSpread(
  values: readonly number[],
  { share, inNormal, mayCut, least }: { share: number; inNormal: number; mayCut: number; least: number },
): { readonly centre: number; readonly spread: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const kept = Math.ceil(sorted.length * (1 - mayCut));
  let centre = median(sorted);
  let spread = Math.max(least, (quantile(sorted, 0.7) - centre) / 0.524);
  for (const limit of [4, 3, 3]) {
    const core = sorted.filter((value, index) => value < centre + limit * spread || index < kept);
    centre = median(core);
    spread = Math.max(least, (quantile(core, share) - centre) / inNormal);
  }
  return { centre, spread };
}

const minus = (values: readonly number[], others: readonly number[]): number[] =>
  values.map((value, index) => value - (others[index] ?? 0));
