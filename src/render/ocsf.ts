import { digestOf, isOpen } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import type { Detail } from '../model/settings.ts';
import type { Severity } from '../model/severity.ts';
import { isResolvedByGroup, isWaived } from '../model/summary.ts';
import { toReportJson } from './json.ts';
import { cleanText } from './plain-text.ts';
import { reportTime } from './record-view.ts';

/** The version of the Open Cybersecurity Schema Framework that is written, https://schema.ocsf.io/1.8.0/classes/compliance_finding */
const OCSF_VERSION = '1.8.0';

/** An entry of an enumeration: its number and its caption. */
type Entry = readonly [id: number, caption: string];

const CREATE: Entry = [1, 'Create'];
const UPDATE: Entry = [2, 'Update'];
const CLOSE: Entry = [3, 'Close'];

const NEW: Entry = [1, 'New'];
const IN_PROGRESS: Entry = [2, 'In Progress'];
const SUPPRESSED: Entry = [3, 'Suppressed'];
const RESOLVED: Entry = [4, 'Resolved'];
const ARCHIVED: Entry = [5, 'Archived'];

const PASS: Entry = [1, 'Pass'];
/** "Did not yield a result due to missing information": what could not be looked at is neither good nor bad. */
const WARNING: Entry = [2, 'Warning'];
const FAIL: Entry = [3, 'Fail'];
const NOT_APPLICABLE: Entry = [99, 'Not Applicable'];

const INFORMATIONAL: Entry = [1, 'Informational'];
const SEVERITIES: Readonly<Record<Severity, Entry>> = {
  critical: [5, 'Critical'],
  high: [4, 'High'],
  medium: [3, 'Medium'],
  low: [2, 'Low'],
};

/** Texts beyond this help no machine. */
const MAX_TEXT = 2_000;

type Written = ReturnType<typeof toReportJson>;
type WrittenRule = Written['rules'][number];
type WrittenFinding = Written['findings'][number];

/** What tells one event from another. */
interface Facts {
  readonly activity: Entry;
  readonly status: Entry;
  readonly compliance: Entry;
  readonly severity: Entry;
  readonly uid: string;
  readonly message: string;
  readonly title: string;
  readonly rule: string;
  readonly controls: Readonly<Record<string, readonly string[]>>;
  /** Attributes that only some events have. */
  readonly more: Readonly<Record<string, unknown>>;
  readonly seen: Readonly<Record<string, number>>;
  readonly unmapped: Readonly<Record<string, unknown>>;
}

function toMs(instant: string): number {
  return Date.parse(instant);
}

function standardsOf(controls: Facts['controls']) {
  const entries = Object.entries(controls).filter(([, ids]) => ids.length > 0);
  return {
    // Consumers of older versions demand at least one.
    standards: entries.length === 0 ? ['vt-auditor'] : entries.map(([framework]) => cleanText(framework, 100)),
    ...(entries.length === 0
      ? {}
      : { requirements: entries.flatMap(([name, ids]) => ids.map((id) => cleanText(`${name} ${id}`, 160))) }),
  };
}

function toEvent(report: Report, { run }: Written, facts: Facts) {
  const { activity, status, compliance, severity } = facts;
  return {
    activity_id: activity[0],
    activity_name: activity[1],
    category_uid: 2,
    category_name: 'Findings',
    class_uid: 2003,
    class_name: 'Compliance Finding',
    type_uid: 200_300 + activity[0],
    type_name: `Compliance Finding: ${activity[1]}`,
    time: toMs(reportTime(report)),
    severity_id: severity[0],
    severity: severity[1],
    status_id: status[0],
    status: status[1],
    message: cleanText(facts.message, MAX_TEXT),
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'vt-auditor', vendor_name: 'vt-auditor', version: run.version },
      uid: digestOf(JSON.stringify([run.id, facts.uid])),
      event_code: facts.rule,
      correlation_uid: run.id,
      tenant_uid: run.group,
      log_name: run.audit,
    },
    finding_info: {
      uid: facts.uid,
      title: cleanText(facts.title, 300),
      desc: cleanText(facts.message, MAX_TEXT),
      types: [facts.rule],
      ...facts.seen,
    },
    compliance: {
      ...standardsOf(facts.controls),
      control: cleanText(facts.title, 300),
      status_id: compliance[0],
      status: compliance[1],
    },
    ...facts.more,
    unmapped: { run_status: run.status, narrowed: run.narrowed, ...facts.unmapped },
  };
}

/** Activity, status and outcome of a finding. Only what the group changed counts as resolved and passed. */
function standingOf(finding: WrittenFinding): Pick<Facts, 'activity' | 'status' | 'compliance'> {
  const { state } = finding;
  if (!isOpen(state)) {
    return isResolvedByGroup(finding)
      ? { activity: CLOSE, status: RESOLVED, compliance: PASS }
      : { activity: CLOSE, status: ARCHIVED, compliance: NOT_APPLICABLE };
  }
  const activity = state === 'new' ? CREATE : UPDATE;
  if (isWaived(finding)) return { activity, status: SUPPRESSED, compliance: FAIL };
  if (state === 'unverified') return { activity, status: IN_PROGRESS, compliance: WARNING };
  return { activity, status: state === 'new' ? NEW : IN_PROGRESS, compliance: FAIL };
}

function remediationOf(rule: WrittenRule | undefined) {
  if (rule === undefined) return {};
  const { text, url } = rule.fix;
  return { remediation: { desc: cleanText(text, MAX_TEXT), ...(isWebAddress(url) ? { references: [url] } : {}) } };
}

function isWebAddress(url: string | undefined): boolean {
  return url !== undefined && /^https?:\/\/\S+$/i.test(url);
}

function resourceOf({ subject }: WrittenFinding, group: string) {
  const { kind, id, name, email } = subject;
  return {
    uid: id,
    name: name ?? id,
    type: kind,
    group: { name: group },
    ...(email === undefined ? {} : { owner: { uid: id, email_addr: email } }),
  };
}

function findingFacts(finding: WrittenFinding, written: Written): Facts {
  const rule = written.rules.find(({ id }) => id === finding.rule);
  const hasEvidence = typeof finding.evidence === 'object' && finding.evidence !== null;
  return {
    ...standingOf(finding),
    severity: SEVERITIES[finding.severity],
    uid: finding.id,
    message: finding.message,
    title: rule?.title ?? finding.rule,
    rule: finding.rule,
    controls: rule?.controls ?? {},
    seen: {
      created_time: toMs(finding.openedAt),
      first_seen_time: toMs(finding.firstSeenAt),
      last_seen_time: toMs(finding.lastSeenAt),
    },
    more: {
      resources: [resourceOf(finding, written.run.group)],
      ...remediationOf(rule),
      ...(hasEvidence && Object.keys(finding.evidence ?? {}).length > 0
        ? { evidences: [{ data: finding.evidence }] }
        : {}),
    },
    unmapped: {
      state: finding.state,
      because: finding.because,
      key: finding.key,
      baseline: finding.baseline,
      waiver: finding.waiver,
      resolved_by: finding.resolvedBy,
    },
  };
}

/** A rule without findings of its own: met, not judged, or (where nobody may be named) breached. */
function ruleFacts(rule: WrittenRule, { run }: Written): Facts {
  const standing = {
    passed: { compliance: PASS, severity: INFORMATIONAL, message: `Met: ${rule.title}` },
    breached: { compliance: FAIL, severity: SEVERITIES[rule.severity], message: `Not met: ${rule.title}` },
    not_evaluated: {
      compliance: WARNING,
      severity: INFORMATIONAL,
      message: `Could not be checked: ${rule.title}. ${rule.reason ?? ''}`,
    },
  }[rule.verdict];
  return {
    ...standing,
    activity: UPDATE,
    status: rule.verdict === 'passed' ? RESOLVED : IN_PROGRESS,
    uid: digestOf(JSON.stringify(['rule', run.group, rule.id])),
    title: rule.title,
    rule: rule.id,
    controls: rule.controls,
    seen: { created_time: toMs(rule.since) },
    more: { resources: [{ uid: run.group, name: run.group, type: 'group' }], ...remediationOf(rule) },
    unmapped: {
      verdict: rule.verdict,
      reason_kind: rule.reasonKind ?? null,
      checked: rule.checked,
      unknown: rule.unknown,
      limits: rule.limits,
    },
  };
}

function groupFacts(written: Written, uid: readonly string[], facts: Pick<Facts, 'title' | 'rule' | 'message'>) {
  const { group } = written.run;
  return {
    ...facts,
    activity: UPDATE,
    severity: INFORMATIONAL,
    uid: digestOf(JSON.stringify([...uid, group])),
    controls: {},
    seen: {},
    more: { resources: [{ uid: group, name: group, type: 'group' }] },
  };
}

function otherFacts(written: Written): readonly Facts[] {
  const off = written.disabled.map((rule) => ({
    ...groupFacts(written, ['rule', rule.id], {
      title: rule.title,
      rule: rule.id,
      message: `Switched off: ${rule.title}. ${rule.reason}`,
    }),
    controls: rule.controls,
    status: SUPPRESSED,
    compliance: NOT_APPLICABLE,
    unmapped: { disabled_until: rule.until },
  }));
  const broken = written.brokenRules.map(({ file, reason }) => ({
    ...groupFacts(written, ['file', file], {
      title: `The rule file ${cleanText(file, 100)} loads`,
      rule: 'rule-file',
      message: `Could not be checked: ${file} does not load. ${reason ?? ''}`,
    }),
    status: IN_PROGRESS,
    compliance: WARNING,
    unmapped: { file },
  }));
  return [...off, ...broken];
}

/**
 * A report as OCSF Compliance Findings: one a finding, one a requirement that is met or could not be judged, one a switched-off rule.
 * At the detail `counts` there are no findings, and a breached requirement is one event.
 */
export function toOcsfEvents(report: Report, detail: Detail = 'full') {
  const written = toReportJson(report, detail);
  const rules = written.rules.filter(({ verdict }) => verdict !== 'breached' || detail === 'counts');
  const facts = [
    ...written.findings.map((finding) => findingFacts(finding, written)),
    ...rules.map((rule) => ruleFacts(rule, written)),
    ...otherFacts(written),
  ];
  return facts.map((each) => toEvent(report, written, each));
}

/** Reports as NDJSON of OCSF events, one a line. */
export function renderOcsf(reports: readonly Report[], detail: Detail = 'full'): string {
  return reports
    .flatMap((report) => toOcsfEvents(report, detail))
    .map((event) => `${JSON.stringify(event)}\n`)
    .join('');
}
