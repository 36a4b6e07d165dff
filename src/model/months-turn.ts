import type { DayCalls } from './daily-use.ts';
import { addDays, type Day, daysBetween } from './instant.ts';

/** The two heights of what recurs at the turn of months differ by less than this factor. */
const ALIKE = 2;
/** Twice as high as nothing is nothing: what recurs lies at least so far above what is expected. */
const LEAST_LIFT = 0.3;

/**
 * Takes away the lift of a day at the turn of a month that had its like at the same place of another month, as a multiple or as an
 * amount: invoices, monthly exports. Two incidents that fall on the same place by chance are seldom alike.
 */
export function withoutMonthsTurn(
  days: readonly DayCalls[],
  expected: readonly number[],
  lifts: readonly number[],
): readonly number[] {
  const places = days.map(({ day }) => placeInMonth(day));
  const added = (of: number): number => (days[of]?.calls ?? 0) - (expected[of] ?? 0);
  const isLike = (index: number, other: number): boolean =>
    isWithin(ALIKE, (1 + (lifts[index] ?? 0)) / (1 + (lifts[other] ?? 0))) ||
    isWithin(ALIKE, added(index) / Math.max(1, added(other)));
  const isAnotherMonth = (index: number, other: number): boolean =>
    Math.abs(daysBetween(days[index]?.day ?? '', days[other]?.day ?? '')) > 20;
  return lifts.map((lift, index) => {
    const here = places[index];
    if (here === undefined || lift <= 0 || (here.fromStart > 3 && here.toEnd > 3)) return lift;
    const recurs = places.some(
      (place, other) =>
        isSamePlace(here, place) &&
        (lifts[other] ?? 0) > LEAST_LIFT &&
        isAnotherMonth(index, other) &&
        isLike(index, other),
    );
    return recurs ? 0 : lift;
  });
}

const isWithin = (factor: number, ratio: number): boolean => ratio < factor && ratio > 1 / factor;

interface Place {
  /** 1 for the first of the month. */
  readonly fromStart: number;
  /** 1 for the last day. */
  readonly toEnd: number;
}

function placeInMonth(day: Day): Place {
  const nextMonth = `${addDays(`${day.slice(0, 7)}-28`, 4).slice(0, 7)}-01`;
  return { fromStart: Number(day.slice(8)), toEnd: daysBetween(day, nextMonth) };
}

/** Give or take a day at the turn, because a weekend may have moved it. */
function isSamePlace(here: Place, other: Place): boolean {
  const isNear = (a: number, b: number): boolean => a <= 3 && b <= 3 && Math.abs(a - b) <= 1;
  return isNear(here.fromStart, other.fromStart) || isNear(here.toEnd, other.toEnd);
}
