import type { z as zod } from 'zod';
import type { Judgement } from './model/judgement.ts';
import type { Reason, ReasonKind } from './model/reason.ts';
import type { Controls, Fix, PersonalUse } from './model/requirement.ts';
import type { Severity } from './model/severity.ts';
import type { Section, SectionName, Sections } from './model/snapshot.ts';

export { z } from 'zod';
export { joinAccountDays } from './model/account-days.ts';
export {
  type AccountSpike,
  type AccountsInput,
  type JudgedAccounts,
  judgeAccounts,
} from './model/account-spikes.ts';
export { accountSubject } from './model/account-subject.ts';
export {
  type Approval,
  type Approvals,
  approvalOf,
  type Nameable,
  readApprovals,
  reviewDue,
} from './model/approvals.ts';
export { mean, median, quantile, sum } from './model/averages.ts';
export { type DayCalls, type DayUse, dailyUse } from './model/daily-use.ts';
export { type Fact, valueOr } from './model/fact.ts';
export {
  FORECAST_LIKELIHOOD,
  type Forecast,
  forecastQuota,
  type Outlook,
  type QuotaHistory,
} from './model/forecast.ts';
export {
  addDays,
  type Day,
  daysBetween,
  daysUntil,
  eachDay,
  type Instant,
  nextDayStart,
  nextMonthStart,
  toDay,
  toMonth,
  weekdayOf,
} from './model/instant.ts';
export type { Breach, Evidence, Judgement, Subject, Unjudged } from './model/judgement.ts';
export { otherPool } from './model/quota.ts';
export type { Reason } from './model/reason.ts';
export type { PersonalUse } from './model/requirement.ts';
export type { Severity } from './model/severity.ts';
export {
  type AccountDay,
  type AccountUsage,
  type ActivityEntry,
  type ActivityLog,
  ADMINISTRATOR_ROLE,
  type Administrator,
  type ApprovedEntry,
  type ApprovedSince,
  type AuditorHealth,
  type Consumption,
  type EarlierAccounts,
  type EarlierAdministrators,
  type FailingRule,
  type Group,
  type LateSlot,
  type Member,
  type Privilege,
  type ProgramHealth,
  type Quota,
  type QuotaReading,
  type Rights,
  type Roles,
  type Section,
  type ServiceAccount,
  type SingleSignOn,
  type Undelivered,
  type UsageDay,
  type UseOfMonth,
  type WaiverInUse,
} from './model/snapshot.ts';
export { type Spike, type SpikeOptions, spikesAmong } from './model/spikes.ts';
export { lastDayOf, monthBefore, toUseHistory, type UseHistory } from './model/use-history.ts';
export { type UsualUse, usualUse } from './model/usual-use.ts';

/** The instant of the audit: the only time a rule knows. */
export interface RuleContext {
  readonly at: Date;
}

/** Judgements with what a reader must know about them. */
export interface Judged {
  readonly judgements: readonly Judgement[];
  /** How many subjects were looked at. */
  readonly checked?: number;
  /** What a verdict of "met" would not cover, as sentences. */
  readonly limits?: readonly string[];
}

/** The whole rule could not be judged. */
export interface NotEvaluated {
  readonly notEvaluated: Reason;
}

/** What a rule's `evaluate` returns: a bare list is short for `{ judgements }`. */
export type RuleOutcome = readonly Judgement[] | Judged | NotEvaluated;

/** Sections as `evaluate` receives them: needed ones are present values, wanted and consulted ones may be missing with a reason. */
export type RuleInput<Need extends SectionName, Want extends SectionName> = {
  readonly [Name in Need]: Sections[Name];
} & {
  readonly [Name in Want]: Section<Sections[Name]>;
};

/**
 * A requirement and how it is judged. A rule is pure: no I/O, no clock, no randomness, no other rule. A rule that throws or returns
 * something else is not evaluated; it never passes.
 */
export interface Rule<
  Need extends SectionName,
  Want extends SectionName,
  Options,
  Consult extends SectionName = never,
> {
  /** The file's name: kebab-case, states the requirement. */
  readonly id: string;
  /** The requirement as a sentence without a full stop. */
  readonly title: string;
  readonly severity: Severity;
  readonly tags: readonly string[];
  /** Why it matters, in one or two sentences. */
  readonly why: string;
  readonly fix: Fix;
  readonly controls: Controls;
  /** For requirements about something that happened: findings stay until acknowledged or so many days old. */
  readonly event?: { readonly agesOutAfterDays: number };
  /**
   * For rules that read who used what, or when: `account`, when a finding is about an account as such, which is then named even where
   * personal use is not (`privacy.namePersonalUsage: false`); its breaches then say in `withoutUse` how they are put. Default for rules
   * that read consumption: `use`, a member is not named.
   */
  readonly personalUse?: PersonalUse;
  /** For requirements that only some groups have: the rule is judged only where the configuration switches it on. */
  readonly offByDefault?: boolean;
  /** Raise it when the same input may be judged differently than before. */
  readonly version?: number;
  /** Without these the rule is not evaluated. */
  readonly needs: readonly Need[];
  /** With these missing the rule is still evaluated and its breaches count, but it cannot pass. */
  readonly wants?: readonly Want[];
  /** With these missing the rule is evaluated and may pass: it says itself, of the subjects that it matters for, that they are unknown. */
  readonly consults?: readonly Consult[];
  /** A strict zod object in which every option has a default. */
  readonly options: zod.ZodType<Options>;
  evaluate(sections: RuleInput<Need, Want | Consult>, options: Options, context: RuleContext): RuleOutcome;
}

/** Declares a rule. Returns it unchanged; its purpose is that the sections and options in `evaluate` get their types. */
export function defineRule<
  const Need extends SectionName,
  const Want extends SectionName = never,
  Options = unknown,
  const Consult extends SectionName = never,
>(rule: Rule<Need, Want, Options, Consult>): Rule<Need, Want, Options, Consult> {
  return rule;
}

/** The whole rule could not be judged, for this reason. */
export function notEvaluated(kind: ReasonKind, text: string): NotEvaluated {
  return { notEvaluated: { kind, text } };
}
