import { busyAccounts, callsByAccount } from '../model/account-days.ts';
import { median } from '../model/averages.ts';
import type { Day } from '../model/instant.ts';
import type { AccountDay } from '../model/snapshot.ts';
import { compareText } from './order.ts';

/** What a day must have over the account's middle day to be worth a question: it says where to look, not that anything is wrong. */
const LEAST_TIMES = 3;
const LEAST_MORE = 50;

/** Older days only tell what is usual. */
const USUAL_FROM: Day = '0000-01-01';

/**
 * Accounts with a day in the range that lies far above their middle day, those first that stand out most. Roots weigh the multiple and
 * the amount alike.
 */
export function selectPeakAccounts(
  days: readonly AccountDay[],
  { from, to }: { readonly from: Day; readonly to: Day },
): readonly string[] {
  const accounts = busyAccounts(days, { from, to, least: LEAST_MORE });
  const rows = [...callsByAccount(days, { from: USUAL_FROM, to, accounts })].flatMap(([id, series]) => {
    const usual = median(series.map(({ calls }) => calls));
    const highest = Math.max(0, ...series.filter(({ day, listed }) => listed && day >= from).map(({ calls }) => calls));
    // Of an account that was hardly seen before, the middle day is the peak itself.
    const isPeak = highest >= LEAST_TIMES * usual && highest - usual >= LEAST_MORE;
    return isPeak ? [{ id, excess: Math.sqrt(highest) - Math.sqrt(usual) }] : [];
  });
  return rows.sort((a, b) => b.excess - a.excess || compareText(a.id, b.id)).map(({ id }) => id);
}
