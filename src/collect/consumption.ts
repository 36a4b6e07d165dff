import { type Day, type Month, toDay, toMonth } from '../model/instant.ts';
import type { Consumer, Consumption, Quota } from '../model/snapshot.ts';
import { monthBefore } from '../model/use-history.ts';
import type { AuditClient } from '../virustotal/audit-client.ts';
import { compareText } from './order.ts';
import { readAgainIfIncomplete } from './read-all.ts';
import { settleAll } from './settle-all.ts';

/** Budgets whose consumption by account the API tells (https://docs.virustotal.com/reference/get-group-usage). */
const CONSUMABLE = [
  'api_requests_daily',
  'api_requests_monthly',
  'intelligence_downloads_monthly',
  'intelligence_retrohunt_jobs_monthly',
  'intelligence_searches_monthly',
  'intelligence_vtdiff_creation_monthly',
  'private_scans_monthly',
  'private_urlscans_monthly',
] as const;

/** Read whatever its pool is, and to its end: it is the only sign of use that service accounts give. */
const API_REQUESTS = 'api_requests_monthly';

/** What shows that somebody is there: an account that searches all day in one session has an old last sign-in. */
const SIGNS_OF_USE = [API_REQUESTS, 'intelligence_searches_monthly', 'intelligence_downloads_monthly'] as const;

/** Months that can be asked for: this one and two before it. */
const REACH_MONTHS = 3;

/** At or above this an allowance is a way of saying "no limit" (1e8 to 6e10 were seen), so nobody can run it down. */
const UNLIMITED_FROM = 100_000_000;

/** Whether consumption by account is asked for, given the group's pool of this quota. */
export function isPooled(name: string, { allowed }: Quota): boolean {
  if (!CONSUMABLE.some((consumable) => consumable === name)) return false;
  return name === API_REQUESTS || (allowed > 0 && allowed < UNLIMITED_FROM);
}

/** Quotas whose consumers are read as signs of use: the API always, the others where the group is licensed for them. */
export function signsOfUse(quotas: Readonly<Record<string, Quota>>): readonly string[] {
  return SIGNS_OF_USE.filter((name) => name === API_REQUESTS || (quotas[name]?.allowed ?? 0) > 0);
}

/** Reads who consumed what; each list once, whoever asks for it. */
export interface ConsumptionReader {
  /** This month's consumption of each pooled quota; of the daily one, today's. */
  readCurrent(client: AuditClient, quotas: Readonly<Record<string, Quota>>): Promise<readonly Consumption[]>;
  /** Who used the API on these days, and in their months. */
  readDays(client: AuditClient, days: readonly Day[]): Promise<readonly Consumption[]>;
  /** Who used the group at all, in every month that can be asked for, to the last account. */
  readUse(client: AuditClient, quotas: Readonly<Record<string, Quota>>): Promise<readonly Consumption[]>;
  /** The largest users of the API on these days. */
  readSingleDays(client: AuditClient, days: readonly Day[]): Promise<readonly Consumption[]>;
  /** Who used the API on these days, to the last account. */
  readWholeDays(client: AuditClient, days: readonly Day[]): Promise<readonly Consumption[]>;
}

/** How far lists are read that more than one section asks for. */
export interface ReaderOptions {
  /** Whether lists of months that are signs of use are read to the last account, whoever asks first. */
  readonly useToTheEnd: boolean;
  /** Days of which the same holds. */
  readonly wholeDays: readonly Day[];
}

/** A reader for one audit. */
export function createConsumptionReader(at: Date, options: ReaderOptions): ConsumptionReader {
  const today = toDay(at);
  const thisMonth = toMonth(at);
  const reads = new Map<string, Promise<Consumption>>();

  const read = (client: AuditClient, quota: string, period: string): Promise<Consumption> => {
    const name = `${quota} ${period}`;
    const known = reads.get(name);
    if (known !== undefined) return known;
    const isUse = options.useToTheEnd && SIGNS_OF_USE.some((name) => name === quota);
    const isDay = options.wholeDays.includes(period);
    const toTheEnd = isUse || isDay || (quota === API_REQUESTS && period === thisMonth);
    const reading = readAgainIfIncomplete(() => readConsumers(client, { quota, period, toTheEnd }));
    reads.set(name, reading);
    return reading;
  };

  const readEachDay = (client: AuditClient, days: readonly Day[]): Promise<readonly Consumption[]> =>
    settleAll(days.map((day) => read(client, 'api_requests_daily', day)));

  return {
    readCurrent(client, quotas) {
      const pooled = CONSUMABLE.filter((name) => {
        const quota = quotas[name];
        return name === API_REQUESTS || (quota !== undefined && isPooled(name, quota));
      });
      return settleAll(pooled.map((name) => read(client, name, name.endsWith('_daily') ? today : thisMonth)));
    },
    readDays(client, days) {
      const months = [...new Set(days.map(toMonth))].sort();
      return settleAll([
        ...days.map((day) => read(client, 'api_requests_daily', day)),
        ...months.map((month) => read(client, API_REQUESTS, month)),
      ]);
    },
    readUse(client, quotas) {
      const months = reachableMonths(thisMonth);
      return settleAll(signsOfUse(quotas).flatMap((quota) => months.map((month) => read(client, quota, month))));
    },
    readSingleDays: readEachDay,
    // Whether they are read to their end was said when the reader was made.
    readWholeDays: readEachDay,
  };
}

/** Oldest first. */
function reachableMonths(last: Month): readonly Month[] {
  const months: Month[] = [last];
  while (months.length < REACH_MONTHS) months.unshift(monthBefore(months[0] ?? last));
  return months;
}

interface ConsumersWanted {
  readonly quota: string;
  readonly period: string;
  /** Down to the accounts without use; otherwise the first page will do. */
  readonly toTheEnd: boolean;
}

/**
 * The consumers of a quota, most first. An early stop relies on the order that was asked for, so it is checked: a list that comes
 * unordered is read to its end and sorted here.
 */
async function readConsumers(client: AuditClient, { quota, period, toTheEnd }: ConsumersWanted): Promise<Consumption> {
  const consumers: Consumer[] = [];
  let ordered = true;
  let complete = true;
  let least = Number.POSITIVE_INFINITY;
  for await (const { items, more } of client.usersConsumingQuota({ quota, period })) {
    for (const { id, used } of items) {
      ordered &&= used <= least;
      least = used;
      if (used > 0) consumers.push({ id, used });
    }
    if (ordered && least === 0) break;
    if (ordered && !toTheEnd) {
      complete = !more;
      if (more) break;
    }
  }
  return { quota, period, consumers: consumers.sort((a, b) => b.used - a.used || compareText(a.id, b.id)), complete };
}
