import { addDays, type Day, type Month, toDay, toMonth } from './instant.ts';
import type { UseOfMonth } from './snapshot.ts';

/** The quota that every account which uses the API consumes of. */
const API_REQUESTS = 'api_requests_monthly';

/** What lists of use by month tell of single accounts. */
export interface UseHistory {
  /** The first day from which on every month was read whole; the day after the last one where none was. */
  readonly since: Day;
  /**
   * The last day on which the account can have used the API, searched or downloaded: the end of the last month in which it did, or
   * today. Null: not at all since `since`.
   */
  lastPossibleUse(id: string): Day | null;
}

/**
 * Joins what was read now with what earlier audits read. A month that was last read before it ended is not known whole, and ends the
 * history, unless it is the present one.
 */
export function toUseHistory(now: readonly UseOfMonth[], earlier: readonly UseOfMonth[], at: Date): UseHistory {
  const uses = [...new Map([...earlier, ...now].map((use) => [`${use.quota} ${use.month}`, use])).values()];
  const today = toDay(at);
  const whole = new Set(
    uses
      .filter(({ quota, month, readOn }) => quota === API_REQUESTS && (readOn > lastDayOf(month) || readOn === today))
      .map(({ month }) => month),
  );
  let since = addDays(today, 1);
  for (let month = toMonth(at); whole.has(month); month = monthBefore(month)) since = `${month}-01`;
  const known = uses.filter(({ month }) => `${month}-01` >= since);
  return {
    since,
    lastPossibleUse(id) {
      const months = known.filter(({ used }) => Object.hasOwn(used, id) && (used[id] ?? 0) > 0);
      const last =
        months
          .map(({ month }) => lastDayOf(month))
          .sort()
          .at(-1) ?? null;
      return last !== null && last > today ? today : last;
    },
  };
}

/** The last day of a month. */
export function lastDayOf(month: Month): Day {
  return addDays(`${toMonth(`${addDays(`${month}-28`, 4)}T00:00:00Z`)}-01`, -1);
}

/** The month before another. */
export function monthBefore(month: Month): Month {
  return addDays(`${month}-01`, -1).slice(0, 7);
}
