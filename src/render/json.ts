import type { Finding } from '../model/finding.ts';
import type { Subject } from '../model/judgement.ts';
import type { Reason } from '../model/reason.ts';
import type { Report, RuleReport } from '../model/report.ts';
import type { Detail } from '../model/settings.ts';
import { isPersonalKey, NO_NAMES, namesOf, withhold } from './privacy.ts';

/** The name and version of the JSON form. Additions keep it; anything else makes a new one. */
export const REPORT_SCHEMA = 'vt-auditor/report/1';

/** How texts are written: what a channel's detail does not allow is taken out. */
interface Writer {
  readonly detail: Detail;
  text(text: string): string;
  value(value: unknown): unknown;
}

const WITHHELD = '[withheld]';

function writerFor(report: Report, detail: Detail): Writer {
  const names = detail === 'full' ? NO_NAMES : namesOf(report.findings);
  const text = (value: string) => withhold(value, detail, names);
  const value = (item: unknown): unknown => {
    if (typeof item === 'string') return text(item);
    if (Array.isArray(item)) return item.map(value);
    if (typeof item !== 'object' || item === null) return item;
    const entries = Object.entries(item).map(([key, entry]) => [
      text(key),
      isPersonalKey(key) ? WITHHELD : value(entry),
    ]);
    return Object.fromEntries(entries);
  };
  return { detail, text, value: detail === 'full' ? (item) => item : value };
}

function reasonOf(reason: Reason | null, writer: Writer) {
  return reason === null ? {} : { reason: writer.text(reason.text), reasonKind: reason.kind };
}

function toSubject({ kind, id, email, name }: Subject, writer: Writer) {
  const full = writer.detail === 'full';
  return {
    kind,
    id: writer.text(id),
    ...(full && email !== undefined ? { email } : {}),
    ...(full && name !== undefined ? { name } : {}),
  };
}

function toRun({ run, digests }: Report, writer: Writer) {
  return {
    id: run.id,
    audit: run.audit,
    group: run.group,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    status: run.status,
    requests: { planned: run.requests.planned, made: run.requests.made },
    version: run.version,
    trigger: run.trigger,
    narrowed: run.narrowed,
    slot: run.slot,
    dueAt: run.dueAt,
    historySince: run.historySince,
    failure: run.failure === null ? null : { kind: run.failure.kind, text: writer.text(run.failure.text) },
    digests,
  };
}

function toRule(rule: RuleReport, writer: Writer) {
  const { requirement } = rule;
  return {
    id: requirement.id,
    title: requirement.title,
    severity: requirement.severity,
    verdict: rule.verdict,
    ...reasonOf(rule.reason, writer),
    controls: requirement.controls,
    checked: rule.checked,
    unknown:
      writer.detail === 'counts'
        ? []
        : rule.unknown.map(({ subject, reason }) => ({
            subject: writer.text(subject),
            reason: writer.text(reason.text),
            reasonKind: reason.kind,
          })),
    limits: rule.limits.map((limit) => writer.text(limit)),
    options: writer.detail === 'counts' ? {} : writer.value(rule.options),
    since: rule.since,
    why: requirement.why,
    fix: requirement.fix,
    tags: requirement.tags,
    event: requirement.event,
    source: requirement.source,
    version: requirement.version,
  };
}

function toFinding(finding: Finding, writer: Writer) {
  const { waiver, acknowledged, resolvedBy = null } = finding;
  return {
    id: finding.id,
    rule: finding.rule,
    severity: finding.severity,
    state: finding.state,
    subject: toSubject(finding.subject, writer),
    message: writer.text(finding.message),
    evidence: writer.value(finding.evidence),
    firstSeenAt: finding.firstSeenAt,
    lastSeenAt: finding.lastSeenAt,
    waiver:
      waiver === null
        ? null
        : {
            reason: writer.text(waiver.reason),
            approvedBy: writer.text(waiver.approvedBy),
            expires: waiver.expires,
            ticket: waiver.ticket,
            expired: waiver.expired,
            ended: waiver.ended ?? null,
          },
    key: writer.text(finding.key),
    because: finding.because,
    openedAt: finding.openedAt,
    lastOpenAt: finding.lastOpenAt,
    resolvedAt: finding.resolvedAt,
    resetsAt: finding.resetsAt,
    baseline: finding.baseline,
    acknowledged:
      acknowledged === null
        ? null
        : { by: writer.text(acknowledged.by), note: writer.text(acknowledged.note), at: acknowledged.at },
    resolvedBy:
      resolvedBy === null
        ? null
        : { ...resolvedBy, by: writer.text(resolvedBy.by), reason: writer.text(resolvedBy.reason) },
  };
}

function toWaivers({ waivers }: Report, writer: Writer) {
  const counts = writer.detail === 'counts';
  return {
    inForce: counts ? [] : waivers.inForce.map((waiver) => writer.value({ ...waiver })),
    bad: counts ? [] : waivers.bad.map((bad) => writer.value({ ...bad })),
    unused: counts ? [] : (waivers.unused ?? []).map((waiver) => writer.value({ ...waiver })),
  };
}

function toYardstick({ yardstickChanges }: Report, writer: Writer) {
  if (writer.detail === 'counts') return [];
  return yardstickChanges.map(({ what, from, to }) => ({
    what: writer.text(what),
    from: writer.text(from),
    to: writer.text(to),
  }));
}

/** One report in its JSON form, version 1. At `ids` no names and addresses, at `counts` no subjects at all. */
export function toReportJson(report: Report, detail: Detail = 'full') {
  const writer = writerFor(report, detail);
  return {
    run: toRun(report, writer),
    summary: report.summary,
    rules: report.rules.map((rule) => toRule(rule, writer)),
    findings: detail === 'counts' ? [] : report.findings.map((finding) => toFinding(finding, writer)),
    disabled: report.disabled.map(({ id, title, reason, until, controls }) => ({
      id,
      title,
      reason: writer.text(reason),
      until,
      controls,
    })),
    brokenRules: report.brokenRules.map(({ file, reason }) => ({ file, ...reasonOf(reason, writer) })),
    sections: report.sections.map(({ name, items, complete, requests, reason }) => ({
      name,
      items,
      complete,
      requests,
      ...reasonOf(reason, writer),
    })),
    rights: report.rights,
    waivers: toWaivers(report, writer),
    yardstickChanges: toYardstick(report, writer),
    outsideView: report.outsideView,
    quotas: report.quotas,
    usage: report.usage,
    trend: report.trend,
    owed: report.owed,
    baseline: report.baseline,
    missedSlots: report.missedSlots,
    interrupted: report.interrupted ?? [],
    nextRunAt: report.nextRunAt,
    privacy: { namePersonalUsage: report.useWithheld !== true },
  };
}

/** Reports as JSON, version 1: what `run --format json` prints. All instants are UTC; a day is a UTC day. */
export function renderJson(reports: readonly Report[], detail: Detail = 'full'): string {
  const document = { schema: REPORT_SCHEMA, reports: reports.map((report) => toReportJson(report, detail)) };
  return `${JSON.stringify(document, null, 2)}\n`;
}
