import type { AuditOutcome } from '../audit/conclude.ts';
import type { AuditJob } from '../audit/job.ts';
import { type Beat, beat } from '../deliver/heartbeat.ts';
import type { Clock } from '../model/clock.ts';
import type { Log } from '../model/log.ts';
import type { Config, HeartbeatSettings } from '../model/settings.ts';
import type { Store } from '../store/store.ts';

/** All attempts together, in milliseconds. */
const DEADLINE_MS = 20_000;

/** A message may be on its way for so long before the audit's silence counts as broken. */
export const DELIVERY_GRACE_MS = 3_600_000;

/** Failed deliveries older than this were told at the runs before. */
const FAILED_WINDOW_MS = 24 * 3_600_000;

const MAX_UNDELIVERED = 1000;

/** What telling monitors needs. */
export interface Monitoring {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<Store, 'undelivered'>;
}

/**
 * Tells the monitor of each audit of a job, and the one for all of them, how the job stands. Success is a complete run whose audit owes
 * nobody an old or a failed message; findings are success. Failing to tell is logged and nothing more.
 */
export async function tellMonitors(
  monitoring: Monitoring,
  kind: Beat['kind'],
  job: AuditJob,
  outcomes: readonly AuditOutcome[],
): Promise<void> {
  const { config } = monitoring;
  const kindOf = (audits: readonly string[]): Beat['kind'] =>
    kind === 'success' && audits.some((audit) => owesMessages(monitoring, audit)) ? 'fail' : kind;
  const isGood = (audit: string): boolean =>
    outcomes.every(({ report: { run } }) => run.audit !== audit || run.status === 'complete');
  const audits = job.orders.map(({ audit }) => audit);
  const own = audits.flatMap((audit) => {
    const monitor = config.audits.find(({ name }) => name === audit)?.heartbeat ?? null;
    if (monitor === null) return [];
    const its = outcomes.filter(({ report }) => report.run.audit === audit);
    // One job has several audits: another one's gap is not this one's.
    const single = kind === 'fail' && its.length > 0 && isGood(audit) ? 'success' : kind;
    const told = single === 'success' && owesMessages(monitoring, audit) ? 'fail' : single;
    return [send(monitoring, monitor, { kind: told, body: describe(job, its), audits: [audit] })];
  });
  const whole =
    config.heartbeat === null
      ? []
      : [send(monitoring, config.heartbeat, { kind: kindOf(audits), body: describe(job, outcomes), audits })];
  await Promise.all([...own, ...whole]);
}

/** Tells the monitor of an audit, or the one for all, that its reports do not arrive. */
export async function tellOfFailure(
  monitoring: Pick<Monitoring, 'config' | 'clock' | 'log'>,
  audit: string,
  text: string,
): Promise<void> {
  const { config } = monitoring;
  const monitor = config.audits.find(({ name }) => name === audit)?.heartbeat ?? config.heartbeat;
  if (monitor !== null) await send(monitoring, monitor, { kind: 'fail', body: text.slice(0, 1000), audits: [audit] });
}

/** Whether messages of the audit's runs are old and still owed, or were given up lately. */
function owesMessages({ store, clock }: Monitoring, audit: string): boolean {
  const now = clock.now().getTime();
  return store
    .undelivered(new Date(now - FAILED_WINDOW_MS).toISOString(), MAX_UNDELIVERED)
    .some(
      (message) =>
        message.audit === audit &&
        (message.failedAt !== null || now - Date.parse(message.delivery.createdAt) > DELIVERY_GRACE_MS),
    );
}

/** A beat, and the audits of which it tells. */
interface Told extends Pick<Beat, 'kind' | 'body'> {
  readonly audits: readonly string[];
}

async function send(
  { config, clock, log }: Pick<Monitoring, 'config' | 'clock' | 'log'>,
  { url }: HeartbeatSettings,
  { kind, body, audits }: Told,
): Promise<void> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const problem = await beat({ url, kind, body, network: config.api.network, signal }, clock);
  if (problem !== null) log.warn('heartbeat not sent', { audits, kind, problem });
}

function describe(job: AuditJob, outcomes: readonly AuditOutcome[]): string {
  const lines = outcomes.map(
    ({ report: { run, summary } }) =>
      `${run.audit}: ${run.status}, ${JSON.stringify(summary.rules)}, ${JSON.stringify(summary.findings)}`,
  );
  return [`group ${job.group.id}`, ...lines].join('\n').slice(0, 1000);
}
