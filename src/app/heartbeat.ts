import type { AuditOutcome } from '../audit/conclude.ts';
import type { AuditJob } from '../audit/job.ts';
import { type Beat, beat } from '../deliver/heartbeat.ts';
import type { Clock } from '../model/clock.ts';
import type { Log } from '../model/log.ts';
import type { Config } from '../model/settings.ts';

/** All attempts together, in milliseconds. */
const DEADLINE_MS = 20_000;

/** Tells the configured monitor how a job stands. Failing to is logged and nothing more. */
export async function tellMonitor(
  { config, clock, log }: { config: Config; clock: Clock; log: Log },
  kind: Beat['kind'],
  job: AuditJob,
  outcomes: readonly AuditOutcome[],
): Promise<void> {
  if (config.heartbeat === null) return;
  const { url } = config.heartbeat;
  const problem = await beat(
    { url, kind, body: describe(job, outcomes), network: config.api.network, signal: AbortSignal.timeout(DEADLINE_MS) },
    clock,
  );
  if (problem !== null) log.warn('heartbeat not sent', { groupId: job.group.id, kind, problem });
}

function describe(job: AuditJob, outcomes: readonly AuditOutcome[]): string {
  const lines = outcomes.map(
    ({ report: { run, summary } }) =>
      `${run.audit}: ${run.status}, ${JSON.stringify(summary.rules)}, ${JSON.stringify(summary.findings)}`,
  );
  return [`group ${job.group.id}`, ...lines].join('\n').slice(0, 1000);
}
