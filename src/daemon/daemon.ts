import { type ScheduledTask, schedule as wakeAt } from 'node-cron';
import { runAudit } from '../app/run-audit.ts';
import type { App } from '../app.ts';
import type { HealthState } from '../web/health.ts';
import { startWeb } from '../web/server.ts';
import { claimJob, dueGroups, recordDueSlots } from './due-jobs.ts';

/** Between two looks at the schedules, whatever the alarm clock says: it may have slept with the machine. */
const LOOK_EVERY_MS = 60_000;

/** A look that is older than this means that the loop hangs. */
const STALE_AFTER_MS = 5 * LOOK_EVERY_MS;

/** How long a send in flight may take to end when the daemon stops. */
const STOP_GRACE_MS = 6000;

/** A running daemon. */
export interface Daemon {
  /** Where health is served. */
  readonly port: number;
  /** Finishes the send in flight, abandons a running collection (its slot is caught up), and closes. */
  stop(): Promise<void>;
}

/** Starts the two loops: audits that become due, and deliveries that are owed. The database is all they share. */
export async function startDaemon(app: App): Promise<Daemon> {
  const { config, clock, log, pump, store } = app;
  const stopping = new AbortController();
  const running = new Map<string, Promise<void>>();
  let lookedAt = clock.now();
  let lastProblem: string | null = null;

  for (const run of store.closeAbandoned(clock.now()))
    log.warn('abandoned run closed', { runId: run.id, audit: run.audit, groupId: run.group });

  const look = (): void => {
    if (stopping.signal.aborted) return;
    lookedAt = clock.now();
    try {
      recordDueSlots(app, lookedAt);
      for (const group of dueGroups(app).filter((id) => !running.has(id))) begin(group);
      lastProblem = null;
    } catch (error) {
      lastProblem = 'the schedules could not be looked at';
      log.error('schedules not looked at', { problem: String(error) });
    }
  };

  const begin = (group: string): void => {
    const work = runDue(app, group, stopping.signal)
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) log.error('audit crashed', { groupId: group, problem: String(error) });
      })
      .finally(() => {
        running.delete(group);
        pump.wake();
      });
    running.set(group, work);
  };

  const health = (): HealthState => ({
    dead:
      clock.now().getTime() - lookedAt.getTime() > STALE_AFTER_MS
        ? ['the schedules were not looked at for too long']
        : [],
    unready: [
      ...(lastProblem === null ? [] : [lastProblem]),
      ...(stopping.signal.aborted ? ['the daemon is stopping'] : []),
    ],
    details: {
      version: app.version,
      lastLook: lookedAt.toISOString(),
      runningAudits: running.size,
      nextDelivery: nextDelivery(app),
    },
  });

  const web = await startWeb({
    host: config.server.host,
    port: config.server.port,
    log,
    health,
  });
  pump.start();
  const alarms = config.audits.flatMap((audit) =>
    audit.schedule === null ? [] : [alarm(audit.schedule, audit.timezone, look)],
  );
  const timer = setInterval(look, LOOK_EVERY_MS);
  log.info('daemon started', {
    groups: config.groups.map(({ id }) => id),
    audits: config.audits.map(({ name }) => name),
    port: web.port,
  });
  look();

  return {
    port: web.port,
    async stop() {
      stopping.abort(new Error('the daemon is stopping'));
      clearInterval(timer);
      for (const task of alarms) await task.destroy();
      await Promise.all([pump.stop(STOP_GRACE_MS), ...running.values()]);
      store.closeAbandoned(clock.now());
      await web.close();
      log.info('daemon stopped');
    },
  };
}

/** node-cron only says when to look; which slots are due is computed from the database. */
function alarm(expression: string, timezone: string, look: () => void): ScheduledTask {
  return wakeAt(expression, look, { timezone, suppressMissedWarning: true });
}

async function runDue(app: App, group: string, signal: AbortSignal): Promise<void> {
  const context = await app.context(app.clock.now());
  const job = claimJob(app, group, context, signal);
  if (job === null) return;
  await app.beat('start', job, []);
  const outcomes = await runAudit(job, context);
  app.pump.wake();
  await app.beat(outcomes.every(({ report }) => report.run.status === 'complete') ? 'success' : 'fail', job, outcomes);
}

/** When the next message is due; null: nothing waits, or the database cannot say, which the pump reports. */
function nextDelivery({ store, log, clock }: App): string | null {
  try {
    return store.nextDueAt(clock.now());
  } catch (error) {
    log.error('outbox not read', { problem: String(error) });
    return null;
  }
}
