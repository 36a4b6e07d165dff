import { digestOf, type Finding, isOpen } from '../../model/finding.ts';
import type { Message } from '../../model/message.ts';
import type { Report, RuleReport } from '../../model/report.ts';
import type { RoutedReport } from '../../model/routed.ts';
import type { PagerDutyChannel } from '../../model/settings.ts';
import type { Severity } from '../../model/severity.ts';
import { isWaived } from '../../model/summary.ts';
import { countFindings } from '../counts.ts';
import { formatCount } from '../figures.ts';
import { writeSeverities } from '../finding-rows.ts';
import type { RenderContext } from '../mail.ts';
import { cleanText, toSentence } from '../plain-text.ts';
import { type Privacy, privacyOf } from '../privacy.ts';
import { reportTime } from '../record-view.ts';
import { toView } from '../view.ts';
import { toHttpMessage } from './http-message.ts';

/** PagerDuty refuses a longer summary (https://developer.pagerduty.com/docs/send-alert-event). */
const MAX_SUMMARY = 1_024;

const SEVERITIES: Readonly<Record<Severity, string>> = {
  critical: 'critical',
  high: 'error',
  medium: 'warning',
  low: 'info',
};

/** An event without its routing key, which is added when it is sent. */
interface Event {
  readonly event_action: 'trigger' | 'resolve';
  readonly dedup_key: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly client?: string;
}

/** An event and the key that orders it: what is said later of the same thing replaces what still waits. */
interface KeyedEvent {
  readonly key: string;
  readonly event: Event;
}

/** What the events of one report are written with. */
interface EventWriter {
  readonly report: Report;
  readonly audit: string;
  readonly privacy: Privacy;
  readonly rules: ReadonlyMap<string, RuleReport>;
}

function dedupKey(key: string): string {
  return `vt-auditor-${key}`;
}

function resolve(key: string): KeyedEvent {
  return { key, event: { event_action: 'resolve', dedup_key: dedupKey(key) } };
}

function trigger(key: string, { report }: EventWriter, payload: Readonly<Record<string, unknown>>): KeyedEvent {
  const common = { source: cleanText(report.run.group, 200), timestamp: reportTime(report), group: 'vt-auditor' };
  return {
    key,
    event: {
      event_action: 'trigger',
      dedup_key: dedupKey(key),
      client: 'vt-auditor',
      payload: { ...common, ...payload },
    },
  };
}

function triggerFinding(finding: Finding, writer: EventWriter): KeyedEvent {
  const { privacy, rules, report } = writer;
  const requirement = rules.get(finding.rule)?.requirement;
  const title = cleanText(requirement?.title ?? finding.rule, 160);
  const isNamed = privacy.detail !== 'counts';
  const message = isNamed ? toSentence(privacy.sentence(finding.message, 400)) : `Not met: ${title}`;
  return trigger(finding.id, writer, {
    summary: cleanText(`${finding.severity}: ${message} (${report.run.group})`, MAX_SUMMARY),
    severity: SEVERITIES[finding.severity],
    class: cleanText(finding.rule, 100),
    ...(isNamed ? { component: privacy.name(finding.subject) } : {}),
    custom_details: {
      requirement: title,
      severity: finding.severity,
      open_since: finding.openedAt,
      how_to_fix: cleanText(requirement?.fix.text ?? '', 400),
      ...(isNamed && privacy.contact(finding.subject) !== '' ? { account: privacy.contact(finding.subject) } : {}),
      run: report.run.id,
      audit: cleanText(writer.audit, 100),
      finding: finding.id,
    },
  });
}

/** The id of something that a reader is told as a whole, by group and audit. */
function wholeKey(kind: string, { report, audit }: EventWriter): string {
  return digestOf(JSON.stringify([kind, report.run.group, audit]));
}

/** One event for all that a first report brings: dozens of pages would teach to mute. Over once nothing is open any more. */
function startEvents(known: readonly Finding[], open: readonly Finding[], writer: EventWriter): readonly KeyedEvent[] {
  const key = wholeKey('starting point', writer);
  if (known.length > 0) return [summaryEvent(key, known, writer)];
  return open.length === 0 && writer.report.run.status === 'complete' ? [resolve(key)] : [];
}

/**
 * One event for all that a new rule brings, such as with an upgrade. Each rule has its own: under a common one PagerDuty would take the
 * second for a repetition of the first, and it would take the place of a first one that still waits.
 */
function newRuleEvents(
  known: readonly Finding[],
  { open, over }: { readonly open: readonly Finding[]; readonly over: readonly Finding[] },
  writer: EventWriter,
): readonly KeyedEvent[] {
  const keyOf = (rule: string): string => wholeKey(`starting point of ${rule}`, writer);
  const still = new Set(open.map(({ rule }) => rule));
  const ended = new Set(over.filter(({ baseline, rule }) => baseline && !still.has(rule)).map(({ rule }) => rule));
  return [
    ...[...Map.groupBy(known, ({ rule }) => rule)].map(([rule, all]) => summaryEvent(keyOf(rule), all, writer)),
    ...[...ended].map((rule) => resolve(keyOf(rule))),
  ];
}

/** `known` is sorted, the worst first. */
function summaryEvent(key: string, known: readonly Finding[], writer: EventWriter): KeyedEvent {
  const severities = writeSeverities(known);
  const text = `${formatCount(known.length, 'finding')} at the start (${severities}) in ${writer.report.run.group}`;
  return trigger(key, writer, {
    summary: cleanText(`${text}: one summary instead of an alert each`, MAX_SUMMARY),
    severity: SEVERITIES[known[0]?.severity ?? 'low'],
    class: 'starting-point',
    custom_details: { findings: known.length, by_severity: severities, run: writer.report.run.id },
  });
}

/** That a run could not look is an alert of its own, which the next complete run resolves. */
function runEvent(writer: EventWriter, sentence: string): KeyedEvent {
  const key = wholeKey('run', writer);
  const { status, id, requests } = writer.report.run;
  if (status === 'complete') return resolve(key);
  return trigger(key, writer, {
    summary: cleanText(`${sentence} (${writer.report.run.group}, ${writer.audit})`, MAX_SUMMARY),
    severity: status === 'failed' ? 'error' : 'warning',
    class: 'run',
    custom_details: { status, run: id, requests_planned: requests.planned, requests_made: requests.made },
  });
}

/** What needs nobody any more: closed since the last report, or waived, which resolves again at every report without harm. */
function isOver(finding: Finding, news: ReadonlySet<string>): boolean {
  return isOpen(finding.state) ? isWaived(finding) : news.has(finding.id);
}

/**
 * An event for each finding that is news to this reader: trigger when it opened or became worse, resolve when it closed or was waived.
 * PagerDuty itself drops a resolve of what it does not know.
 */
export function renderPagerDuty(
  routed: RoutedReport,
  channel: PagerDutyChannel,
  context: RenderContext,
): readonly Message[] {
  const { report, audit, news, firstReport } = routed;
  const writer: EventWriter = {
    report,
    audit,
    privacy: privacyOf(channel.detail, report.findings),
    rules: new Map(report.rules.map((rule) => [rule.requirement.id, rule])),
  };
  const opened = report.findings.filter(
    (finding) => news.has(finding.id) && isOpen(finding.state) && !isWaived(finding),
  );
  const isSummed = (finding: Finding) => firstReport || (finding.baseline && finding.state === 'new');
  const summed = opened.filter(isSummed);
  const over = report.findings.filter((finding) => isOver(finding, news));
  const open = countFindings(routed).open;
  const { verdict } = toView(routed, context.look, channel.detail, context.digest);
  const events = [
    runEvent(writer, verdict.sentence),
    ...startEvents(firstReport ? summed : [], open, writer),
    ...newRuleEvents(firstReport ? [] : summed, { open, over }, writer),
    ...opened.filter((finding) => !isSummed(finding)).map((finding) => triggerFinding(finding, writer)),
    ...over.map(({ id }) => resolve(id)),
  ];
  return events.map(({ key, event }) =>
    toHttpMessage({ run: report.run.id, channel: channel.name, key, kind: 'pagerduty', body: event }),
  );
}
