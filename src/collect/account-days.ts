import { joinAccountDays } from '../model/account-days.ts';
import { addDays, type Day, eachDay, toDay, toMonth } from '../model/instant.ts';
import type { AccountDay, AccountUsage } from '../model/snapshot.ts';
import { monthBefore } from '../model/use-history.ts';
import { ApiError } from '../virustotal/api-error.ts';
import type { AuditClient } from '../virustotal/audit-client.ts';
import type { ConsumptionReader } from './consumption.ts';
import { readDailyUse } from './group-usage.ts';
import { selectPeakAccounts } from './peak-accounts.ts';
import { settleAll } from './settle-all.ts';

/** Finished days that a history of single accounts is to reach back: as far as the vendor keeps the group's. */
const HISTORY_DAYS = 60;
/** Days that one run reads, at most, each with one request: what is new, and some of what is old. */
const MOST_DAYS = 10;
/** Accounts that one run asks about, at most, each with one request; one fewer where it asks the auditor's own for its pools. */
const MOST_ACCOUNTS = 3;
/** Finished days of such an account: as many as are judged, and as one request may ask for. */
const ACCOUNT_DAYS = 30;

/** Which use by account a run reads. It is decided before the run, because each day and each account is a request. */
export interface AccountReading {
  /** What earlier runs read. */
  readonly known: readonly AccountDay[];
  /** Newest first. */
  readonly days: readonly Day[];
  /** How many accounts may be asked about. */
  readonly accounts: number;
}

/** What a run may spend on it. */
interface Allowance {
  /** Requests that may be made for it; absent: as many as it takes. */
  readonly requests?: number;
  /** Whether the run asks for the pools behind the quotas as well. */
  readonly asksForPools?: boolean;
}

/** What a run reads that may make so many requests for it. */
export function planAccountReading(
  known: readonly AccountDay[],
  at: Date,
  { requests = Number.POSITIVE_INFINITY, asksForPools = false }: Allowance = {},
): AccountReading {
  const left = Math.max(0, requests);
  const days = unreadDays(known, at).slice(0, Math.min(MOST_DAYS, left));
  return { known, days, accounts: Math.min(MOST_ACCOUNTS - (asksForPools ? 1 : 0), left - days.length) };
}

/**
 * Finished days that nobody read, newest first, as far back as the API tells. A day that was read on the morning after is read once more:
 * how soon the vendor counts a late call is not documented.
 */
function unreadDays(known: readonly AccountDay[], at: Date): readonly Day[] {
  const today = toDay(at);
  const reach = `${monthBefore(monthBefore(toMonth(at)))}-01`;
  const oldest = addDays(today, -HISTORY_DAYS);
  const settled = new Set(known.filter(({ day, readOn }) => readOn > addDays(day, 1)).map(({ day }) => day));
  const readToday = new Set(known.filter(({ readOn }) => readOn === today).map(({ day }) => day));
  return eachDay(oldest > reach ? oldest : reach, addDays(today, -1))
    .filter((day) => !settled.has(day) && !readToday.has(day))
    .toReversed();
}

/** Who used the API on these days: the first page of each, oldest day first. */
export async function readAccountDays(
  client: AuditClient,
  { consumers, days, at }: { consumers: ConsumptionReader; days: readonly Day[]; at: Date },
): Promise<readonly AccountDay[]> {
  const lists = await consumers.readSingleDays(client, days.toSorted());
  return lists.map((list) => ({
    day: list.period,
    readOn: toDay(at),
    complete: list.complete,
    used: Object.fromEntries(list.consumers.map(({ id, used }) => [id, used])),
  }));
}

/** What the accounts that seem to stand out most called, day by day. One that the API does not show is left out. */
export async function readPeakAccounts(
  client: AuditClient,
  { read, reading, at }: { read: readonly AccountDay[]; reading: AccountReading; at: Date },
): Promise<readonly AccountUsage[]> {
  const to = addDays(toDay(at), -1);
  const range = { from: addDays(to, 1 - ACCOUNT_DAYS), to };
  const ids = selectPeakAccounts(joinAccountDays([...reading.known, ...read]), range).slice(0, reading.accounts);
  const usages = await settleAll(ids.toSorted().map((id) => readAccount(client, id, range)));
  return usages.filter((usage) => usage !== null);
}

async function readAccount(
  client: AuditClient,
  id: string,
  range: { readonly from: Day; readonly to: Day },
): Promise<AccountUsage | null> {
  try {
    return { id, days: await readDailyUse(range, (asked) => client.accountUsage(id, asked)) };
  } catch (error) {
    // It has left the group, or its kind is shown elsewhere: what it used is known all the same, only not by endpoint.
    if (error instanceof ApiError && (error.kind === 'not_found' || error.kind === 'forbidden')) return null;
    throw error;
  }
}
