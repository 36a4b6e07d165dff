import { addDays, type Day, nextMonthStart, toDay, toMonth } from '../../src/rule.ts';
import { calendarFrom, seedFor } from './labelled.ts';
import { seeded } from './random.ts';
import { SHAPES } from './shapes.ts';

/** A monthly budget in the middle of its month, with what happened afterwards. */
export interface BudgetCase {
  readonly shape: string;
  readonly seed: number;
  readonly at: Date;
  readonly allowed: number;
  readonly used: number;
  /** Days up to and including today, of which only the past part is in it. */
  readonly days: readonly { readonly day: Day; readonly calls: number }[];
  /** The day on which it ran out; null: not before the reset. */
  readonly ranOutOn: Day | null;
}

const PAST = 60;
const LENGTH = 100;

/**
 * A shape's series cut at a random hour between the 4th and the 27th of a month. The budget is what the present pace (the mean of the
 * last four weeks) would use in a random number of days to come, so that nothing in it knows the future.
 */
export function budgetCase(shape: string, seed: number): BudgetCase {
  const random = seeded(seedFor(shape, seed));
  const make = SHAPES[shape];
  if (make === undefined) throw new Error(`no shape is called ${shape}`);
  const today = `2026-${String(random.integer(3, 12)).padStart(2, '0')}-${String(random.integer(4, 27)).padStart(2, '0')}`;
  const firstDay = addDays(today, -PAST);
  const calls = make(random, calendarFrom(firstDay, LENGTH));
  const dayShare = random.integer(1, 23) / 24;
  const at = new Date(Date.parse(`${today}T00:00:00Z`) + dayShare * 86_400_000);
  const days = calls.map((count, index) => ({ day: addDays(firstDay, index), calls: count }));
  const past = days
    .slice(0, PAST + 1)
    .map((one) => (one.day === today ? { ...one, calls: Math.round(one.calls * dayShare) } : one));
  const used = past.filter(({ day }) => toMonth(day) === toMonth(today)).reduce((sum, one) => sum + one.calls, 0);
  const pace = past.slice(PAST - 28, PAST).reduce((sum, one) => sum + one.calls, 0) / 28;
  const reset = toDay(nextMonthStart(at));
  const allowed = used + Math.max(1, Math.round(pace * random.between(0.5, 26)));
  return {
    shape,
    seed,
    at,
    allowed,
    used,
    days: past,
    ranOutOn: runOutDay(days.slice(PAST), allowed - used, past.at(-1)?.calls ?? 0, reset),
  };
}

function runOutDay(
  future: readonly { day: Day; calls: number }[],
  remaining: number,
  spentToday: number,
  reset: Day,
): Day | null {
  let left = remaining + spentToday;
  for (const { day, calls } of future) {
    left -= calls;
    if (left <= 0) return day < reset ? day : null;
  }
  return null;
}
