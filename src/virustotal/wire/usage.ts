import { z } from 'zod';
import { wireNumber } from './envelope.ts';

/** Calls by endpoint and day. Days without use may be absent or empty. */
export interface WireUsage {
  /** Calls that cost quota. */
  readonly daily: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Calls that do not. */
  readonly dailyFree: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const calls = z.record(z.string(), wireNumber).transform(byBareName);
const days = z.record(z.iso.date(), calls);

const fourKeys = z
  .object({ daily: days, daily_endpoints_not_consuming_quota: days.nullish() })
  .transform((usage) => ({ daily: usage.daily, dailyFree: usage.daily_endpoints_not_consuming_quota ?? {} }));

/**
 * `/groups/{id}/api_usage` and `/users/{id}/api_usage`. The vendor's pages and scripts disagree on the `data` wrapper, on endpoint
 * names (`files` or `/api/v3/(files)`) and on the keys of free calls (https://docs.virustotal.com/reference/group-api-usage): all
 * forms are read. The totals beside the days are not: they are recomputed from the days.
 */
export const wireUsage: z.ZodType<WireUsage> = z.union([
  z.object({ data: fourKeys }).transform((envelope) => envelope.data),
  fourKeys,
]);

function byBareName(named: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const bare = new Map<string, number>();
  for (const [name, count] of Object.entries(named)) {
    const key = /^\/api\/v\d+\/\((.+)\)$/u.exec(name)?.[1] ?? name;
    bare.set(key, (bare.get(key) ?? 0) + count);
  }
  return Object.fromEntries(bare);
}
