import { median } from './averages.ts';

/** A figure of a day with its weekday; null where the day does not count. */
interface WeekdayFigure {
  readonly weekday: number;
  readonly figure: number | null;
}

const KINDS = [
  [0, 6],
  [1, 2, 3, 4, 5],
];

/** By weekday: how it differs. It differs from the other working (or weekend) days only where that is beyond chance. */
export function weekdayEffects(days: readonly WeekdayFigure[]): readonly number[] {
  const of = (weekdays: readonly number[]): readonly number[] =>
    days.flatMap(({ weekday, figure }) => (figure !== null && weekdays.includes(weekday) ? figure : []));
  const kinds = KINDS.map((weekdays) => {
    const alike = of(weekdays);
    const shared = median(alike);
    return { weekdays, shared, spread: 1.4826 * median(alike.map((value) => Math.abs(value - shared))) };
  });
  return [0, 1, 2, 3, 4, 5, 6].map((weekday) => {
    const { shared, spread } = kinds.find(({ weekdays }) => weekdays.includes(weekday)) ?? { shared: 0, spread: 0 };
    const own = of([weekday]);
    const isBeyondChance = Math.abs(median(own) - shared) > (1.5 * spread) / Math.sqrt(own.length);
    return own.length > 0 && isBeyondChance ? median(own) : shared;
  });
}
