import { type Forecast, forecastQuota, type QuotaHistory } from '../model/forecast.ts';
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
  /** The same forecast that reports show; null where nothing can be said yet. */
  readonly forecast: Forecast | null;
}

/** Of an account's own quotas nothing earlier is known. */
const NO_HISTORY: QuotaHistory = { days: [], readings: [] };

/** Quotas as lines, sorted by name. `history` is the past of the pools, where they are the group's. */
export function toQuotaLines(
  quotas: Readonly<Record<string, Quota>>,
  at: Date,
  history: QuotaHistory = NO_HISTORY,
): readonly QuotaLine[] {
  return Object.entries(quotas)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, quota]) => toQuotaLine(name, quota, history, at));
}

function toQuotaLine(name: string, quota: Quota, history: QuotaHistory, at: Date): QuotaLine {
  const kind = quotaKind(name, quota);
  return {
    name,
    ...quota,
    kind,
    share: kind === 'budget' || kind === 'gauge' ? toShare(quota) : null,
    resetsAt: resetOf(name, at),
    forecast: kind === 'budget' ? forecastQuota(name, quota, history, at).forecast : null,
  };
}

function toShare({ used, allowed }: Quota): number | null {
  return allowed > 0 ? used / allowed : null;
}

/** Daily quotas begin anew at 00:00 UTC, monthly ones on the first (https://docs.virustotal.com/docs/consumption-quotas-handled). */
function resetOf(name: string, at: Date): Instant | null {
  if (name.endsWith('_daily')) return nextDayStart(at);
  return name.endsWith('_monthly') ? nextMonthStart(at) : null;
}
