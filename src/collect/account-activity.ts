import { addDays, type Day, eachDay, toDay } from '../model/instant.ts';
import type { Consumption, Quota, UseOfMonth } from '../model/snapshot.ts';
import type { AuditClient } from '../virustotal/audit-client.ts';
import type { ConsumptionReader } from './consumption.ts';
import { MissingSection } from './missing-section.ts';

/** Finished days whose consumers are read one by one, today left out. */
const RECENT_DAYS = 5;

/** Who used the group in the months that the API still tells of. A list that ends early would make its rest look idle. */
export async function readAccountActivity(
  client: AuditClient,
  { consumers, quotas, at }: { consumers: ConsumptionReader; quotas: Readonly<Record<string, Quota>>; at: Date },
): Promise<readonly UseOfMonth[]> {
  const lists = await consumers.readUse(client, quotas);
  return lists.map((list) => {
    requireWhole(list);
    return {
      quota: list.quota,
      month: list.period,
      readOn: toDay(at),
      used: Object.fromEntries(list.consumers.map(({ id, used }) => [id, used])),
    };
  });
}

/** The last finished days, oldest first. */
export function recentDays(at: Date): readonly Day[] {
  const today = toDay(at);
  return eachDay(addDays(today, -RECENT_DAYS), addDays(today, -1));
}

/** Who used the API on each of the last finished days. */
export async function readRecentDays(
  client: AuditClient,
  consumers: ConsumptionReader,
  at: Date,
): Promise<readonly Consumption[]> {
  const lists = await consumers.readWholeDays(client, recentDays(at));
  lists.forEach(requireWhole);
  return lists;
}

function requireWhole({ quota, period, complete }: Consumption): void {
  if (!complete)
    throw new MissingSection(`The list of who consumed ${quota} in ${period} was not read to its end.`, null);
}
