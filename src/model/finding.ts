import { hash } from 'node:crypto';
import type { Instant } from './instant.ts';
import type { Evidence, Subject } from './judgement.ts';
import { type Severity, severityRank } from './severity.ts';
import type { AppliedWaiver } from './waiver.ts';

/** What a run made of a finding. */
export type FindingState = 'new' | 'persisting' | 'resolved' | 'unverified' | 'withdrawn';

/** Why a finding opened or closed. Only `group_changed` and `left_group` count as resolved by somebody. */
export type Because =
  | 'group_changed'
  | 'left_group'
  | 'yardstick_changed'
  | 'rule_changed'
  | 'reset'
  | 'aged_out'
  | 'acknowledged'
  | 'rule_disabled';

/** Somebody looked at an event and said so. */
export interface Acknowledgement {
  readonly by: string;
  readonly note: string;
  readonly at: Instant;
}

/** A change made by hand that a closed finding goes back to. */
export interface ResolvingChange {
  /** Id of the recorded change. */
  readonly change: string;
  readonly by: string;
  readonly reason: string;
  readonly at: Instant;
  /** What was done, in words: `revoke administration rights`. */
  readonly what: string;
}

/** A breach with identity, state and history. */
export interface Finding {
  /** SHA-256 in hex over group, rule, subject kind, subject id and key: never over a message or a measured value. */
  readonly id: string;
  readonly group: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly state: FindingState;
  readonly subject: Subject;
  readonly key: string;
  readonly message: string;
  readonly evidence: Evidence;
  /** Message and evidence tell nothing of the use of members, because the configuration asked for that; absent: they may. */
  readonly useWithheld?: boolean;
  /** Why it opened, or, once closed, why it closed. */
  readonly because: Because;
  /** When this opening began. */
  readonly openedAt: Instant;
  /** When it was ever seen first, over all openings. */
  readonly firstSeenAt: Instant;
  /** When a run last saw the breach. */
  readonly lastSeenAt: Instant;
  /** When an earlier opening closed; null when this is the first. */
  readonly lastOpenAt: Instant | null;
  readonly resolvedAt: Instant | null;
  readonly resetsAt: Instant | null;
  /** Found by the first audit of the group, or of the rule: a starting point, not news about the group. */
  readonly baseline: boolean;
  readonly waiver: AppliedWaiver | null;
  readonly acknowledged: Acknowledgement | null;
  /** Closed after this change; null: open, or mended elsewhere. Absent in what older versions stored. */
  readonly resolvedBy?: ResolvingChange | null;
}

/** The finding's identity. */
export function findingId(group: string, rule: string, subject: Pick<Subject, 'kind' | 'id'>, key: string): string {
  return hash('sha256', JSON.stringify([group, rule, subject.kind, subject.id, key]));
}

/** SHA-256 of a text, in hex: for identifiers that must be the same whenever the same thing is said. */
export function digestOf(text: string): string {
  return hash('sha256', text);
}

/** Whether a finding in this state is still owed attention. */
export function isOpen(state: FindingState): boolean {
  return state === 'new' || state === 'persisting' || state === 'unverified';
}

/** Order of findings wherever they are listed: worst first, then rule, subject and key. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    severityRank(b.severity) - severityRank(a.severity) ||
    compareText(a.rule, b.rule) ||
    compareText(a.subject.kind, b.subject.kind) ||
    compareText(a.subject.id, b.subject.id) ||
    compareText(a.key, b.key)
  );
}

/** By code unit, so that the order is the same on every machine. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
