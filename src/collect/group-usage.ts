import { addDays, type Day, eachDay, toDay } from '../model/instant.ts';
import type { UsageDay } from '../model/snapshot.ts';
import { ApiError } from '../virustotal/api-error.ts';
import type { AuditClient, UsageRange } from '../virustotal/audit-client.ts';
import type { WireUsage } from '../virustotal/wire/usage.ts';
import { sortKeys } from './order.ts';
import { settleAll } from './settle-all.ts';

/** What the vendor keeps, today included, and how much of it one request may ask for. */
const KEPT_DAYS = 60;
const DAYS_PER_REQUEST = 30;

/**
 * The group's use of the last 60 days, in two requests, or of the last 30 where the API refuses to tell of earlier ones: it was documented
 * both ways. A day that the API leaves out is a day without use.
 */
export async function readGroupUsage(client: AuditClient, at: Date): Promise<readonly UsageDay[]> {
  const today = toDay(at);
  const older = { from: addDays(today, 1 - KEPT_DAYS), to: addDays(today, -DAYS_PER_REQUEST) };
  const newer = { from: addDays(today, 1 - DAYS_PER_REQUEST), to: today };
  const parts = await settleAll([readIfKept(client, older), readRange(client, newer)]);
  return parts.flat();
}

/** No day at all where the request as such is refused: other failures say nothing of what the API keeps. */
async function readIfKept(client: AuditClient, range: UsageRange): Promise<readonly UsageDay[]> {
  try {
    return await readRange(client, range);
  } catch (error) {
    if (error instanceof ApiError && error.kind === 'refused' && error.status === 400) return [];
    throw error;
  }
}

/** The cheapest question that only an administrator's key gets an answer to: today's use. */
export async function probeGroupUsage(client: AuditClient, at: Date): Promise<void> {
  const today = toDay(at);
  await client.groupUsage({ from: today, to: today });
}

async function readRange(client: AuditClient, range: UsageRange): Promise<readonly UsageDay[]> {
  return readDailyUse(range, (asked) => client.groupUsage(asked));
}

/** Every day of the range as `ask` answers for it. A day that the API leaves out is a day without use. */
export async function readDailyUse(
  range: UsageRange,
  ask: (range: UsageRange) => Promise<WireUsage>,
): Promise<readonly UsageDay[]> {
  const usage = await ask(range);
  requireDaysWithin(range, usage);
  return eachDay(range.from, range.to).map((day) => ({
    day,
    calls: sortKeys(usage.daily[day] ?? {}),
    freeCalls: sortKeys(usage.dailyFree[day] ?? {}),
  }));
}

/** Days that were not asked for mean that the dates were ignored, and that the days asked for are not zero but unknown. */
function requireDaysWithin({ from, to }: UsageRange, { daily, dailyFree }: WireUsage): void {
  const isOutside = (day: Day): boolean => day < from || day > to;
  if ([...Object.keys(daily), ...Object.keys(dailyFree)].some(isOutside)) {
    throw new ApiError({
      kind: 'incomplete',
      operation: 'read the use of the API',
      because: 'the API answered for other days than it was asked for',
    });
  }
}
