import { dailyUse } from '../model/daily-use.ts';
import { forecastQuota, type QuotaHistory } from '../model/forecast.ts';
import { addDays, type Instant, nextDayStart, nextMonthStart, toDay } from '../model/instant.ts';
import type { RuleResult, Verdict } from '../model/judgement.ts';
import { otherPool, type QuotaKind, quotaKind } from '../model/quota.ts';
import type { QuotaRow, QuotaStatus, Report, RuleReport, UsageBar } from '../model/report.ts';
import type { Requirement } from '../model/requirement.ts';
import type { Snapshot, UsageDay } from '../model/snapshot.ts';
import { summarize } from '../model/summary.ts';

/** Days of use that a report shows. */
const USAGE_DAYS = 30;

/** What the API shows to nobody, whatever key asks: printed in every report, so that "met" is not read as more than it is. */
const OUTSIDE_VIEW = [
  'Invitations that nobody has answered yet.',
  'Settings of sign-in, single sign-on and session length.',
  'The age of API keys, and from which addresses they are used.',
  "Members' own privileges and the groups they were in before.",
  "The group's token.",
  'Use of the API version 2 and of the web interface.',
  'Use before the last 60 days, unless an earlier audit stored it.',
] as const;

/** The pieces that the stages before have made. */
export interface ReportInput
  extends Pick<
    Report,
    | 'run'
    | 'baseline'
    | 'missedSlots'
    | 'interrupted'
    | 'rights'
    | 'disabled'
    | 'brokenRules'
    | 'findings'
    | 'sections'
    | 'waivers'
    | 'yardstickChanges'
    | 'trend'
    | 'owed'
    | 'nextRunAt'
  > {
  readonly results: readonly RuleResult[];
  readonly requirements: ReadonlyMap<string, Requirement>;
  readonly options: ReadonlyMap<string, unknown>;
  readonly snapshot: Snapshot;
  /** By rule id, the verdict of the last run and since when it stands. */
  readonly verdicts: Readonly<Record<string, { readonly verdict: Verdict; readonly since: Instant }>>;
  readonly at: Date;
}

/** Puts a run's report together: counts, tables, and the rules' results with what they are about. */
export function buildReport(input: ReportInput): Report {
  const rules = input.results.flatMap((result) => toRuleReport(input, result));
  const spikes = eventDays(input);
  return {
    run: input.run,
    baseline: input.baseline,
    missedSlots: input.missedSlots,
    ...(input.interrupted === undefined ? {} : { interrupted: input.interrupted }),
    rights: input.rights,
    summary: summarize(rules, input.disabled.length, input.findings),
    rules,
    disabled: input.disabled,
    brokenRules: input.brokenRules,
    findings: input.findings,
    sections: input.sections,
    waivers: input.waivers,
    yardstickChanges: input.yardstickChanges,
    outsideView: OUTSIDE_VIEW,
    quotas: toQuotaRows(input.snapshot, input.at),
    usage: toUsageBars(input.snapshot, spikes, input.at),
    trend: input.trend,
    owed: input.owed,
    nextRunAt: input.nextRunAt,
    digests: null,
  };
}

function toRuleReport(input: ReportInput, result: RuleResult): readonly RuleReport[] {
  const requirement = input.requirements.get(result.rule);
  if (requirement === undefined) return [];
  const before = Object.hasOwn(input.verdicts, result.rule) ? input.verdicts[result.rule] : undefined;
  return [
    {
      requirement,
      verdict: result.verdict,
      reason: result.reason,
      checked: result.checked,
      unknown: result.unjudged.map(({ subject, unknown }) => ({
        subject: subject.id,
        kind: subject.kind,
        reason: unknown,
      })),
      limits: result.limits,
      options: input.options.get(result.rule) ?? {},
      since: before?.verdict === result.verdict ? before.since : input.run.startedAt,
    },
  ];
}

function toQuotaRows(snapshot: Snapshot, at: Date): readonly QuotaRow[] {
  const group = snapshot.group;
  if (group?.present !== true || !group.value.quotas.known) return [];
  const history = quotaHistory(snapshot, at);
  return Object.entries(group.value.quotas.value)
    .map(([name, quota]): QuotaRow => {
      const pools = snapshot.quotaPools;
      const isElsewhere = pools !== undefined && otherPool(name, group.value.id, pools) !== null;
      const kind = quotaKind(name, quota);
      const isBudget = kind === 'budget' && !isElsewhere;
      return {
        name,
        allowed: quota.allowed,
        used: quota.used,
        status: statusOf(kind, isElsewhere),
        resetsAt: resetOf(name, at),
        peak: name === 'api_requests_daily' ? peakDay(snapshot, at) : null,
        forecast: isBudget ? forecastQuota(name, quota, history, at).forecast : null,
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function statusOf(kind: QuotaKind, isElsewhere: boolean): QuotaStatus {
  if (kind !== 'budget') return kind;
  return isElsewhere ? 'other_pool' : 'judged';
}

/** The past as far as this snapshot holds it: the same that the rule about quotas judges by. */
function quotaHistory(snapshot: Snapshot, at: Date): QuotaHistory {
  const { storedUsage: stored, groupUsage: shown, quotaReadings: readings } = snapshot;
  const usage = [...(stored?.present === true ? stored.value : []), ...(shown?.present === true ? shown.value : [])];
  return {
    days: shown?.present === true ? dailyUse(usage, { to: toDay(at) }) : [],
    readings: readings?.present === true ? readings.value : [],
  };
}

/** Daily quotas reset at 00:00 UTC, monthly ones on the first; rates and gauges never. */
function resetOf(name: string, at: Date): Instant | null {
  if (name.endsWith('_daily')) return nextDayStart(at);
  return name.endsWith('_monthly') ? nextMonthStart(at) : null;
}

function peakDay(snapshot: Snapshot, at: Date): QuotaRow['peak'] {
  const today = toDay(at);
  const finished = usageOf(snapshot).filter(({ day }) => day < today && day >= addDays(today, -7));
  return finished
    .map((usage) => ({ day: usage.day, used: callsOn(usage) }))
    .reduce<QuotaRow['peak']>((peak, day) => (peak === null || day.used > peak.used ? day : peak), null);
}

/** Days that an event of use is about, so that the chart can mark them. */
function eventDays(input: ReportInput): ReadonlySet<string> {
  const events = input.findings.filter((finding) => (input.requirements.get(finding.rule)?.event ?? null) !== null);
  return new Set(events.flatMap(({ evidence }) => (typeof evidence['day'] === 'string' ? [evidence['day']] : [])));
}

function toUsageBars(snapshot: Snapshot, spikes: ReadonlySet<string>, at: Date): readonly UsageBar[] | null {
  if (snapshot.groupUsage?.present !== true) return null;
  const today = toDay(at);
  return usageOf(snapshot)
    .filter(({ day }) => day < today && day >= addDays(today, -USAGE_DAYS))
    .map((usage) => ({ day: usage.day, calls: callsOn(usage), spike: spikes.has(usage.day) }));
}

function usageOf(snapshot: Snapshot): readonly UsageDay[] {
  return snapshot.groupUsage?.present === true ? snapshot.groupUsage.value : [];
}

function callsOn(usage: UsageDay): number {
  return Object.values(usage.calls).reduce((sum, calls) => sum + calls, 0);
}
