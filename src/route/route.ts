import { type Finding, isOpen } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import type { RoutedReport } from '../model/routed.ts';
import type { SendSettings } from '../model/settings.ts';
import { isAtLeast, type Severity, severityRank } from '../model/severity.ts';
import { isWaived, summarize } from '../model/summary.ts';
import type { Told } from '../model/told.ts';
import { isStatusNews, STATUS, toldStatus } from './status-news.ts';

/** A report on its way to one reader: whether it is sent, and what the reader will have been told once it is committed. */
export interface Routed {
  readonly send: SendSettings;
  readonly routed: RoutedReport;
  readonly told: readonly Told[];
}

/** What routing needs to know of one reader. */
export interface RouteInput {
  readonly report: Report;
  readonly audit: string;
  readonly send: SendSettings;
  /** What this reader was last told, in any order. */
  readonly told: readonly Told[];
  readonly at: Date;
}

/** Decides what is news for this reader and whether the report is sent at all; null: nothing to say. */
export function route(input: RouteInput): Routed | null {
  const told = new Map(input.told.map((entry) => [entry.finding, entry]));
  const findings = input.report.findings.filter((finding) =>
    concerns(finding, input.send.minSeverity, told.get(finding.id)),
  );
  const news = new Set(
    findings.filter((finding) => isNews(finding, told.get(finding.id))).map((finding) => finding.id),
  );
  if (!isSent(input, findings, news, told.get(STATUS))) return null;
  const shown = findings
    .filter((finding) => isOpen(finding.state) || news.has(finding.id))
    .map((finding) => asReaderSees(finding, news));
  return {
    send: input.send,
    routed: {
      report: {
        ...input.report,
        findings: shown,
        summary: summarize(input.report.rules, input.report.disabled.length, shown),
      },
      audit: input.audit,
      channel: input.send.to,
      firstReport: told.size === 0,
      news,
      hidden:
        input.report.findings.filter((finding) => isOpen(finding.state)).length -
        shown.filter((finding) => isOpen(finding.state)).length,
    },
    told: [
      ...shown.map((finding) => toTold(input, finding, told.get(finding.id))),
      toldStatus(input, told.get(STATUS)),
    ],
  };
}

/** Findings at the reader's severity, and the end of what the reader was told before. */
function concerns(finding: Finding, minSeverity: Severity, told: Told | undefined): boolean {
  if (isOpen(finding.state)) return isAtLeast(finding.severity, minSeverity) || told?.state === 'open';
  return told?.state === 'open';
}

function isNews(finding: Finding, told: Told | undefined): boolean {
  if (!isOpen(finding.state)) return told?.state === 'open';
  if (isWaived(finding)) return false;
  if (told?.state !== 'open' || told.at < finding.openedAt) return true;
  return severityRank(finding.severity) > severityRank(told.severity);
}

/** A run that could not look passes every filter, once a cause; otherwise the reader's wish decides. */
function isSent(
  input: RouteInput,
  findings: readonly Finding[],
  news: ReadonlySet<string>,
  status: Told | undefined,
): boolean {
  if (isStatusNews(input, status)) return true;
  const wishes: Readonly<Record<SendSettings['when'], boolean>> = {
    always: true,
    findings: findings.some((finding) => isOpen(finding.state) && !isWaived(finding)),
    changes: news.size > 0,
  };
  return wishes[input.send.when];
}

/** An open finding that this reader never heard of is new to the reader, though another audit saw it earlier. */
function asReaderSees(finding: Finding, news: ReadonlySet<string>): Finding {
  if (finding.state === 'persisting' && news.has(finding.id)) return { ...finding, state: 'new' };
  return finding.state === 'new' && !news.has(finding.id) && !isWaived(finding)
    ? { ...finding, state: 'persisting' }
    : finding;
}

function toTold(input: RouteInput, finding: Finding, before: Told | undefined): Told {
  const isSameOpening = before?.state === 'open' && before.at >= finding.openedAt;
  return {
    audit: input.audit,
    channel: input.send.to,
    finding: finding.id,
    severity: finding.severity,
    state: isOpen(finding.state) && !isWaived(finding) ? 'open' : 'closed',
    at: input.at.toISOString(),
    count: isSameOpening ? before.count + 1 : 1,
  };
}
