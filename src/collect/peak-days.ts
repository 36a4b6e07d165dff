import { type Day, weekdayOf } from '../model/instant.ts';
import type { UsageDay } from '../model/snapshot.ts';

const RECENT_DAYS = 30;
const PEAK_DAYS = 3;

/**
 * The finished days of the last 30 whose calls stand out most above the median of the other days of the same weekday, at most three,
 * ascending. It says where to look, not that anything is wrong: a day without use or below its median is never among them. The last
 * entry of `usage` is today, which is not over.
 */
export function selectPeakDays(usage: readonly UsageDay[]): readonly Day[] {
  const finished = usage.slice(0, -1).map(({ day, calls }) => ({ day, total: sum(Object.values(calls)) }));
  const excessOf = ({ day, total }: { readonly day: Day; readonly total: number }): number => {
    const others = finished.filter((other) => other.day !== day && weekdayOf(other.day) === weekdayOf(day));
    return total - median(others.map((other) => other.total));
  };
  return finished
    .slice(-RECENT_DAYS)
    .map((candidate) => ({ day: candidate.day, excess: excessOf(candidate) }))
    .filter(({ excess }) => excess > 0)
    .sort((a, b) => b.excess - a.excess || (a.day < b.day ? 1 : -1))
    .slice(0, PEAK_DAYS)
    .map(({ day }) => day)
    .sort();
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
