import { digestJson, digestReport } from '../model/chain.ts';
import { type Finding, isOpen } from '../model/finding.ts';
import type { Instant } from '../model/instant.ts';
import type { RuleResult } from '../model/judgement.ts';
import type { Message } from '../model/message.ts';
import type { Report, TrendPoint } from '../model/report.ts';
import type { Digests, Run } from '../model/run.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { Waiver } from '../model/waiver.ts';
import type { PreviousMeasure } from '../reconcile/because.ts';
import { reconcile } from '../reconcile/reconcile.ts';
import { buildReport } from '../reconcile/report.ts';
import { runStatus } from '../reconcile/status.ts';
import { refusedWaivers, unusedWaivers } from '../reconcile/waive.ts';
import { yardstickChanges } from '../reconcile/yardstick.ts';
import { renderMessages } from '../render/channels/index.ts';
import { renderFallback } from '../render/fallback.ts';
import { type Routed, type RouteInput, route } from '../route/route.ts';
import { ruleIdOf } from './auditor-health.ts';
import type { AuditContext, AuditJob, AuditOrder, WaiversInForce } from './job.ts';
import type { Seen } from './look.ts';
import { yardstickOf } from './measure.ts';
import type { People } from './people.ts';
import { type Withholding, withholdInFinding, withholdInReport } from './personal-use.ts';

/** Runs of the same audit that the trend shows. */
const TREND_RUNS = 12;

/** The most runs in a row without a report that a report tells of. */
const INTERRUPTED_RUNS = 20;

/** The most changes by hand that closed findings are compared with, newest first. */
const RECENT_CHANGES = 1_000;

/** How often a commit is tried again because another run of the group came first. */
const MAX_COMMITS = 5;

/** What all audits of a job concluded from. */
export interface Judged {
  readonly seen: Seen;
  readonly results: readonly RuleResult[];
  readonly measures: ReadonlyMap<string, PreviousMeasure>;
  readonly waivers: WaiversInForce;
  /** Who may be named beside what they use; null: everybody. */
  readonly people: People | null;
  readonly at: Date;
}

/** A committed run: its report before anybody's filter, and the messages that are now owed. */
export interface AuditOutcome {
  readonly report: Report;
  readonly messages: readonly Message[];
  readonly digests: Digests;
}

/**
 * Reconciles, routes, renders and commits one audit of the job. All but the commit is pure in what is stored, so that it is simply done
 * again when another run of the group was committed in between.
 */
export function conclude(
  run: Run,
  order: AuditOrder,
  job: AuditJob,
  judged: Judged,
  context: AuditContext,
): AuditOutcome {
  for (let attempt = 0; attempt < MAX_COMMITS; attempt += 1) {
    const record = toRecord(run, order, { job, judged, context });
    if (context.store.commitRun(record).committed)
      return { report: record.report, messages: record.messages, digests: record.digests };
  }
  throw new Error(`the run could not be committed: other runs of ${run.group} were faster ${MAX_COMMITS} times`);
}

interface Concluding {
  readonly job: AuditJob;
  readonly judged: Judged;
  readonly context: AuditContext;
}

function toRecord(run: Run, order: AuditOrder, { job, judged, context }: Concluding): RunRecord {
  const { store } = context;
  const last = store.lastRun(job.group.id);
  const results = judged.results.filter(({ rule }) => order.rules.includes(rule));
  const stored = store.findings(job.group.id);
  const findings = reconcileFindings(results, stored, { job, judged, context });
  const withholding = withholdingOf(judged, context);
  const whole = toReport(run, order, { job, judged, context, results, findings });
  const bare = withholding === null ? whole : withholdInReport(whole, withholding);
  const digests = digestsOf(bare, judged, context, last?.digests ?? null);
  const report: Report = { ...bare, digests };
  const ended = stored
    .filter(({ state }) => !isOpen(state))
    .map((finding) => (withholding === null ? finding : withholdInFinding(finding, withholding)));
  const routed = readersOf(order).flatMap(({ reader, send }) => {
    const told = store.told({ audit: order.audit, channel: send.to, group: job.group.id });
    const { reminders } = context;
    return route({ report, ended, audit: order.audit, send, reader, told, reminders, at: judged.at }) ?? [];
  });
  return {
    run: report.run,
    basedOn: last?.run.id ?? null,
    sections: judged.seen.encoded,
    summaries: report.sections,
    results: results.map(({ rule, verdict, lacking }) => ({ rule, verdict, judged: lacking === null })),
    fates: [
      ...results.map(({ rule, reason }) => ({ rule, failure: hasFailed(reason) ? (reason?.text ?? '') : null })),
      ...context.rules.broken.map(({ file, reason }) => ({ rule: ruleIdOf(file), failure: reason.text })),
    ],
    findings,
    told: routed.flatMap(({ told }) => told),
    report,
    digests,
    yardstick: yardstickOf(job, context, waiverLines(judged.waivers.waivers)),
    messages: routed.flatMap((one) => render(one, digests, context)),
    usage: finishedUsage(judged),
    accountDays: judged.seen.snapshot.accountDays?.present === true ? judged.seen.snapshot.accountDays.value : [],
    quotaReadings: quotaReadings(judged),
    slots: order.slot === null ? [] : [order.slot.wallTime, ...order.slot.missed],
    at: judged.at,
  };
}

/** What it takes to send, print and keep reports that name nobody beside personal use; null: everybody may be named. */
function withholdingOf({ people }: Judged, { store, rules }: AuditContext): Withholding | null {
  return people === null ? null : { people, requirements: rules.requirements, salt: store.keySalt() };
}

function hasFailed(reason: RuleResult['reason']): boolean {
  return reason?.kind === 'rule_failed' || reason?.kind === 'timed_out';
}

const FOR_OPERATORS = { when: 'changes', minSeverity: 'critical', rules: null, states: null, domains: null } as const;

type Reader = Pick<RouteInput, 'reader' | 'send'>;

/** Everybody who may get the report: as the audit sends it, and operators who do not get it anyway. */
function readersOf({ send, operators }: AuditOrder): readonly Reader[] {
  return [
    ...send.map((each): Reader => ({ reader: 'audit', send: each })),
    ...operators
      .filter((name) => !send.some(({ to }) => to === name))
      .map((to): Reader => ({ reader: 'operator', send: { ...FOR_OPERATORS, to } })),
  ];
}

function reconcileFindings(
  results: readonly RuleResult[],
  stored: readonly Finding[],
  { job, judged, context }: Concluding,
): readonly Finding[] {
  return reconcile({
    group: job.group.id,
    at: judged.at,
    results,
    stored,
    requirements: context.rules.requirements,
    inScope: context.inScope.get(job.group.id) ?? new Set(),
    broken: new Set(context.rules.broken.map(({ file }) => ruleIdOf(file))),
    measures: judged.measures,
    accounts: accountsIn(judged.seen),
    waivers: judged.waivers.waivers,
    maxWaiverDays: context.maxWaiverDays,
    acknowledgements: context.store.acknowledgements(job.group.id),
    changes: context.store.changes({ limit: RECENT_CHANGES, group: job.group.id }),
  });
}

/** Ids of everybody in the group; null when one of the two lists was not read: then nobody is said to have left. */
function accountsIn({ snapshot }: Seen): ReadonlySet<string> | null {
  const { members, serviceAccounts } = snapshot;
  if (members?.present !== true || serviceAccounts?.present !== true) return null;
  return new Set([...members.value, ...serviceAccounts.value].map(({ id }) => id));
}

interface Reporting extends Concluding {
  readonly results: readonly RuleResult[];
  readonly findings: Report['findings'];
}

function toReport(run: Run, order: AuditOrder, { job, judged, context, results, findings }: Reporting): Report {
  const { seen, waivers, at } = judged;
  const { store, rules } = context;
  const rights = seen.snapshot.rights?.present === true ? seen.snapshot.rights.value : null;
  const brokenRules = rules.broken;
  const yardstick = yardstickOf(job, context, waiverLines(waivers.waivers));
  const finished: Run = {
    ...run,
    status: runStatus({ failure: seen.failure, rights, sections: seen.summaries, results, brokenRules }),
    finishedAt: context.clock.now().toISOString(),
    requests: { planned: seen.planned, made: seen.made },
    failure: seen.failure,
  };
  return buildReport({
    run: finished,
    baseline: store.lastRun(job.group.id) === null,
    missedSlots: order.slot?.missed ?? [],
    rights,
    disabled: rules.disabled,
    brokenRules,
    findings,
    sections: seen.summaries,
    interrupted: interruptedRuns(run, context),
    waivers: reportWaivers({ job, judged, context, results, findings }),
    yardstickChanges: yardstickChanges(store.auditYardstick(job.group.id, order.audit), yardstick),
    trend: trendOf(order.audit, job.group.id, context),
    owed: store.owedDeliveries(job.group.id, previousRunAt(order.audit, job.group.id, context)),
    nextRunAt: order.nextRunAt,
    results,
    requirements: rules.requirements,
    options: rules.options,
    snapshot: seen.snapshot,
    verdicts: store.verdictsSince(job.group.id),
    at,
  });
}

/** The waivers that count now, entries that do not count and why, and waivers that nobody needs any more. */
function reportWaivers({ job, judged, context, results, findings }: Reporting): Report['waivers'] {
  const { waivers, bad } = judged.waivers;
  const input = { group: job.group.id, at: judged.at, waivers, maxWaiverDays: context.maxWaiverDays };
  const judgedRules = results.filter(({ lacking, unjudged }) => lacking === null && unjudged.length === 0);
  const unused = unusedWaivers(findings, new Set(judgedRules.map(({ rule }) => rule)), input);
  return {
    inForce: (waivers ?? []).filter(({ endsAt }) => judged.at.getTime() < Date.parse(endsAt)),
    bad: [...bad, ...refusedWaivers(findings, input)],
    // What covers nothing here may cover something in another group.
    unused: unused.filter(({ group }) => group !== null || context.inScope.size === 1),
  };
}

/** Runs of this audit that ended without a report since the last one that has one. */
function interruptedRuns({ id, audit, group }: Run, context: AuditContext): NonNullable<Report['interrupted']> {
  const earlier = context.store.runs({ limit: INTERRUPTED_RUNS, audit, group }).filter(({ run }) => run.id !== id);
  const reported = earlier.findIndex(({ summary }) => summary !== null);
  return earlier
    .slice(0, reported === -1 ? earlier.length : reported)
    .filter(({ run }) => run.status === 'failed')
    .map(({ run }) => ({ run: run.id, slot: run.slot, startedAt: run.startedAt }));
}

function trendOf(audit: string, group: string, context: AuditContext): readonly TrendPoint[] {
  const runs = context.store.runs({ limit: TREND_RUNS + 1, audit, group });
  return runs
    .flatMap(({ run, summary }) =>
      summary === null || run.narrowed
        ? []
        : [{ at: run.startedAt, status: run.status, bySeverity: summary.bySeverity }],
    )
    .slice(0, TREND_RUNS)
    .toReversed();
}

/** Deliveries that failed before the audit's last run were told then. */
function previousRunAt(audit: string, group: string, context: AuditContext): Instant {
  const finished = context.store.runs({ limit: 2, audit, group }).find(({ run }) => run.finishedAt !== null);
  return finished?.run.startedAt ?? new Date(0).toISOString();
}

function digestsOf(report: Report, { seen }: Judged, context: AuditContext, previous: Digests | null): Digests {
  return {
    config: context.configDigest,
    rules: context.rules.digest,
    sections: digestJson(seen.encoded.map(({ name, digest }) => [name, digest])),
    report: digestReport(report),
    previous: previous === null ? null : digestJson(previous),
  };
}

function waiverLines(waivers: readonly Waiver[] | null): readonly string[] {
  return (waivers ?? [])
    .map(
      ({ rule, group, subject, key, approvedBy, expires }) =>
        `${rule} for ${subject}${key === null ? '' : ` (${key})`}${group === null ? '' : ` in ${group}`}, approved by ${approvedBy}, until ${expires}`,
    )
    .sort();
}

/** The messages of one reader. A rendering that throws costs the reader its looks, never the report. */
function render({ routed }: Routed, digests: Digests, context: AuditContext): readonly Message[] {
  const channel = context.channels[routed.channel];
  if (channel === undefined) throw new Error(`audit ${routed.audit} sends to ${routed.channel}, which is no channel`);
  try {
    return renderMessages(routed, channel, {
      templates: context.templates,
      look: context.look,
      digest: digests.report,
    });
  } catch (error) {
    context.log.error('report not rendered', {
      runId: routed.report.run.id,
      channel: channel.name,
      problem: String(error),
    });
    return renderFallback(routed, channel, error);
  }
}

/** Days that are over: today's figures are not final. */
function finishedUsage({ seen, at }: Judged): RunRecord['usage'] {
  const usage = seen.snapshot.groupUsage;
  const today = at.toISOString().slice(0, 10);
  return usage?.present === true ? usage.value.filter(({ day }) => day < today) : [];
}

/** The counters, which tell the pace of quotas that the API does not show day by day. */
function quotaReadings({ seen, at }: Judged): RunRecord['quotaReadings'] {
  const group = seen.snapshot.group;
  if (group?.present !== true || !group.value.quotas.known) return [];
  return Object.entries(group.value.quotas.value).map(([quota, { used }]) => ({ quota, at: at.toISOString(), used }));
}
