import { median } from './averages.ts';
import type { DayCalls } from './daily-use.ts';
import { daysBetween } from './instant.ts';

/** Days between two runs of a job; the week has its own measure. Longer intervals were not seen often enough in sixty days. */
const INTERVALS = [2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16];
/** What came at even intervals at least so often is a habit. Incidents do so by chance two or three times. */
const LEAST_TIMES = 4;
/** Its heights are alike within this factor around their middle. */
const ALIKE = 2;
/** Each time it lies at least so far above what is expected. */
const LEAST_LIFT = 0.3;

/**
 * Takes away the lifts of what recurs every so many days, without fail and at a like height: a job every second week or every tenth
 * day. A single time without it, and it is none; a time that is far higher than the others keeps its lift.
 */
export function withoutEvenIntervals(
  days: readonly DayCalls[],
  expected: readonly number[],
  lifts: readonly number[],
): readonly number[] {
  const first = days[0]?.day ?? '';
  const places = days.map(({ day }) => daysBetween(first, day));
  const recurring = new Set(
    INTERVALS.flatMap((interval) => apartBy(interval, places)).flatMap((indices) =>
      alikeIn(indices, { days, expected, lifts }),
    ),
  );
  return lifts.map((lift, index) => (recurring.has(index) ? 0 : lift));
}

/** The indices of places that lie this far apart, for each start of such a row. */
function apartBy(interval: number, places: readonly number[]): readonly (readonly number[])[] {
  const rows: number[][] = Array.from({ length: interval }, () => []);
  for (const [index, place] of places.entries()) rows[place % interval]?.push(index);
  return rows;
}

interface Series {
  readonly days: readonly DayCalls[];
  readonly expected: readonly number[];
  readonly lifts: readonly number[];
}

/** Of days at an interval, those of a like height, as a multiple or as an amount; none where one of them is lower. */
function alikeIn(indices: readonly number[], { days, expected, lifts }: Series): readonly number[] {
  if (indices.length < LEAST_TIMES || indices.some((index) => (lifts[index] ?? 0) <= LEAST_LIFT)) return [];
  const multiples = overMiddle(indices.map((index) => 1 + (lifts[index] ?? 0)));
  const additions = overMiddle(indices.map((index) => (days[index]?.calls ?? 0) - (expected[index] ?? 0)));
  if (indices.some((_, at) => Math.max(multiples[at] ?? 0, additions[at] ?? 0) <= 1 / ALIKE)) return [];
  return indices.filter((_, at) => Math.min(multiples[at] ?? 0, additions[at] ?? 0) < ALIKE);
}

function overMiddle(values: readonly number[]): readonly number[] {
  const middle = median(values);
  return values.map((value) => value / middle);
}
