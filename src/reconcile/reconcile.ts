import type { RecordedChange } from '../model/change.ts';
import {
  type Acknowledgement,
  type Because,
  compareFindings,
  type Finding,
  findingId,
  isOpen,
} from '../model/finding.ts';
import { addDays, toDay } from '../model/instant.ts';
import type { Breach, RuleResult } from '../model/judgement.ts';
import type { Requirement } from '../model/requirement.ts';
import { type BecauseInput, whyClosed, whyOpened } from './because.ts';
import { nextState } from './lifecycle.ts';
import { findResolvingChange } from './resolving-change.ts';
import { applyWaiver, type WaiverInput } from './waive.ts';

/** Everything that decides what becomes of a group's findings. */
export interface ReconcileInput extends WaiverInput, BecauseInput {
  /** Results of the rules that this run judged. */
  readonly results: readonly RuleResult[];
  /** Every finding the group ever had, in its latest state. */
  readonly stored: readonly Finding[];
  readonly requirements: ReadonlyMap<string, Requirement>;
  /** Rules that some audit of the group still contains. A finding of any other rule is withdrawn. */
  readonly inScope: ReadonlySet<string>;
  /** Rules in scope whose file does not load: what they found stays open, unverified. */
  readonly broken: ReadonlySet<string>;
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
  const open = input.stored.filter((finding) => isOpen(finding.state));
  const withdrawn = open
    .filter(({ rule }) => !input.inScope.has(rule))
    .map((finding) => close(finding, nextState('open', 'out_of_scope'), 'rule_disabled', input.at));
  const unverified = open
    .filter(({ rule }) => input.inScope.has(rule) && input.broken.has(rule))
    .map((finding): Finding => ({ ...finding, state: nextState('open', 'not_evaluated') }));
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
  const isUnknown = toUnknown(result);
  const continued = open.map((finding) =>
    continueFinding(input, finding, { breach: breaches.get(finding.id), isUnknown: isUnknown(finding) }),
  );
  const openIds = new Set(open.map((finding) => finding.id));
  const opened = [...breaches]
    .filter(([id, breach]) => !openIds.has(id) && breach.onlyIfOpen !== true)
    .flatMap(([id, breach]) => openFinding(input, result.rule, id, breach, stored.get(id)) ?? []);
  return [...continued, ...opened];
}

/** What a run saw of the subject of an open finding. */
interface Seen {
  readonly breach: Breach | undefined;
  /** It was not judged, by itself or with the whole rule. */
  readonly isUnknown: boolean;
}

/** What becomes of an open finding of a rule that this run judged, or tried to. */
function continueFinding(input: ReconcileInput, finding: Finding, { breach, isUnknown }: Seen): Finding {
  const event = input.requirements.get(finding.rule)?.event ?? null;
  const settled = event === null ? null : settle(input, finding, event.agesOutAfterDays);
  if (settled !== null) return settled;
  if (breach !== undefined) return persist(input, finding, breach);
  const sight = isUnknown ? 'not_evaluated' : event === null ? 'clean' : 'past';
  return sight === 'clean' ? resolve(input, finding) : { ...finding, state: nextState('open', sight) };
}

/** An event is over once somebody looked at it, or after so many days; null: it is not. */
function settle(input: ReconcileInput, finding: Finding, agesOutAfterDays: number): Finding | null {
  const state = nextState('open', 'settled');
  const acknowledged = input.acknowledgements.get(finding.id) ?? finding.acknowledged;
  if (acknowledged !== null && acknowledged.at >= finding.openedAt)
    return { ...close(finding, state, 'acknowledged', input.at), acknowledged };
  if (toDay(input.at) <= addDays(toDay(finding.openedAt), agesOutAfterDays)) return null;
  return close(finding, state, 'aged_out', input.at);
}

/** Closed because the breach is gone; what the group did goes back to a change by hand where one was made. */
function resolve(input: ReconcileInput, finding: Finding): Finding {
  const because = whyClosed(input, finding);
  const closed = close(finding, nextState('open', 'clean'), because, input.at);
  if (because !== 'group_changed' && because !== 'left_group') return closed;
  const resolvedBy = findResolvingChange(finding, input.changes, input.requirements.get(finding.rule));
  return { ...closed, resolvedBy };
}

/** Whether nothing was seen of a finding's subject. One that is named without a key is unknown in all that it may breach. */
function toUnknown({ lacking, unjudged }: RuleResult): (finding: Finding) => boolean {
  if (lacking !== null) return () => true;
  const places = new Set(unjudged.map(({ subject, key }) => placeOf(subject, key ?? null)));
  return ({ subject, key }) => places.has(placeOf(subject, null)) || places.has(placeOf(subject, key));
}

function placeOf({ kind, id }: Finding['subject'], key: string | null): string {
  return JSON.stringify([kind, id, key]);
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
    state: nextState('open', 'breach'),
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
): Finding | null {
  const state = nextState('closed', isSettledEvent(input, rule, stored) ? 'settled' : 'breach');
  if (state === null) return null;
  const at = input.at.toISOString();
  const measure = input.measures.get(rule);
  return {
    id,
    group: input.group,
    rule,
    severity: breach.severity ?? ruleSeverity(input, rule),
    state,
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

function ruleSeverity(input: ReconcileInput, rule: string): Requirement['severity'] {
  // A result without a requirement is a defect of the caller; the mildest wrong answer is the loudest one.
  return input.requirements.get(rule)?.severity ?? 'critical';
}
