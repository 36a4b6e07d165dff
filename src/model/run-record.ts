import type { EncodedSection } from './encoded-section.ts';
import type { Finding } from './finding.ts';
import type { Verdict } from './judgement.ts';
import type { Message } from './message.ts';
import type { Report } from './report.ts';
import type { Digests, Run, SectionSummary } from './run.ts';
import type { AccountDay, QuotaReading, UsageDay } from './snapshot.ts';
import type { Told } from './told.ts';
import type { Yardstick } from './yardstick.ts';

/** The verdict of one rule in one run. */
export interface RuleVerdict {
  readonly rule: string;
  readonly verdict: Verdict;
  /** False when the rule as a whole could not be judged. */
  readonly judged: boolean;
}

/** How a rule fared in a run; `failure` null: it did not fail. */
export interface RuleFate {
  readonly rule: string;
  readonly failure: string | null;
}

/** Everything one run leaves: kept as a whole, or not at all. A failed run that read nothing leaves a report and messages too. */
export interface RunRecord {
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
