import { digestOf, type Finding } from '../model/finding.ts';
import { toDay } from '../model/instant.ts';
import type { Breach, Evidence, RuleResult, Subject } from '../model/judgement.ts';
import type { Report, RuleReport } from '../model/report.ts';
import type { Requirement } from '../model/requirement.ts';
import type { Waiver } from '../model/waiver.ts';
import { A_MEMBER, maskWhole, type People } from './people.ts';

/** What it takes to tell findings without what members use. */
export interface Withholding {
  readonly requirements: ReadonlyMap<string, Requirement>;
  readonly people: People;
  /** Keeps the id of a finding from telling whom it is about: ids are digests over accounts, which anybody can compute. */
  readonly salt: Uint8Array;
}

type Rules = Withholding['requirements'];

const WITHHELD = '[withheld]';

/**
 * Results of rules that read personal use as they may be told and stored: message and evidence name no member. The subject stays, because
 * the finding's identity and its waiver hang on it; `withholdInFinding` hides it wherever it is shown.
 */
export function withholdInResult(result: RuleResult, requirements: Rules, people: People): RuleResult {
  const use = requirements.get(result.rule)?.personalUse;
  const breaches = result.breaches.map(({ withoutUse, ...breach }): Breach => {
    const isMember = isPerson(breach.subject, people);
    if (use === undefined) return isMember ? withoutSignIn(breach, people) : breach;
    if (use === 'account' && isMember) {
      return { ...breach, ...(withoutUse ?? nothing(result.rule, requirements)), useWithheld: true };
    }
    return { ...breach, ...masked(breach, people, isMember ? breach.subject : null), useWithheld: true };
  });
  return { ...result, breaches };
}

/** Any rule can read when a member signed in last. */
function withoutSignIn(breach: Breach, people: People): Breach {
  const instant = people.signedInAt(breach.subject.id);
  if (instant === null) return breach;
  const mask = (text: string) => text.replaceAll(instant, WITHHELD).replaceAll(toDay(instant), WITHHELD);
  return { ...breach, message: mask(breach.message), evidence: maskEvidence(breach.evidence, mask) };
}

/** The finding as it may be shown: a member of whose use it tells is nobody in particular, and what was stored before is left out. */
export function withholdInFinding(finding: Finding, { requirements, people, salt }: Withholding): Finding {
  const use = requirements.get(finding.rule)?.personalUse;
  if (use === undefined) return finding;
  if (!isPerson(finding.subject, people)) return { ...finding, ...masked(finding, people, null) };
  const told = finding.useWithheld === true ? finding : { ...finding, ...nothing(finding.rule, requirements) };
  if (use === 'account') return told;
  return {
    ...told,
    ...masked(told, people, finding.subject),
    id: shownId(finding.id, salt),
    subject: { kind: 'member', id: A_MEMBER },
    key: people.mask(finding.key),
  };
}

/** The id under which a finding that names nobody is shown: the same at every run. */
function shownId(id: string, salt: Uint8Array): string {
  return digestOf(JSON.stringify([Buffer.from(salt).toString('hex'), id]));
}

/** The report without what members use. */
export function withholdInReport(report: Report, withholding: Withholding): Report {
  if (report.useWithheld === true) return report;
  const { requirements, people } = withholding;
  const others = new Set([report.run.group, 'auditor', ...report.quotas.map(({ name }) => name)]);
  const isShown = (subject: string) => people.isNamed(subject) || others.has(subject);
  const tellsUse = (rule: string) => requirements.get(rule)?.personalUse === 'use';
  const toWaiver = (waiver: Waiver): Waiver =>
    tellsUse(waiver.rule) && !isShown(waiver.subject) ? { ...waiver, subject: A_MEMBER } : waiver;
  const toText = (text: string) =>
    [...requirements.keys()].some((id) => tellsUse(id) && text.includes(id)) ? people.mask(text) : text;
  return {
    ...report,
    useWithheld: true,
    findings: report.findings.map((finding) => withholdInFinding(finding, withholding)),
    rules: report.rules.map((rule) => (tellsUse(rule.requirement.id) ? withholdInRule(rule, people, isShown) : rule)),
    waivers: {
      inForce: report.waivers.inForce.map(toWaiver),
      bad: report.waivers.bad.map(({ place, problem }) => ({ place: toText(place), problem: toText(problem) })),
      ...(report.waivers.unused === undefined ? {} : { unused: report.waivers.unused.map(toWaiver) }),
    },
    yardstickChanges: report.yardstickChanges.map((change) => ({
      ...change,
      from: toText(change.from),
      to: toText(change.to),
    })),
  };
}

function withholdInRule(rule: RuleReport, people: People, isShown: (subject: string) => boolean): RuleReport {
  const { reason } = rule;
  return {
    ...rule,
    reason: reason === null ? null : { ...reason, text: people.mask(reason.text) },
    limits: rule.limits.map((limit) => people.mask(limit)),
    options: maskValue(rule.options, (text) => people.mask(text)),
    unknown: rule.unknown.map((unknown) => ({
      subject: isShown(unknown.subject) ? unknown.subject : A_MEMBER,
      reason: { ...unknown.reason, text: people.mask(unknown.reason.text) },
    })),
  };
}

function isPerson({ kind, id }: Subject, people: People): boolean {
  return kind === 'member' && !people.isNamed(id);
}

type Said = Pick<Breach, 'message' | 'evidence'>;

function nothing(rule: string, requirements: Rules): Said {
  return { message: `Not met: ${requirements.get(rule)?.title ?? rule}`, evidence: {} };
}

/** Message and evidence without any member; `subject` is one, whether or not it is known otherwise. */
function masked({ message, evidence }: Said, people: People, subject: Subject | null): Said {
  const own = [subject?.name, subject?.email, subject?.id].filter((name) => name !== undefined);
  const mask = (text: string) => people.mask(own.reduce(maskWhole, text));
  return { message: mask(message), evidence: maskEvidence(evidence, mask) };
}

function maskEvidence(evidence: Evidence, mask: (text: string) => string): Evidence {
  const copy = maskValue(evidence, mask);
  return isRecord(copy) ? copy : {};
}

function isRecord(value: unknown): value is Evidence {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function maskValue(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map((item: unknown) => maskValue(item, mask));
  if (!isRecord(value)) return value;
  const entries = new Map<string, unknown>();
  for (const [key, item] of Object.entries(value)) entries.set(freeKey(mask(key), entries), maskValue(item, mask));
  return Object.fromEntries(entries);
}

/** Two accounts that became the same key must both stay. */
function freeKey(key: string, taken: ReadonlyMap<string, unknown>): string {
  let free = key;
  for (let number = 2; taken.has(free); number += 1) free = `${key} (${number})`;
  return free;
}
