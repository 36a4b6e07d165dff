import type { Instant } from './instant.ts';
import type { Reason } from './reason.ts';
import type { Severity } from './severity.ts';

/** What a subject can be. */
export type SubjectKind = 'member' | 'service_account' | 'group' | 'quota' | 'auditor';

/** Whom or what a judgement is about. Being an administrator does not change an account's kind. */
export interface Subject {
  readonly kind: SubjectKind;
  /** The API's id, as sent. */
  readonly id: string;
  readonly email?: string;
  readonly name?: string;
}

/** Facts that prove a breach: plain JSON, sorted, no secret. */
export type Evidence = Readonly<Record<string, unknown>>;

/** A requirement that is not met by a subject. */
export interface Breach {
  readonly subject: Subject;
  /** Tells two breaches of one subject apart (a quota's name, a spike's day); part of the finding's identity. */
  readonly key?: string;
  /** Overrides the rule's severity. */
  readonly severity?: Severity;
  /** Keeps an open finding open and opens none: hysteresis without history in the rule. */
  readonly onlyIfOpen?: boolean;
  /** When the breach ends by itself, such as a quota's reset: a finding gone after that was not repaired. */
  readonly resetsAt?: Instant;
  /** One plain sentence. Not stable between versions. */
  readonly message: string;
  readonly evidence: Evidence;
  /** How it is put where what a member uses, and when, may not be told. Without it the requirement is all that is said. */
  readonly withoutUse?: { readonly message: string; readonly evidence: Evidence };
  /** Message and evidence tell nothing of the use of members; set by the audit, never by a rule. */
  readonly useWithheld?: boolean;
}

/** A subject that could not be judged. */
export interface Unjudged {
  readonly subject: Subject;
  readonly key?: string;
  readonly unknown: Reason;
}

/** What a rule says of one subject. */
export type Judgement = Breach | Unjudged;

/** Whether a judgement says that the requirement is not met. */
export function isBreach(judgement: Judgement): judgement is Breach {
  return !('unknown' in judgement);
}

/** What evaluating a rule came to. */
export type Verdict = 'passed' | 'breached' | 'not_evaluated';

/** What evaluating one rule on one snapshot gave. */
export interface RuleResult {
  readonly rule: string;
  readonly verdict: Verdict;
  /** Why the verdict is `not_evaluated`, or why a `breached` one is not the whole truth. */
  readonly reason: Reason | null;
  /** What the rule as a whole lacked: then nothing follows for a subject that is not among the breaches. Null: it was judged by subject. */
  readonly lacking: Reason | null;
  readonly breaches: readonly Breach[];
  readonly unjudged: readonly Unjudged[];
  /** How many subjects the rule looked at; null when it does not count any. */
  readonly checked: number | null;
  /** What the verdict does not cover, as sentences. */
  readonly limits: readonly string[];
}
