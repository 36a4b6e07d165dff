import type { EncodedSection } from '../model/encoded-section.ts';
import type { Acknowledgement, Finding } from '../model/finding.ts';
import type { Instant } from '../model/instant.ts';
import type { Run, SectionSummary } from '../model/run.ts';
import type { AccountDay, QuotaReading, SectionName, UsageDay } from '../model/snapshot.ts';
import type { Told } from '../model/told.ts';
import type { Yardstick } from '../model/yardstick.ts';
import type { EarlierSection, KeptSection } from './sections.ts';
import type { Access, Tables } from './tables.ts';
import type { Reader } from './told.ts';
import type { StandingVerdict } from './verdicts.ts';

/** What a committed run read: its sections whose bytes are kept, and what it noted of those that it could not obtain. */
export interface StoredSnapshot {
  readonly run: Run;
  readonly populations: readonly SectionSummary[];
  readonly sections: readonly KeptSection[];
}

/** What is known of a group from its earlier runs: findings, verdicts, yardsticks, sections and days of use. */
export interface GroupStore {
  /** The latest state of every finding the group ever had, closed ones too. */
  findings(group: string): readonly Finding[];
  openFindings(group: string): readonly Finding[];
  told(reader: Reader): readonly Told[];
  /** The yardstick of the audit's last committed run of the group. */
  auditYardstick(group: string, audit: string): Yardstick | null;
  /** By rule id: the yardstick of the last committed run that judged the rule. */
  ruleYardsticks(group: string): ReadonlyMap<string, Yardstick>;
  /** When each rule was last judged, by rule id. */
  lastJudged(group: string): Readonly<Record<string, Instant>>;
  /** By rule id: the standing verdict and since when. */
  verdictsSince(group: string): Readonly<Record<string, StandingVerdict>>;
  /** Every stored day, oldest first. */
  storedUsage(group: string): readonly UsageDay[];
  /** Every stored day of which it is known who used the API, oldest first. */
  accountDays(group: string): readonly AccountDay[];
  /** The counters of the group's quotas as earlier audits read them, the last reading of a day, oldest first. */
  quotaReadings(group: string): readonly QuotaReading[];
  /** From the last committed run that has the section and whose bytes are kept. */
  latestSection(group: string, name: SectionName): EncodedSection | null;
  /** A section as the run had it that judged `rule` last, else as the last committed run has it; null: neither is kept. */
  earlierSection(group: string, name: SectionName, rule: string): EarlierSection | null;
  /** What the committed runs of a group since an instant read, oldest first. Bytes are read when they are asked for. */
  snapshots(query: { readonly group: string; readonly since: Instant }): readonly StoredSnapshot[];
  /** False when there is no such finding. */
  acknowledge(entry: {
    readonly finding: string;
    readonly by: string;
    readonly note: string;
    readonly at: Date;
  }): boolean;
  /** The latest acknowledgement of each finding, by finding id. */
  acknowledgements(group: string): ReadonlyMap<string, Acknowledgement>;
}

/** On the tables of an open database. */
export function groupStore(
  { runs, findings, told, verdicts, usageDays, accountDays, quotaReadings, sections, acknowledgements }: Tables,
  { read, write }: Access,
): GroupStore {
  return {
    findings: (group) => read(() => findings.all(group)),
    openFindings: (group) => read(() => findings.open(group)),
    told: (reader) => read(() => told.to(reader)),
    auditYardstick: (group, audit) => read(() => runs.yardstick(group, audit)),
    ruleYardsticks: (group) => read(() => verdicts.yardsticks(group)),
    lastJudged: (group) => read(() => verdicts.lastJudged(group)),
    verdictsSince: (group) => read(() => verdicts.since(group)),
    storedUsage: (group) => read(() => usageDays.of(group)),
    accountDays: (group) => read(() => accountDays.of(group)),
    quotaReadings: (group) => read(() => quotaReadings.of(group)),
    latestSection: (group, name) => read(() => sections.latest(group, name)),
    earlierSection: (group, name, rule) => read(() => sections.earlier(group, name, rule)),
    snapshots: ({ group, since }) =>
      read(() =>
        runs.committedSince(group, since).map(({ run, populations }) => ({
          run,
          populations: populations ?? [],
          sections: sections.kept(run.id),
        })),
      ),
    acknowledge: ({ finding, by, note, at }) =>
      write(() => {
        if (!findings.has(finding)) return false;
        acknowledgements.add(finding, { by, note, at: at.toISOString() });
        return true;
      }),
    acknowledgements: (group) => read(() => acknowledgements.of(group)),
  };
}
