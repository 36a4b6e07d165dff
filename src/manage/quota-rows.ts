import { type Instant, nextDayStart, nextMonthStart } from '../model/instant.ts';
import { type QuotaKind, quotaKind } from '../model/quota.ts';
import type { Quota } from '../model/snapshot.ts';

/** A quota with what can be said of it at one moment. */
export interface QuotaLine extends Quota {
  readonly name: string;
  readonly kind: QuotaKind;
  /** Used of allowed; null where there is no allowance that can be used up. */
  readonly share: number | null;
  readonly resetsAt: Instant | null;
  /** What will be used by the reset if the use goes on as it has so far; null where nothing can be said yet. */
  readonly forecast: { readonly used: number; readonly runsOutAt: Instant | null } | null;
}

/** So much of a period must be over before its use says anything about the rest. */
const LEAST_ELAPSED = 0.1;

/** Quotas as lines, sorted by name. */
export function toQuotaLines(quotas: Readonly<Record<string, Quota>>, at: Date): readonly QuotaLine[] {
  return Object.entries(quotas)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, quota]) => toQuotaLine(name, quota, at));
}

function toQuotaLine(name: string, quota: Quota, at: Date): QuotaLine {
  const kind = quotaKind(name, quota);
  const period = periodOf(name, at);
  return {
    name,
    ...quota,
    kind,
    share: kind === 'budget' || kind === 'gauge' ? toShare(quota) : null,
    resetsAt: period?.end.toISOString() ?? null,
    forecast: kind === 'budget' && period !== null ? toForecast(quota, period, at) : null,
  };
}

function toShare({ used, allowed }: Quota): number | null {
  return allowed > 0 ? used / allowed : null;
}

interface Period {
  readonly start: Date;
  readonly end: Date;
}

/** Daily quotas begin anew at 00:00 UTC, monthly ones on the first (https://docs.virustotal.com/docs/consumption-quotas-handled). */
function periodOf(name: string, at: Date): Period | null {
  if (name.endsWith('_daily')) {
    const end = new Date(nextDayStart(at));
    return { start: new Date(end.getTime() - 86_400_000), end };
  }
  if (!name.endsWith('_monthly')) return null;
  return { start: new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1)), end: new Date(nextMonthStart(at)) };
}

/** A straight line through the use so far: honest for a glance, nothing for a weekend. */
function toForecast({ used, allowed }: Quota, { start, end }: Period, at: Date): QuotaLine['forecast'] {
  const length = end.getTime() - start.getTime();
  const elapsed = (at.getTime() - start.getTime()) / length;
  if (elapsed < LEAST_ELAPSED) return null;
  const runsOut =
    used > 0 ? start.getTime() + (allowed / used) * (at.getTime() - start.getTime()) : Number.POSITIVE_INFINITY;
  return {
    used: Math.round(used / elapsed),
    runsOutAt: runsOut < end.getTime() ? new Date(Math.max(runsOut, at.getTime())).toISOString() : null,
  };
}
