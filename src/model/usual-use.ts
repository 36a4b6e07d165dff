import { median } from './averages.ts';
import type { DayCalls } from './daily-use.ts';
import { withoutEvenIntervals } from './even-intervals.ts';
import { withoutMonthsTurn } from './months-turn.ts';
import { upperSpread } from './upper-spread.ts';
import { weekdayEffects } from './weekday-effects.ts';

/** From this share of days without use on, a day is compared with the days of use only. */
const SPARSE_SHARE = 0.33;
/** Among days of use that are compared with each other, one of so many times the middle one is extraordinary at first sight. */
const SPARSE_EXTRAORDINARY = 3;
/** So many spreads above what is expected, a day is extraordinary at first sight ... */
const EXTRAORDINARY_SPREADS = 3;
/** ... unless more days in a row are: that is a new level. */
const LONGEST_BURST = 5;
/** How often what is extraordinary is put aside before what is usual is measured again. */
const SECOND_LOOKS = 2;
const REGULAR = { share: 0.85, deviations: 1.036 };
const SPARSE = { share: 0.65, deviations: 0.385 };

/** What is usual, day by day. */
export interface UsualUse {
  /** Calls that a day of this weekday had at the level of that time. */
  readonly expected: readonly number[];
  /** How far each day lies above its expectation, as a multiple of it: 0 for as expected, 1 for twice as much. */
  readonly lifts: readonly number[];
  /** How far a day lies above its expectation by chance: the standard deviation of the lifts without what is extraordinary. */
  readonly spread: number;
  /** Whether a day is nothing extraordinary at first sight, and took part in what is usual. */
  readonly calm: readonly boolean[];
}

/**
 * What is usual on each day of a series, of a group or of one account, oldest first. Days of which nothing is known are left out (a
 * day without calls is not such a day): the known days before and after are then its neighbours.
 */
export function usualUse(days: readonly DayCalls[]): UsualUse {
  return isSparse(days) ? sparseUse(days) : regularUse(days);
}

/** Whether days without use are so common that days of use are compared with each other alone. */
export function isSparse(days: readonly DayCalls[]): boolean {
  return days.filter((use) => use.calls === 0).length > SPARSE_SHARE * days.length;
}

/** Days of use are compared with each other, days without use are always fine. */
function sparseUse(days: readonly DayCalls[]): UsualUse {
  const typical = median(days.filter((use) => use.calls > 0).map((use) => use.calls));
  const lifts = days.map((use) => use.calls / typical - 1);
  const ofUse = upperSpread(
    lifts.filter((_, index) => (days[index]?.calls ?? 0) > 0),
    SPARSE,
  );
  return {
    expected: days.map(() => typical),
    lifts: lifts.map((lift) => lift - ofUse.centre),
    spread: ofUse.spread,
    calm: days.map((use) => use.calls <= SPARSE_EXTRAORDINARY * typical),
  };
}

/** What is extraordinary at first sight takes no part in the second look at what is usual. */
function regularUse(days: readonly DayCalls[]): UsualUse {
  let calm: readonly boolean[] = days.map(() => true);
  let expected = expectedOf(days, calm);
  for (let look = 0; look < SECOND_LOOKS; look += 1) {
    calm = calmDays(liftsOver(days, expected));
    expected = expectedOf(days, calm);
  }
  const raw = liftsOver(days, expected);
  const centre = median(raw);
  const above = raw.map((lift) => lift - centre);
  const lifts = withoutMonthsTurn(days, expected, withoutEvenIntervals(days, expected, above));
  const upper = upperSpread(lifts, REGULAR);
  return { expected, lifts: lifts.map((lift) => lift - upper.centre), spread: upper.spread, calm };
}

/** One call more on both sides keeps days of next to no use from having boundless multiples. */
const liftsOver = (days: readonly DayCalls[], expected: readonly number[]): number[] =>
  days.map((use, index) => (use.calls + 1) / ((expected[index] ?? 0) + 1) - 1);

/** Which days are not extraordinary; of a run that is too long for a burst, all are calm. */
function calmDays(lifts: readonly number[]): readonly boolean[] {
  const { centre, spread } = upperSpread(lifts, REGULAR);
  const isHigh = lifts.map((lift) => lift - centre > EXTRAORDINARY_SPREADS * spread);
  return isHigh.map((high, index) => {
    if (!high) return true;
    let [first, last] = [index, index];
    while (isHigh[first - 1] === true) first -= 1;
    while (isHigh[last + 1] === true) last += 1;
    return last - first + 1 > LONGEST_BURST;
  });
}

/** Logarithms turn a weekday's and a level's factors into sums; medians keep incidents out of both. */
function expectedOf(days: readonly DayCalls[], calm: readonly boolean[]): readonly number[] {
  const logs = days.map((use) => Math.log1p(use.calls));
  const wide = (values: readonly number[]) => values.map((_, at) => medianOfCalm(values, calm, [at - 7, at + 8]));
  const effectsIn = (levels: readonly number[]): readonly number[] => {
    const differences = minus(logs, levels);
    const effects = weekdayEffects(
      days.map(({ weekday }, at) => ({ weekday, figure: calm[at] === true ? (differences[at] ?? 0) : null })),
    );
    return days.map(({ weekday }) => effects[weekday] ?? 0);
  };
  const effects = effectsIn(wide(minus(logs, effectsIn(wide(logs)))));
  const flat = minus(logs, effects);
  return flat.map((_, index) => Math.max(0, Math.expm1(levelAt(flat, calm, index) + (effects[index] ?? 0))));
}

/**
 * The higher of what the four weeks before and the ten days around had: a return after an outage and the first days of a lasting new
 * level are no spikes, while a burst of up to five days cannot lift its own expectation.
 */
function levelAt(flat: readonly number[], calm: readonly boolean[], index: number): number {
  const around = Math.max(0, Math.min(index - 4, flat.length - 11));
  const levels = [
    [around, around + 11],
    [index - 28, index],
  ].flatMap(([from = 0, to = 0]) => {
    const values = flat.slice(Math.max(0, from), Math.max(0, to));
    const counted = values.filter((_, place) => {
      const at = Math.max(0, from) + place;
      return at !== index && calm[at] === true;
    });
    return counted.length >= 5 ? median(counted) : [];
  });
  return levels.length > 0 ? Math.max(...levels) : median(flat);
}

/** Over a stretch, of its calm days; of all where none is. */
function medianOfCalm(
  values: readonly number[],
  calm: readonly boolean[],
  [from, to]: readonly [number, number],
): number {
  const first = Math.max(0, from);
  const stretch = values.slice(first, to);
  const counted = stretch.filter((_, place) => calm[first + place] === true);
  return median(counted.length > 0 ? counted : stretch);
}

const minus = (values: readonly number[], others: readonly number[]): number[] =>
  values.map((value, index) => value - (others[index] ?? 0));
