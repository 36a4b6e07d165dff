import type { Finding } from '../model/finding.ts';
import type { Message } from '../model/message.ts';
import type { Report } from '../model/report.ts';
import type { Digests, Run, SectionSummary } from '../model/run.ts';
import type { AccountDay, QuotaReading, UsageDay } from '../model/snapshot.ts';
import type { Told } from '../model/told.ts';
import type { Yardstick } from '../model/yardstick.ts';
import type { EncodedSection } from '../sections.ts';
import type { RuleFate } from './rule-failures.ts';
import type { RuleVerdict } from './verdicts.ts';

/** Everything one run leaves: kept as a whole, or not at all. A failed run that read nothing leaves a report and messages too. */
export interface RunCommit {
  /** With its final status. */
  readonly run: Run;
  /** Id of the group's last committed run when this one read the stored findings; null: there was none. */
  readonly basedOn: string | null;
  readonly sections: readonly EncodedSection[];
  readonly summaries: readonly SectionSummary[];
  /** Verdicts of the rules this run judged or tried to. */
  readonly results: readonly RuleVerdict[];
  /** Whether the same rules, and files that are no rules, failed. */
  readonly fates: readonly RuleFate[];
  /** Findings whose stored state this run replaces. */
  readonly findings: readonly Finding[];
  readonly told: readonly Told[];
  readonly report: Report;
  readonly digests: Digests;
  readonly yardstick: Yardstick;
  readonly messages: readonly Message[];
  /** Finished days only. */
  readonly usage: readonly UsageDay[];
  readonly accountDays: readonly AccountDay[];
  /** The counters of the group's quotas, as this run read them. */
  readonly quotaReadings: readonly QuotaReading[];
  /** Wall times that this run stands for; those that it claimed are finished anyway. */
  readonly slots: readonly string[];
  readonly at: Date;
}

/** `moved`: another run of the group was committed since `basedOn`; nothing was written, reconcile again on what is stored now. */
export type CommitOutcome = { readonly committed: true } | { readonly committed: false; readonly reason: 'moved' };
