import type { BuiltInRule } from '../evaluate/catalogue.ts';
import type { CustomRule } from '../evaluate/custom-rules.ts';
import type { RecordedChange } from '../model/change.ts';
import type { Clock } from '../model/clock.ts';
import type { EncodedSection } from '../model/encoded-section.ts';
import type { Acknowledgement, Finding } from '../model/finding.ts';
import type { Day, Instant } from '../model/instant.ts';
import type { Verdict } from '../model/judgement.ts';
import type { Log } from '../model/log.ts';
import type { Delivery } from '../model/message.ts';
import type { Reason } from '../model/reason.ts';
import type { DisabledRule, OwedDelivery, ReportLook, Summary } from '../model/report.ts';
import type { Requirement } from '../model/requirement.ts';
import type { Digests, Run, Trigger } from '../model/run.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { ChannelSettings, GroupSettings, PrivacySettings, RuleSettings, SendSettings } from '../model/settings.ts';
import type { Severity } from '../model/severity.ts';
import type {
  AccountDay,
  CollectedName,
  FailingRule,
  LateSlot,
  QuotaReading,
  SectionName,
  UsageDay,
} from '../model/snapshot.ts';
import type { Told } from '../model/told.ts';
import type { BadWaiver, Waiver } from '../model/waiver.ts';
import type { Yardstick } from '../model/yardstick.ts';
import type { Templates } from '../render/templates.ts';
import type { AuditClient } from '../virustotal/audit-client.ts';

/** One audit's share of a job. */
export interface AuditOrder {
  readonly audit: string;
  readonly runId: string;
  /** Ids of the rules that this audit judges, switched-off ones left out. */
  readonly rules: readonly string[];
  /** Empty: nothing is sent. */
  readonly send: readonly SendSettings[];
  /** Channels that hear only that the run could not look, and that it can again. */
  readonly operators: readonly string[];
  /** The slot that this run stands for, and older ones that were missed with it; null: started by hand. */
  readonly slot: { readonly wallTime: string; readonly dueAt: Instant; readonly missed: readonly string[] } | null;
  readonly nextRunAt: Instant | null;
}

/** Audits of one group that are due together: they share one collection. */
export interface AuditJob {
  readonly group: GroupSettings;
  readonly orders: readonly AuditOrder[];
  readonly trigger: Trigger;
  readonly narrowed: boolean;
  readonly signal?: AbortSignal;
  /** Called as requests are answered. */
  readonly progress?: (done: number, planned: number, section: CollectedName) => void;
}

/** The rules in force, built-in and custom, with what the configuration says of them. */
export interface RuleSet {
  readonly builtIn: readonly BuiltInRule[];
  readonly custom: readonly CustomRule[];
  readonly broken: readonly { readonly file: string; readonly reason: Reason }[];
  /** By rule id, with the configured severity. */
  readonly requirements: ReadonlyMap<string, Requirement>;
  /** By rule id, as the configuration has them. */
  readonly settings: Readonly<Record<string, RuleSettings>>;
  /** By rule id, as the rule's schema parsed them. */
  readonly options: ReadonlyMap<string, unknown>;
  /** By rule id: a severity that the configuration gives to all of a rule's breaches. */
  readonly severities: ReadonlyMap<string, Severity>;
  readonly disabled: readonly DisabledRule[];
  /** By rule id: every section that it needs or wants. */
  readonly sections: ReadonlyMap<string, readonly SectionName[]>;
  /** SHA-256 over ids, versions and options. */
  readonly digest: string;
}

/** The waiver file as it was read for a run. */
export interface WaiversInForce {
  /** Null: the file could not be read; what was waived stays waived. */
  readonly waivers: readonly Waiver[] | null;
  readonly bad: readonly BadWaiver[];
}

/** What an audit needs of the store; the store is more than this. */
export interface AuditStore {
  startRun(run: Run): void;
  commitRun(record: RunRecord): { readonly committed: boolean };
  lastRun(group: string): { readonly run: Run; readonly digests: Digests | null } | null;
  runs(query: {
    readonly limit: number;
    readonly audit?: string;
    readonly group?: string;
  }): readonly { readonly run: Run; readonly summary: Summary | null }[];
  historySince(group: string): Instant | null;
  findings(group: string): readonly Finding[];
  told(reader: { readonly audit: string; readonly channel: string; readonly group: string }): readonly Told[];
  /** The yardstick of the audit's last committed run of the group. */
  auditYardstick(group: string, audit: string): Yardstick | null;
  /** By rule id: the yardstick of the last committed run that judged the rule. */
  ruleYardsticks(group: string): ReadonlyMap<string, Yardstick>;
  lastJudged(group: string): Readonly<Record<string, Instant>>;
  verdictsSince(group: string): Readonly<Record<string, { readonly verdict: Verdict; readonly since: Instant }>>;
  storedUsage(group: string): readonly UsageDay[];
  accountDays(group: string): readonly AccountDay[];
  quotaReadings(group: string): readonly QuotaReading[];
  latestSection(group: string, name: SectionName): EncodedSection | null;
  /** What was changed by hand, newest first. */
  changes(query: { readonly limit: number; readonly group: string }): readonly RecordedChange[];
  acknowledgements(group: string): ReadonlyMap<string, Acknowledgement>;
  owedDeliveries(group: string, since: Instant): readonly OwedDelivery[];
  /** A section as the run had it that judged `rule` last, else as the last committed run has it. */
  earlierSection(
    group: string,
    name: SectionName,
    rule: string,
  ): { readonly section: EncodedSection; readonly at: Instant } | null;
  lateSlots(query: { readonly since: Date; readonly at: Date; readonly lateSeconds: number }): readonly LateSlot[];
  failingRules(): readonly FailingRule[];
  keySalt(): Uint8Array;
  keyFirstSeen(group: string, fingerprint: string, at: Date): Instant;
  ownRequests(group: string): Readonly<Record<Day, number>>;
  deliveries(query: { readonly limit: number; readonly state: 'pending' | 'failed' }): readonly Delivery[];
  groups(): readonly string[];
}

/** What every audit of this configuration shares. */
export interface AuditContext {
  readonly store: AuditStore;
  readonly rules: RuleSet;
  /** By group id: rules that some audit of the group contains. A finding of any other rule is withdrawn. */
  readonly inScope: ReadonlyMap<string, ReadonlySet<string>>;
  /** After how many days a reader of changes is reminded, by severity. */
  readonly reminders: Readonly<Record<Severity, readonly number[]>>;
  /** How long a waiver may last, by the severity of what it covers. */
  readonly maxWaiverDays: Readonly<Record<Severity, number>>;
  readonly channels: Readonly<Record<string, ChannelSettings>>;
  readonly privacy: PrivacySettings;
  readonly look: ReportLook;
  readonly templates: Templates;
  readonly budget: { readonly run: number; readonly dayShare: number };
  readonly configDigest: string;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
  openClient(group: GroupSettings, signal?: AbortSignal): AuditClient;
  loadWaivers(at: Date): Promise<WaiversInForce>;
}
