import { addDays, toDay } from '../model/instant.ts';
import type { ActivityEntry, ActivityLog } from '../model/snapshot.ts';
import { ApiError, type ApiErrorKind } from '../virustotal/api-error.ts';
import type { AuditClient } from '../virustotal/audit-client.ts';
import type { WireActivity } from '../virustotal/wire/activity.ts';
import { compareText } from './order.ts';

/** Days that are asked for. */
const DAYS = 45;

/** Pages that are read at most: the log explains changes, and is not itself audited. */
const MAX_PAGES = 2;

/** Answers that mean "not for this licence" rather than a fault. No page of the vendor's says which of them it is. */
const UNAVAILABLE: ReadonlySet<ApiErrorKind> = new Set<ApiErrorKind>(['forbidden', 'not_found', 'refused']);

/**
 * The newest entries of the log. Its order is not documented, so it is sorted here; when the pages that are read are not all there are,
 * `since` is the oldest entry that was seen.
 * @throws ApiError
 */
export async function readActivityLog(client: AuditClient, at: Date): Promise<ActivityLog> {
  const from = addDays(toDay(at), -DAYS);
  try {
    const read: WireActivity[] = [];
    let pages = 0;
    let more = false;
    for await (const page of client.activityLog({ from })) {
      read.push(...page.items);
      pages += 1;
      more = page.more;
      if (pages === MAX_PAGES) break;
    }
    const entries = read.map(toEntry).sort(compareEntries);
    return {
      available: true,
      entries,
      since: more ? (entries.at(-1)?.at ?? at.toISOString()) : `${from}T00:00:00.000Z`,
    };
  } catch (error) {
    if (error instanceof ApiError && UNAVAILABLE.has(error.kind)) {
      return { available: false, entries: [], since: at.toISOString() };
    }
    throw error;
  }
}

function toEntry({ date, action, affected, actor }: WireActivity): ActivityEntry {
  return { at: new Date(date * 1_000).toISOString(), action, affected, actor };
}

/** Newest first. */
function compareEntries(one: ActivityEntry, other: ActivityEntry): number {
  return (
    compareText(other.at, one.at) ||
    compareText(one.action, other.action) ||
    compareText(one.affected ?? '', other.affected ?? '')
  );
}
