import type { DayCalls } from './daily-use.ts';
import { addDays, type Day, daysBetween } from './instant.ts';

/** The two heights of what recurs at the turn of months differ by less than this factor. */
const ALIKE = 2;
/** A month begins and ends with so many days. */
const TURN_DAYS = 3;
/** Twice as high as nothing is nothing: what recurs lies at least so far above what is expected. */
const LEAST_LIFT = 0.3;

/**
 * Takes away the lift of a day at the turn of a month that had its like at the same turn of another month, as a multiple or as an
 * amount: invoices, monthly exports. Two incidents that fall on the same turn by chance are seldom alike.
 */
export function withoutMonthsTurn(
  days: readonly DayCalls[],
  expected: readonly number[],
  lifts: readonly number[],
): readonly number[] {
  const turns = days.map(({ day }) => turnOf(day));
  const added = (of: number): number => (days[of]?.calls ?? 0) - (expected[of] ?? 0);
  const isLike = (index: number, other: number): boolean =>
    isWithin(ALIKE, (1 + (lifts[index] ?? 0)) / (1 + (lifts[other] ?? 0))) ||
    isWithin(ALIKE, added(index) / Math.max(1, added(other)));
  const isAnotherMonth = (index: number, other: number): boolean =>
    Math.abs(daysBetween(days[index]?.day ?? '', days[other]?.day ?? '')) > 20;
  return lifts.map((lift, index) => {
    const turn = turns[index];
    if (turn === null || lift <= 0) return lift;
    const recurs = turns.some(
      (place, other) =>
        place === turn && (lifts[other] ?? 0) > LEAST_LIFT && isAnotherMonth(index, other) && isLike(index, other),
    );
    return recurs ? 0 : lift;
  });
}

const isWithin = (factor: number, ratio: number): boolean => ratio < factor && ratio > 1 / factor;

/** Three days, because a weekend may move what is due on the first or the last. */
function turnOf(day: Day): 'start' | 'end' | null {
  if (Number(day.slice(8)) <= TURN_DAYS) return 'start';
  return addDays(day, TURN_DAYS).slice(0, 7) === day.slice(0, 7) ? null : 'end';
}
