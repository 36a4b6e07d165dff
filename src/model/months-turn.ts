import type { DayCalls } from './daily-use.ts';
import { addDays, type Day, daysBetween } from './instant.ts';

/** Takes away what the same place at the turn of another month had too: invoices, monthly exports. */
export function withoutMonthsTurn(days: readonly DayCalls[], lifts: readonly number[]): number[] {
  const places = days.map(({ day }) => placeInMonth(day));
  const isAnotherMonth = (index: number, other: number): boolean =>
    Math.abs(daysBetween(days[index]?.day ?? '', days[other]?.day ?? '')) > 20;
  return lifts.map((lift, index) => {
    const here = places[index];
    if (here === undefined || lift <= 0 || (here.fromStart > 3 && here.toEnd > 3 && here.fromStart < 28)) return lift;
    const same = lifts.filter((_, other) => isSamePlace(here, places[other]) && isAnotherMonth(index, other));
    return Math.max(0, lift - 1.6 * Math.max(0, ...same));
  });
}

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

/** Give or take a day at the turn, because a weekend may have moved it; or the very date from the 28th on. */
function isSamePlace(here: Place, other: Place | undefined): boolean {
  if (other === undefined) return false;
  const isNear = (a: number, b: number): boolean => a <= 3 && b <= 3 && Math.abs(a - b) <= 1;
  return (
    isNear(here.fromStart, other.fromStart) ||
    isNear(here.toEnd, other.toEnd) ||
    (here.fromStart >= 28 && here.fromStart === other.fromStart)
  );
}
