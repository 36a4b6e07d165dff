import { compareFindings, type Finding, isOpen } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import type { RoutedReport } from '../model/routed.ts';
import type { SendSettings } from '../model/settings.ts';
import { severityRank } from '../model/severity.ts';
import { isWaived, summarize } from '../model/summary.ts';
import { type Told, UNHEARD } from '../model/told.ts';
import { concerns, hearsOfOpenings, wantsState } from './concerns.ts';
import { isReminderDue, type ReminderScale } from './reminder.ts';
import { isStatusNews, STATUS, toldStatus } from './status-news.ts';
import { toTeamReport } from './team.ts';
import { type WaiverWarning, waiverWarnings } from './waiver-warnings.ts';

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
  /** Findings of the group that other runs closed: another audit's, or one made by hand. In any order. */
  readonly ended: readonly Finding[];
  /** What this reader was last told, in any order. */
  readonly told: readonly Told[];
  readonly reminders: ReminderScale;
  /** `operator`: hears only that a run could not look, and that it can again. */
  readonly reader: 'audit' | 'operator';
  readonly at: Date;
}

/** Decides what is news for this reader and whether the report is sent at all; null: nothing to say. */
export function route(input: RouteInput): Routed | null {
  const told = new Map(input.told.map((entry) => [entry.finding, entry]));
  const findings = [...input.report.findings, ...unheardEnds(input, told)]
    .toSorted(compareFindings)
    .filter((finding) => concerns(finding, input.send, { told: told.get(finding.id), report: input.report }))
    .map((finding) => asReaderSees(finding, told.get(finding.id), input.send))
    .filter((finding) => wantsState(finding, input.send));
  const news = new Set(
    findings.filter((finding) => isNews(finding, told.get(finding.id), input.send)).map((finding) => finding.id),
  );
  const warnings = waiverWarnings(input.report, findings, told, input.at);
  if (!isSent(input, { findings, news, told, warnings })) return null;
  const shown = findings.filter((finding) => isOpen(finding.state) || news.has(finding.id));
  return {
    send: input.send,
    routed: {
      report: toReadersReport(input, shown),
      audit: input.audit,
      channel: input.send.to,
      firstReport: input.told.every(({ state }) => state === UNHEARD),
      news,
      // How many others there are is not for those who hear of their own people only.
      hidden: input.send.domains === null ? countOpen(input.report.findings) - countOpen(shown) : 0,
      domains: input.send.domains,
    },
    told: [
      ...shown.map((finding) => toTold(input, finding, told.get(finding.id))),
      ...warnings.map((warning) => toldOfWarning(input, warning)),
      toldStatus(input, told.get(STATUS)),
    ],
  };
}

function toReadersReport({ report, send }: RouteInput, shown: readonly Finding[]): Report {
  const summary = summarize(report.rules, report.disabled.length, shown);
  const own = send.domains === null ? report : toTeamReport(report, send.to, shown);
  return { ...own, findings: shown, summary };
}

function countOpen(findings: readonly Finding[]): number {
  return findings.filter((finding) => isOpen(finding.state)).length;
}

/**
 * Ends that this reader has not heard of, because no run of this reader's audit saw them. Who hears only of ends was told of no opening:
 * for him an end counts when it is later than what he was last told of anything.
 */
function unheardEnds({ report, ended, send }: RouteInput, told: ReadonlyMap<string, Told>): readonly Finding[] {
  const present = new Set(report.findings.map(({ id }) => id));
  const lastToldAt = told.get(STATUS)?.at;
  return ended.filter((finding) => {
    if (present.has(finding.id) || isOpen(finding.state)) return false;
    const last = told.get(finding.id);
    if (hearsOfOpenings(send)) return last?.state === 'open';
    const since = last?.at ?? lastToldAt;
    return since !== undefined && finding.resolvedAt !== null && finding.resolvedAt > since;
  });
}

function isNews(finding: Finding, told: Told | undefined, send: SendSettings): boolean {
  if (!isOpen(finding.state)) return told?.state === 'open' || !hearsOfOpenings(send);
  if (isWaived(finding)) return false;
  if (!wasToldOpen(finding, told) || hasLostWaiver(finding, told)) return true;
  return severityRank(finding.severity) > severityRank(told.severity);
}

/** Whether a waiver that the finding had has ended since the reader was told of it. */
function hasLostWaiver({ waiver }: Finding, told: Told): boolean {
  return waiver?.expired === true && waiver.endedAt !== undefined && waiver.endedAt > told.at;
}

/** Whether the reader knows of this opening. */
function wasToldOpen(finding: Finding, told: Told | undefined): told is Told {
  return told?.state === 'open' && told.at >= finding.openedAt;
}

/** What decides whether a report is sent. */
interface Sending {
  readonly findings: readonly Finding[];
  readonly news: ReadonlySet<string>;
  readonly told: ReadonlyMap<string, Told>;
  readonly warnings: readonly WaiverWarning[];
}

/** A run that could not look passes every filter, once a cause; otherwise the reader's wish decides. */
function isSent(input: RouteInput, { findings, news, told, warnings }: Sending): boolean {
  if (isStatusNews(input, told.get(STATUS))) return true;
  if (input.reader === 'operator') return false;
  const open = findings.filter((finding) => isOpen(finding.state) && !isWaived(finding));
  const wishes: Readonly<Record<SendSettings['when'], boolean>> = {
    always: true,
    findings: open.length > 0 || warnings.length > 0,
    changes: news.size > 0 || warnings.length > 0 || open.some((finding) => wantsReminder(input, finding, told)),
  };
  return wishes[input.send.when];
}

/** A severity that changed, also for the better, breaks the silence. */
function wantsReminder({ reminders, at }: RouteInput, finding: Finding, told: ReadonlyMap<string, Told>): boolean {
  const before = told.get(finding.id);
  if (!wasToldOpen(finding, before)) return false;
  return before.severity !== finding.severity || isReminderDue(before, reminders[finding.severity], at);
}

/**
 * An open finding that this reader never heard of is new to the reader, though another audit saw it earlier. One who does not want to
 * hear of new findings knows them as the group does.
 */
function asReaderSees(finding: Finding, told: Told | undefined, { states }: SendSettings): Finding {
  if (!isOpen(finding.state) || finding.state === 'unverified' || isWaived(finding)) return finding;
  if (states !== null && !states.includes('new')) return finding;
  return { ...finding, state: wasToldOpen(finding, told) ? 'persisting' : 'new' };
}

function toTold(input: RouteInput, finding: Finding, before: Told | undefined): Told {
  const continues = wasToldOpen(finding, before) && before.severity === finding.severity;
  return {
    audit: input.audit,
    channel: input.send.to,
    finding: finding.id,
    severity: finding.severity,
    state: isOpen(finding.state) && !isWaived(finding) ? 'open' : 'closed',
    at: input.at.toISOString(),
    count: continues ? before.count + 1 : 1,
  };
}

function toldOfWarning(input: RouteInput, { id, days }: WaiverWarning): Told {
  const at = input.at.toISOString();
  return { audit: input.audit, channel: input.send.to, finding: id, severity: 'low', state: days, at, count: 1 };
}
