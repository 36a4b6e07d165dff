import type { DayCalls } from './daily-use.ts';
import { type Day, daysBetween } from './instant.ts';

/** The two heights of what recurs at the turn of months differ by less than this factor. */
const ALIKE = 2;
/** A month begins and ends with so many days. */
const TURN_DAYS = 3;
/** Twice as high as nothing is nothing: what recurs lies at least so far above what is expected. */
const LEAST_LIFT = 0.3;

/**
 * Takes away the lift of a day at the turn of a month that had its like at the same place of another month's, as a multiple or as an
 * amount: invoices, monthly exports. Two incidents that fall on the same place by chance are seldom alike.
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
    if (turn == null || lift <= 0) return lift;
    const recurs = turns.some(
      (place, other) =>
        isSamePlace(turn, place) &&
        (lifts[other] ?? 0) > LEAST_LIFT &&
        isAnotherMonth(index, other) &&
        isLike(index, other),
    );
    return recurs ? 0 : lift;
  });
}

const isWithin = (factor: number, ratio: number): boolean => ratio < factor && ratio > 1 / factor;

/** A place in the first or last days of a month, by both ways in which people set dates. */
interface Turn {
  readonly side: 'start' | 'end';
  /** 1 for the first, or the last, day. */
  readonly day: number;
  /** 1 for the first, or the last, working day (Monday to Friday); null at a weekend. */
  readonly workingDay: number | null;
}

function turnOf(day: Day): Turn | null {
  const date = new Date(`${day}T00:00:00Z`);
  const fromStart = date.getUTCDate();
  const fromEnd = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate() - fromStart + 1;
  if (Math.min(fromStart, fromEnd) > TURN_DAYS) return null;
  const [side, place, towardsEdge] =
    fromStart <= TURN_DAYS ? (['start', fromStart, -1] as const) : (['end', fromEnd, 1] as const);
  const isWorking = (away: number): boolean => ((date.getUTCDay() + towardsEdge * away + 7) % 7) % 6 !== 0;
  const working = Array.from({ length: place }, (_, away) => away).filter(isWorking).length;
  return { side, day: place, workingDay: isWorking(0) ? working : null };
}

/** What falls on a weekend may be moved: the day of the month need not be the same where the working day is. */
function isSamePlace(one: Turn, other: Turn | null): boolean {
  if (one.side !== other?.side) return false;
  return one.day === other.day || (one.workingDay !== null && one.workingDay === other.workingDay);
}
