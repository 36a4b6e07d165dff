import { type AuditOutcome, conclude, type Judged } from './audit/conclude.ts';
import type { AuditContext, AuditJob, AuditOrder } from './audit/job.ts';
import { look, type Seen } from './audit/look.ts';
import { measureAsBefore, openKeys } from './audit/measure.ts';
import { latestIn, peopleOf } from './audit/people.ts';
import { withholdInResult } from './audit/personal-use.ts';
import { evaluate } from './evaluate/evaluate.ts';
import type { RuleResult } from './model/judgement.ts';
import type { Run } from './model/run.ts';

/**
 * Audits one group: collect → evaluate → per audit: reconcile → route → render → commit. A due slot, `vt-auditor run` and a test all
 * call this. Throws only for defects and a broken store; what the API or a rule does wrong is in the reports.
 */
export async function audit(job: AuditJob, context: AuditContext): Promise<readonly AuditOutcome[]> {
  const at = context.clock.now();
  const started = job.orders.map((order) => ({ order, run: startRun(order, job, context, at) }));
  try {
    return await auditStarted(started, job, context, at);
  } catch (error) {
    // A run that was told to stop is closed by who stopped it, who also frees its slot.
    if (job.signal?.aborted !== true) for (const { run } of started) closeCrashed(run, context);
    throw error;
  }
}

/** An audit's share of the job, and its run. */
interface Started {
  readonly order: AuditOrder;
  readonly run: Run;
}

async function auditStarted(
  started: readonly Started[],
  job: AuditJob,
  context: AuditContext,
  at: Date,
): Promise<readonly AuditOutcome[]> {
  const waivers = await context.loadWaivers(at);
  const seen = await look(job, context, { at, waivers });
  const people = context.privacy.namePersonalUsage
    ? null
    : peopleOf(seen.snapshot, latestIn(context.store, job.group.id));
  const results = await judgeAll(job, context, seen, at);
  const judged: Judged = {
    seen,
    at,
    people,
    results:
      people === null ? results : results.map((result) => withholdInResult(result, context.rules.requirements, people)),
    measures: await measureAsBefore(job, context, seen, at),
    waivers,
  };
  return started.map(({ order, run }) => conclude(run, order, job, judged, context));
}

/** A run that ended by a defect has failed, unless it was committed before the defect showed. */
function closeCrashed(run: Run, { store, clock }: AuditContext): void {
  const now = store.runs({ limit: 100, audit: run.audit, group: run.group }).find((row) => row.run.id === run.id);
  if (now?.run.status !== 'running') return;
  const failure = {
    kind: 'rule_failed',
    text: 'The audit ended because of a defect of the program; the log says which.',
  } as const;
  store.startRun({ ...run, status: 'failed', finishedAt: clock.now().toISOString(), failure });
}

async function judgeAll(job: AuditJob, context: AuditContext, seen: Seen, at: Date): Promise<readonly RuleResult[]> {
  const { rules } = context;
  const wanted = new Set(job.orders.flatMap((order) => order.rules));
  const results = await evaluate({
    builtIn: rules.builtIn.filter(({ id }) => wanted.has(id)),
    custom: rules.custom.filter(({ id }) => wanted.has(id)),
    settings: rules.settings,
    snapshot: seen.snapshot,
    encoded: seen.encoded,
    at,
    open: openKeys(context, job.group.id),
    log: context.log,
    ...(job.signal === undefined ? {} : { signal: job.signal }),
  });
  return results.map((result) => withConfiguredSeverity(result, context));
}

/** A severity in the configuration holds for every breach of the rule, whatever the rule itself would say. */
function withConfiguredSeverity(result: RuleResult, context: AuditContext): RuleResult {
  const severity = context.rules.severities.get(result.rule);
  return severity === undefined
    ? result
    : { ...result, breaches: result.breaches.map((breach) => ({ ...breach, severity })) };
}

function startRun(order: AuditOrder, job: AuditJob, context: AuditContext, at: Date): Run {
  const run: Run = {
    id: order.runId,
    audit: order.audit,
    group: job.group.id,
    status: 'running',
    trigger: job.trigger,
    narrowed: job.narrowed,
    slot: order.slot?.wallTime ?? null,
    dueAt: order.slot?.dueAt ?? null,
    startedAt: at.toISOString(),
    finishedAt: null,
    version: context.version,
    requests: { planned: 0, made: 0 },
    historySince: context.store.historySince(job.group.id) ?? at.toISOString(),
    failure: null,
  };
  context.store.startRun(run);
  return run;
}
