import type { Finding } from './finding.ts';
import type { Forecast } from './forecast.ts';
import type { Day, Instant } from './instant.ts';
import type { SubjectKind, Verdict } from './judgement.ts';
import type { Reason } from './reason.ts';
import type { Controls, Requirement } from './requirement.ts';
import type { Digests, Run, SectionSummary } from './run.ts';
import type { Severity } from './severity.ts';
import type { Rights } from './snapshot.ts';
import type { BadWaiver, Waiver } from './waiver.ts';
import type { YardstickChange } from './yardstick.ts';

/** A rule in a report: what it demands and what became of it. */
export interface RuleReport {
  readonly requirement: Requirement;
  readonly verdict: Verdict;
  readonly reason: Reason | null;
  /** Subjects looked at; null when the rule counts none. */
  readonly checked: number | null;
  /** Subjects that could not be judged; without a kind in what older versions stored. */
  readonly unknown: readonly { readonly subject: string; readonly kind?: SubjectKind; readonly reason: Reason }[];
  readonly limits: readonly string[];
  /** The options in force. */
  readonly options: unknown;
  /** Since when the verdict is what it is, over the stored runs. */
  readonly since: Instant;
}

/** A rule that is switched off, which readers must see. */
export interface DisabledRule {
  readonly id: string;
  readonly title: string;
  readonly reason: string;
  readonly until: Day | null;
  /** Controls it would be evidence for: they read "not covered". */
  readonly controls: Controls;
}

/** Why a quota is judged or not. */
export type QuotaStatus = 'judged' | 'no_limit' | 'not_licensed' | 'rate' | 'gauge' | 'other_pool';

/** A quota of the group as the report shows it, with its forecast in words where there is one. */
export interface QuotaRow {
  readonly name: string;
  readonly allowed: number;
  readonly used: number;
  readonly status: QuotaStatus;
  /** Null for rates and gauges. */
  readonly resetsAt: Instant | null;
  /** Highest finished day of a daily quota since the rule was last judged; null where it does not apply. */
  readonly peak: { readonly day: Day; readonly used: number } | null;
  /** Null where nothing can be foretold; absent in what older versions stored. */
  readonly forecast?: Forecast | null;
}

/** Calls of the group on one day; `spike` when a finding marks it. */
export interface UsageBar {
  readonly day: Day;
  readonly calls: number;
  readonly spike: boolean;
}

/** Open findings after an earlier run, for the trend. */
export interface TrendPoint {
  readonly at: Instant;
  readonly status: Run['status'];
  readonly bySeverity: Readonly<Record<Severity, number>>;
}

/** A message that could not be delivered, or waits since the last report. */
export interface OwedDelivery {
  readonly channel: string;
  readonly run: string;
  readonly state: 'pending' | 'failed';
  readonly since: Instant;
  readonly lastError: string | null;
}

/** Counts over the findings of a report. `resolved` counts only what changed in the group. */
export interface Summary {
  readonly rules: {
    readonly passed: number;
    readonly breached: number;
    readonly notEvaluated: number;
    readonly disabled: number;
  };
  readonly findings: {
    readonly new: number;
    readonly persisting: number;
    readonly resolved: number;
    /** Closed for another reason: yardstick or rule changed, reset, aged out, acknowledged. */
    readonly closed: number;
    readonly unverified: number;
    readonly withdrawn: number;
    readonly waived: number;
  };
  /** Open and not waived. */
  readonly bySeverity: Readonly<Record<Severity, number>>;
}

/** The reconciled result of one run, before anybody's filter. Everything a rendering shows comes from here. */
export interface Report {
  readonly run: Run;
  /** The first audit of this group: findings are a starting point. */
  readonly baseline: boolean;
  /** Slots that were missed and are covered by this run. */
  readonly missedSlots: readonly string[];
  /** Earlier runs of this audit that ended without a report, newest first; absent in what older versions stored. */
  readonly interrupted?: readonly { readonly run: string; readonly slot: string | null; readonly startedAt: Instant }[];
  readonly rights: Rights | null;
  readonly summary: Summary;
  readonly rules: readonly RuleReport[];
  readonly disabled: readonly DisabledRule[];
  /** Custom rule files that did not load, with the reason. Each also makes the run partial. */
  readonly brokenRules: readonly { readonly file: string; readonly reason: Reason }[];
  /** Open and just closed findings, sorted: severity, rule, subject, key. */
  readonly findings: readonly Finding[];
  readonly sections: readonly SectionSummary[];
  readonly waivers: {
    readonly inForce: readonly Waiver[];
    readonly bad: readonly BadWaiver[];
    /** In force, and covering nothing that is open; absent in what older versions stored. */
    readonly unused?: readonly Waiver[];
  };
  readonly yardstickChanges: readonly YardstickChange[];
  /** What the API shows to nobody: the fixed scope limitation of every report. */
  readonly outsideView: readonly string[];
  readonly quotas: readonly QuotaRow[];
  /** The last 30 finished days, oldest first; null when usage was not read. */
  readonly usage: readonly UsageBar[] | null;
  readonly trend: readonly TrendPoint[];
  readonly owed: readonly OwedDelivery[];
  readonly nextRunAt: Instant | null;
  /** What single members use is not told; absent: it is. */
  readonly useWithheld?: boolean;
  /** Null only while the report is being put together: its own digest is taken over it without them. */
  readonly digests: Digests | null;
}

/** How the house of the reader wants reports to look. */
export interface ReportLook {
  readonly organization: string | null;
  readonly timezone: string;
  readonly accentColor: string;
  /** A `data:` URL, for the page only; null: none. */
  readonly logo: string | null;
}
