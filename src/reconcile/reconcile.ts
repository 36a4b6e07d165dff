import type { RecordedChange } from '../model/change.ts';
import {
  type Acknowledgement,
  type Because,
  compareFindings,
  type Finding,
  findingId,
  isOpen,
} from '../model/finding.ts';
import { addDays, type Instant, toDay } from '../model/instant.ts';
import type { Breach, RuleResult } from '../model/judgement.ts';
import type { Requirement } from '../model/requirement.ts';
import { findResolvingChange } from './resolving-change.ts';
import { applyWaiver, type WaiverInput } from './waive.ts';

/** What a rule was judged with when it was last judged, and what that would say of the present sections. */
export interface PreviousMeasure {
  /** Whether this rule was ever judged for the group. */
  readonly judgedBefore: boolean;
  /** Whether the rule's version is another than then. */
  readonly versionChanged: boolean;
  /**
   * Ids of findings that the previous options and intended lists give on the present sections; null: they did not change;
   * `unjudged`: measured as before, the rule could not be judged, so nothing is known of what the group did.
   */
  readonly breaches: ReadonlySet<string> | 'unjudged' | null;
}

/** Everything that decides what becomes of a group's findings. */
export interface ReconcileInput extends WaiverInput {
  /** Results of the rules that this run judged. */
  readonly results: readonly RuleResult[];
  /** Every finding the group ever had, in its latest state. */
  readonly stored: readonly Finding[];
  readonly requirements: ReadonlyMap<string, Requirement>;
  /** Rules that some audit of the group still contains. A finding of any other rule is withdrawn. */
  readonly inScope: ReadonlySet<string>;
  /** Rules in scope whose file does not load: what they found stays open, unverified. */
  readonly broken: ReadonlySet<string>;
  /** By rule id; absent: judged for the first time. */
  readonly measures: ReadonlyMap<string, PreviousMeasure>;
  /** Ids of accounts that are in the group; null when that was not read, then nobody is said to have left. */
  readonly accounts: ReadonlySet<string> | null;
  /** By finding id. */
  readonly acknowledgements: ReadonlyMap<string, Acknowledgement>;
  /** What was changed in the group by hand. */
  readonly changes: readonly RecordedChange[];
}

/**
 * Compares what this run saw with what is stored. Returns the findings that are open or were closed by this run, of the judged rules,
 * of rules whose file is broken and of rules out of scope; findings of rules that this run did not judge are not touched and not returned.
 */
export function reconcile(input: ReconcileInput): readonly Finding[] {
  const stored = new Map(input.stored.map((finding) => [finding.id, finding]));
  const judged = input.results.flatMap((result) => reconcileRule(input, result, stored));
  const withdrawn = input.stored
    .filter((finding) => isOpen(finding.state) && !input.inScope.has(finding.rule))
    .map((finding) => close(finding, 'withdrawn', 'rule_disabled', input.at));
  const unverified = input.stored
    .filter((finding) => isOpen(finding.state) && input.inScope.has(finding.rule) && input.broken.has(finding.rule))
    .map((finding): Finding => ({ ...finding, state: 'unverified' }));
  return [...judged, ...unverified, ...withdrawn].map((finding) => applyWaiver(finding, input)).sort(compareFindings);
}

function reconcileRule(
  input: ReconcileInput,
  result: RuleResult,
  stored: ReadonlyMap<string, Finding>,
): readonly Finding[] {
  const open = input.stored.filter((finding) => finding.rule === result.rule && isOpen(finding.state));
  const breaches = new Map(
    result.breaches.map((breach) => [findingId(input.group, result.rule, breach.subject, breach.key ?? ''), breach]),
  );
  const continued = open.map((finding) => continueFinding(input, result, finding, breaches.get(finding.id)));
  const openIds = new Set(open.map((finding) => finding.id));
  const opened = [...breaches]
    .filter(
      ([id, breach]) =>
        !openIds.has(id) && breach.onlyIfOpen !== true && !isSettledEvent(input, result.rule, stored.get(id)),
    )
    .map(([id, breach]) => openFinding(input, result.rule, id, breach, stored.get(id)));
  return [...continued, ...opened];
}

/** What becomes of an open finding of a rule that this run judged, or tried to. */
function continueFinding(
  input: ReconcileInput,
  result: RuleResult,
  finding: Finding,
  breach: Breach | undefined,
): Finding {
  const acknowledged = input.acknowledgements.get(finding.id) ?? finding.acknowledged;
  const event = input.requirements.get(finding.rule)?.event ?? null;
  if (event !== null && acknowledged !== null && acknowledged.at >= finding.openedAt) {
    return { ...close(finding, 'resolved', 'acknowledged', input.at), acknowledged };
  }
  if (event !== null && toDay(input.at) > addDays(toDay(finding.openedAt), event.agesOutAfterDays))
    return close(finding, 'resolved', 'aged_out', input.at);
  if (breach !== undefined) return persist(input, finding, breach);
  if (result.lacking !== null || isUnjudged(result, finding)) return { ...finding, state: 'unverified' };
  if (event !== null) return { ...finding, state: 'persisting' };
  return resolve(input, finding);
}

/** Closed because the breach is gone; what the group did goes back to a change by hand where one was made. */
function resolve(input: ReconcileInput, finding: Finding): Finding {
  const because = whyClosed(input, finding);
  const closed = close(finding, 'resolved', because, input.at);
  if (because !== 'group_changed' && because !== 'left_group') return closed;
  const resolvedBy = findResolvingChange(finding, input.changes, input.requirements.get(finding.rule));
  return { ...closed, resolvedBy };
}

function isUnjudged(result: RuleResult, finding: Finding): boolean {
  return result.unjudged.some(
    ({ subject, key }) =>
      subject.kind === finding.subject.kind &&
      subject.id === finding.subject.id &&
      (key === undefined || key === finding.key),
  );
}

/** An event that somebody acknowledged, or that aged out, does not open again for the same day. */
function isSettledEvent(input: ReconcileInput, rule: string, stored: Finding | undefined): boolean {
  if (stored === undefined || (input.requirements.get(rule)?.event ?? null) === null) return false;
  return stored.because === 'acknowledged' || stored.because === 'aged_out';
}

function persist(input: ReconcileInput, finding: Finding, breach: Breach): Finding {
  const { useWithheld: _, ...before } = finding;
  return {
    ...before,
    state: 'persisting',
    severity: breach.severity ?? ruleSeverity(input, finding.rule),
    subject: breach.subject,
    message: breach.message,
    evidence: breach.evidence,
    ...(breach.useWithheld === true ? { useWithheld: true } : {}),
    resetsAt: breach.resetsAt ?? null,
    lastSeenAt: input.at.toISOString(),
  };
}

function openFinding(
  input: ReconcileInput,
  rule: string,
  id: string,
  breach: Breach,
  stored: Finding | undefined,
): Finding {
  const at = input.at.toISOString();
  const measure = input.measures.get(rule);
  return {
    id,
    group: input.group,
    rule,
    severity: breach.severity ?? ruleSeverity(input, rule),
    state: 'new',
    subject: breach.subject,
    key: breach.key ?? '',
    message: breach.message,
    evidence: breach.evidence,
    ...(breach.useWithheld === true ? { useWithheld: true } : {}),
    because: whyOpened(input, rule, id),
    openedAt: at,
    firstSeenAt: stored?.firstSeenAt ?? at,
    lastSeenAt: at,
    lastOpenAt: stored === undefined ? null : (stored.resolvedAt ?? stored.lastSeenAt),
    resolvedAt: null,
    resetsAt: breach.resetsAt ?? null,
    baseline: measure === undefined || !measure.judgedBefore,
    waiver: stored?.waiver ?? null,
    acknowledged: null,
    resolvedBy: null,
  };
}

function close(finding: Finding, state: 'resolved' | 'withdrawn', because: Because, at: Date): Finding {
  return { ...finding, state, because, resolvedAt: at.toISOString() };
}

/** An opening is the group's doing unless our own side changed and, measured as before, nothing would have opened. */
function whyOpened({ measures }: ReconcileInput, rule: string, id: string): Because {
  // Where nothing was ever judged, nothing of ours can have changed: that is how the group was found.
  if (measures.size === 0) return 'group_changed';
  const measure = measures.get(rule);
  if (measure === undefined || !measure.judgedBefore) return 'rule_changed';
  if (measure.breaches === 'unjudged' || measure.breaches?.has(id) === false) return 'yardstick_changed';
  return measure.versionChanged ? 'rule_changed' : 'group_changed';
}

/** A closing is the group's doing only when, measured as before, the breach would be gone as well. */
function whyClosed(input: ReconcileInput, finding: Finding): Because {
  const measure = input.measures.get(finding.rule);
  if (finding.resetsAt !== null && hasPassed(finding.resetsAt, input.at)) return 'reset';
  if (hasLeft(input, finding)) return 'left_group';
  const before = measure?.breaches ?? null;
  if (before === 'unjudged' || before?.has(finding.id) === true) return 'yardstick_changed';
  return measure?.versionChanged === true ? 'rule_changed' : 'group_changed';
}

function hasLeft(input: ReconcileInput, finding: Finding): boolean {
  const isAccount = finding.subject.kind === 'member' || finding.subject.kind === 'service_account';
  return isAccount && input.accounts !== null && !input.accounts.has(finding.subject.id);
}

function hasPassed(instant: Instant, at: Date): boolean {
  return Date.parse(instant) <= at.getTime();
}

function ruleSeverity(input: ReconcileInput, rule: string): Requirement['severity'] {
  // A result without a requirement is a defect of the caller; the mildest wrong answer is the loudest one.
  return input.requirements.get(rule)?.severity ?? 'critical';
}
