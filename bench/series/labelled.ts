import { addDays, type Day, toDay, weekdayOf } from '../../src/rule.ts';
import { AWKWARD_SHAPES } from './awkward-shapes.ts';
import { type Random, seeded } from './random.ts';
import { type CalendarDay, SHAPES } from './shapes.ts';

/** A series of finished days with the days that a judge should report. */
export interface LabelledSeries {
  readonly shape: string;
  readonly seed: number;
  readonly firstDay: Day;
  readonly calls: readonly number[];
  /** Indices of days within an incident. */
  readonly incidentDays: ReadonlySet<number>;
}

/** Days of a series: what the vendor still shows. */
export const SERIES_DAYS = 60;
/** The days that are scored: the last thirty. */
export const FIRST_SCORED = SERIES_DAYS - 30;

/** The calendar of consecutive days. */
export function calendarFrom(firstDay: Day, length: number): CalendarDay[] {
  return Array.from({ length }, (_, index) => {
    const day = addDays(firstDay, index);
    const dayOfMonth = Number(day.slice(8));
    const monthEnd = toDay(new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)), 0)));
    return { weekday: weekdayOf(day), dayOfMonth, daysToMonthEnd: Number(monthEnd.slice(8)) - dayOfMonth };
  });
}

/** Shapes draw from streams of their own: one unlucky seed must not count for all of them. */
export function seedFor(shape: string, seed: number): number {
  return Array.from(shape).reduce((mixed, letter) => Math.imul(mixed, 31) + letter.charCodeAt(0), seed);
}

/** A series of a shape in which nothing happens. */
export function quietSeries(shape: string, seed: number): LabelledSeries {
  const random = seeded(seedFor(shape, seed));
  const make = SHAPES[shape] ?? AWKWARD_SHAPES[shape];
  if (make === undefined) throw new Error(`no shape is called ${shape}`);
  const firstDay = addDays('2026-01-01', random.integer(0, 364));
  const calls = make(random, calendarFrom(firstDay, SERIES_DAYS));
  return { shape, seed, firstDay, calls, incidentDays: new Set() };
}

/** The same with one to three incidents; most of the series also carry up to four older ones, before the scored days. */
export function seriesWithIncidents(shape: string, seed: number): LabelledSeries {
  const quiet = quietSeries(shape, seed);
  const random = seeded(seedFor(shape, seed) ^ 0x5bd1e995);
  const calls = [...quiet.calls];
  const incidentDays = new Set<number>();
  const old = random.chance(0.7) ? random.integer(1, 4) : 0;
  for (let count = 0; count < old; count += 1) {
    inject(random, quiet.calls, calls, incidentDays, random.integer(2, FIRST_SCORED - 6));
  }
  const recent = random.integer(1, 3);
  for (let count = 0; count < recent; count += 1) {
    inject(random, quiet.calls, calls, incidentDays, random.integer(FIRST_SCORED, SERIES_DAYS - 1));
  }
  return { ...quiet, calls, incidentDays };
}

/**
 * Adds one incident of one to four days, unless another lies within a week. Its size is 2.5 to 10 times a busy day around it (the 80th
 * percentile of days with use), so that it stands above what the series does by itself.
 */
function inject(random: Random, quiet: readonly number[], calls: number[], labels: Set<number>, start: number): void {
  if ([...labels].some((day) => Math.abs(day - start) < 7)) return;
  const length = random.chance(0.65) ? 1 : random.integer(2, 4);
  const around = quiet
    .slice(Math.max(0, start - 21), start + 7)
    .filter((count) => count > 0)
    .sort((a, b) => a - b);
  const busy = Math.max(12, around[Math.floor(around.length * 0.8)] ?? 0);
  const factor = Math.exp(random.between(Math.log(2.5), Math.log(10)));
  for (let index = start; index < Math.min(start + length, calls.length); index += 1) {
    calls[index] = (quiet[index] ?? 0) + random.poisson(busy * factor * random.between(0.85, 1.15));
    labels.add(index);
  }
}
