import { digestOf, type Finding } from '../model/finding.ts';
import type { Instant } from '../model/instant.ts';
import type { Report } from '../model/report.ts';
import { isWaived } from '../model/summary.ts';
import type { Told } from '../model/told.ts';
import type { Waiver } from '../model/waiver.ts';

/** Days before its end at which readers are warned of the end of a waiver, the last warning first. */
const WARNING_DAYS = [3, 14] as const;

const DAY_MS = 86_400_000;

/** A warning that a reader has not had: what is told is kept under `id`. */
export interface WaiverWarning {
  readonly id: string;
  readonly days: string;
}

/** Warnings due for waivers that cover a finding of this reader. */
export function waiverWarnings(
  report: Report,
  findings: readonly Finding[],
  told: ReadonlyMap<string, Told>,
  at: Date,
): readonly WaiverWarning[] {
  const waived = findings.filter(isWaived);
  return report.waivers.inForce.flatMap((waiver) => {
    const days = warningOf(waiver.endsAt, at);
    if (days === null || !waived.some((finding) => isCoveredBy(finding, waiver))) return [];
    const id = warningId(waiver);
    const before = told.get(id)?.state;
    const isOld = before !== undefined && Number(before) <= days;
    return isOld ? [] : [{ id, days: String(days) }];
  });
}

function warningOf(endsAt: Instant, at: Date): number | null {
  const left = Date.parse(endsAt) - at.getTime();
  return left <= 0 ? null : (WARNING_DAYS.find((days) => left <= days * DAY_MS) ?? null);
}

function isCoveredBy({ rule, waiver }: Finding, { rule: waived, expires, reason, approvedBy }: Waiver): boolean {
  return rule === waived && waiver?.expires === expires && waiver.reason === reason && waiver.approvedBy === approvedBy;
}

function warningId({ rule, group, subject, key, expires }: Waiver): string {
  return `waiver:${digestOf(JSON.stringify([rule, group, subject, key, expires])).slice(0, 24)}`;
}
