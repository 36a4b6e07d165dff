import type { Quota, Section } from './snapshot.ts';

/** How a quota may be judged. Only a `budget` has a limit that can be used up and a reset. */
export type QuotaKind = 'budget' | 'no_limit' | 'not_licensed' | 'rate' | 'gauge';

/** From this allowance on a quota counts as unlimited, unless the configuration says otherwise. */
export const UNLIMITED_FROM = 100_000_000;

/**
 * Tells budgets from what only looks like one. The vendor writes "no limit" as 1e9 (hourly 6e10), "not licensed" as 0; hourly and
 * per-minute figures are rates, and names without a period count what is stored, such as active hunting rules.
 */
export function quotaKind(name: string, quota: Quota, unlimitedFrom: number = UNLIMITED_FROM): QuotaKind {
  if (/_(?:hourly|per_minute)$/.test(name)) return 'rate';
  if (!/_(?:daily|monthly)$/.test(name)) return 'gauge';
  if (quota.allowed <= 0) return 'not_licensed';
  return quota.allowed >= unlimitedFrom ? 'no_limit' : 'budget';
}

/**
 * The other group whose pool a quota is drawn from, as the auditor's own account is told; null where it is the group's own, or nothing is
 * known. What the group shows of such a quota is not what runs out.
 */
export function otherPool(
  name: string,
  group: string,
  pools: Section<Readonly<Record<string, string>>>,
): string | null {
  const owner = pools.present ? pools.value[name] : undefined;
  return owner === undefined || owner.toLowerCase() === group.toLowerCase() ? null : owner;
}
