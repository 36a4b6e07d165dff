import { type ScheduledTask, schedule as wakeAt } from 'node-cron';
import { rulesWithNetwork } from '../app/rule-network.ts';
import { runAudit } from '../app/run-audit.ts';
import { type App, closeDeserted } from '../app.ts';
import type { AuditJob } from '../audit/job.ts';
import type { HealthState } from '../web/health.ts';
import { createMetrics, type Metrics } from '../web/metrics.ts';
import { startWeb } from '../web/server.ts';
import { claimJob, dueGroups, hasClockStepped, recordDueSlots } from './due-jobs.ts';
import { giveBackMemory, optimizeFor, settle } from './footprint.ts';
import { createHousekeeping, notifySafely } from './housekeeping.ts';
import { createMonitorQueue, type MonitorQueue } from './monitors.ts';
import { createReloader, LOOK_EVERY_MS as RELOAD_LOOK_MS, tellWaivers } from './reloader.ts';
import { toFinishedRun } from './run-numbers.ts';
import { channelNumbers, heldSince, lastComplete, nextRuns, outboxNumbers } from './status.ts';
import { watchUndelivered } from './undelivered.ts';

/** Between two looks at the schedules, whatever the alarm clock says: it may have slept with the machine. */
const LOOK_EVERY_MS = 60_000;

/** Between two looks for messages that were given up. */
const OUTBOX_LOOK_MS = 10_000;

/** A look that is older than this means that the loop hangs. */
const STALE_AFTER_MS = 5 * LOOK_EVERY_MS;

/** How long a send in flight may take to end when the daemon stops. */
const STOP_GRACE_MS = 5000;

/** How long everything together may take to end; what is still busy then is left, and nothing of it was committed. */
const STOP_MS = 6500;

/** A running daemon. */
export interface Daemon {
  /** Where health is served. */
  readonly port: number;
  /** Looks at the configuration's files now. */
  lookAtConfiguration(): void;
  /** Finishes the send in flight, abandons a running collection (its slot is caught up), and closes. */
  stop(): Promise<void>;
}

/** Starts the two loops: audits that become due, and deliveries that are owed. The database is all they share. */
export async function startDaemon(app: App): Promise<Daemon> {
  const { clock, log, pump, store } = app;
  const stopping = new AbortController();
  const running = new Map<string, Promise<void>>();
  const housekeeping = createHousekeeping(app, stopping.signal);
  const undelivered = watchUndelivered(app);
  const monitors = createMonitorQueue(log);
  let lookedAt = clock.now();
  // By a clock that nobody sets, and that stands still while the machine sleeps.
  let lookedAtMs = performance.now();
  let lastProblem: string | null = null;
  let next: NodeJS.Timeout | null = null;

  const interrupted = new Set(closeAbandoned(app));

  const look = (): void => {
    if (stopping.signal.aborted) return;
    lookedAt = clock.now();
    lookedAtMs = performance.now();
    try {
      closeDeserted(app);
      // What could not even be closed, such as on a full disk. A run that is under way here is never taken for it.
      if (running.size === 0) for (const key of closeAbandoned(app)) interrupted.add(key);
      if (hasClockStepped(app, lookedAt)) tellClockStep(app);
      recordDueSlots(app, lookedAt);
      const due = dueGroups(app, lookedAt);
      for (const group of due.now.filter((id) => !running.has(id))) begin(group);
      if (next !== null) clearTimeout(next);
      next = due.nextAt === null ? null : setTimeout(look, due.nextAt.getTime() - lookedAt.getTime() + 1);
      lastProblem = null;
    } catch (error) {
      lastProblem = 'the schedules could not be looked at';
      log.error('schedules not looked at', { problem: String(error) });
    }
  };

  const begin = (group: string): void => {
    const work = runDue(app, group, { signal: stopping.signal, metrics, interrupted, monitors })
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) log.error('audit crashed', { groupId: group, problem: String(error) });
      })
      .finally(() => {
        running.delete(group);
        pump.wake();
        if (running.size === 0) giveBackMemory();
      });
    running.set(group, work);
  };

  let alarms: readonly ScheduledTask[] = [];
  const reloader = createReloader(app, () => {
    for (const alarm of alarms) void alarm.destroy();
    alarms = setAlarms(app, look);
    look();
  });
  const metrics = createMetrics(app.version, () => ({
    now: clock.now(),
    audits: app.config.audits.map(({ name }) => name),
    rules: [...app.rules.requirements.keys()],
    nextRuns: nextRuns(app),
    lastComplete: lastComplete(app),
    deliveries: outboxNumbers(app),
    channels: channelNumbers(app),
    reloadOk: reloader.ok,
    answers: app.traffic.byClass,
    room: app.paces.leastRoom(),
  }));
  showLastFindings(app, metrics);
  alarms = setAlarms(app, look);

  const health = (): HealthState => ({
    dead: performance.now() - lookedAtMs > STALE_AFTER_MS ? ['the schedules were not looked at for too long'] : [],
    unready: [
      ...(lastProblem === null ? [] : [lastProblem]),
      ...(stopping.signal.aborted ? ['the daemon is stopping'] : []),
      ...(housekeeping.isDamaged ? ['the database is damaged'] : []),
      ...storeProblems(app),
    ],
    details: {
      version: app.version,
      lastLook: lookedAt.toISOString(),
      runningAudits: running.size,
      configuration: reloader.ok ? 'in force' : 'broken on disk; an older one is in force',
      lastBackup: housekeeping.backedUpAt,
      ...storeDetails(app),
    },
  });

  const lookAtOutbox = (): void => {
    undelivered.look(clock.now()).catch((error: unknown) => {
      log.error('outbox not looked at', { problem: String(error) });
    });
  };

  const { host, port } = app.config.server;
  const web = await startWeb({ host, port, log, health, metrics });
  pump.start();
  const timers = [
    setInterval(() => {
      look();
      void housekeeping.tick(clock.now());
    }, LOOK_EVERY_MS),
    setInterval(lookAtOutbox, OUTBOX_LOOK_MS),
    setInterval(() => void reloader.look(), RELOAD_LOOK_MS),
  ];
  log.info('daemon started', {
    groups: app.config.groups.map(({ id }) => id),
    audits: app.config.audits.map(({ name }) => name),
    port: web.port,
  });
  const open = rulesWithNetwork(app.rules);
  if (open.length > 0) log.warn('rules not kept from the network', { rules: open, node: process.versions.node });
  look();
  void housekeeping.tick(clock.now());
  await tellWaivers(app);
  settle();

  return {
    port: web.port,
    lookAtConfiguration: () => void reloader.look('now'),
    async stop() {
      stopping.abort(new Error('the daemon is stopping'));
      for (const timer of timers) clearInterval(timer);
      if (next !== null) clearTimeout(next);
      for (const alarm of alarms) await alarm.destroy();
      await withinGrace(app, Promise.all([pump.stop(STOP_GRACE_MS), ...running.values(), monitors.ended()]));
      store.closeAbandoned(clock.now(), 'stopped');
      await web.close();
      log.info('daemon stopped');
    },
  };
}

/** Waits for work to end, but not for ever. */
async function withinGrace({ clock, log }: App, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  const timeout = clock.sleep(STOP_MS, done.signal).then(
    () => log.warn('stopped before everything had ended'),
    () => undefined,
  );
  await Promise.race([work.finally(() => done.abort()), timeout]);
}

/** node-cron only says when to look; which slots are due is computed from the database. */
function setAlarms({ config }: App, look: () => void): readonly ScheduledTask[] {
  return config.audits.flatMap(({ schedule, timezone }) =>
    schedule === null ? [] : [wakeAt(schedule, look, { timezone, suppressMissedWarning: true })],
  );
}

/** Closes what is left of runs that died; the next report of the audit tells of it. Returns the audits and groups concerned. */
function closeAbandoned(app: App): ReadonlySet<string> {
  const { closed, released } = app.store.closeAbandoned(app.clock.now());
  for (const { id, audit, group } of closed) app.log.warn('abandoned run closed', { runId: id, audit, groupId: group });
  const lost = released.filter(({ givenUp }) => givenUp);
  if (lost.length > 0) tellGivenUp(app, lost);
  return new Set(released.map(({ audit, group }) => keyOf(audit, group)));
}

function keyOf(audit: string, group: string): string {
  return JSON.stringify([audit, group]);
}

function tellGivenUp(app: App, slots: ReturnType<App['store']['closeAbandoned']>['released']): void {
  notifySafely(app, 'given up', 'An audit ended twice without a report and is given up for its due time', [
    ...slots.map(({ audit, group, slot }) => `${audit} of ${group}, due ${slot}`),
    'The program crashed, was killed, lost its power or could not write its database during both runs; its log may say why. The next due time is not affected',
  ]);
}

function tellClockStep(app: App): void {
  app.log.error('clock set back', { at: app.clock.now().toISOString() });
  notifySafely(app, 'clock', 'The clock of this machine was set back by more than a day', [
    'Schedules go by the clock as it is now. Due times that were passed while it was wrong count as run where a report exists for them',
  ]);
}

interface Running {
  readonly signal: AbortSignal;
  readonly metrics: Metrics;
  readonly interrupted: ReadonlySet<string>;
  readonly monitors: MonitorQueue;
}

async function runDue(app: App, group: string, { signal, metrics, interrupted, monitors }: Running): Promise<void> {
  const inForce = await app.inForce(app.clock.now());
  if (signal.aborted) return;
  const job = claimJob(app, group, inForce, { signal, interrupted: (audit) => interrupted.has(keyOf(audit, group)) });
  if (job === null) return;
  tellMissed(app, job, metrics);
  monitors.tell(group, () => app.beat('start', job, []));
  optimizeFor(knownMembers(app, group));
  const outcomes = await runAudit(job, inForce.context);
  for (const { report } of outcomes) metrics.runFinished(toFinishedRun(report));
  app.pump.wake();
  const isGood = outcomes.every(({ report }) => report.run.status === 'complete');
  monitors.tell(group, () => app.beat(isGood ? 'success' : 'fail', job, outcomes));
}

/** How many members the group had when it was last audited; 0: nobody knows. */
function knownMembers({ store }: App, group: string): number {
  return store.lastRun(group)?.populations?.find(({ name }) => name === 'members')?.items ?? 0;
}

/** Due times that this job stands for beside its own were missed: somebody should know that the auditor was away. */
function tellMissed(app: App, { orders, group }: AuditJob, metrics: Metrics): void {
  for (const { audit, slot } of orders) {
    if (slot === null || slot.missed.length === 0) continue;
    metrics.slotsMissed(audit, slot.missed.length);
    app.log.warn('slots missed', { audit, groupId: group.id, missed: slot.missed.length });
    notifySafely(app, `missed ${audit}`, `The audit ${audit} missed ${slot.missed.length} of its due times`, [
      `The first of them was ${slot.missed[0] ?? ''}, the last ${slot.missed.at(-1) ?? ''}`,
      `One run, due ${slot.wallTime}, stands for all of them and begins now; its report says so`,
    ]);
  }
}

/** What the last run of each audit found, so that a restart does not empty the monitor. */
function showLastFindings({ config, store, log }: App, metrics: Metrics): void {
  try {
    for (const { name, groups } of config.audits) {
      for (const group of groups) {
        const last = store.runs({ limit: 10, audit: name, group }).find(({ summary }) => summary !== null);
        const report = last === undefined ? null : store.report(last.run.id);
        if (report !== null) metrics.runKnown(toFinishedRun(report));
      }
    }
  } catch (error) {
    log.error('last reports not read', { problem: String(error) });
  }
}

/** Why the database cannot be used now; empty: it can. */
function storeProblems({ store, clock }: App): readonly string[] {
  try {
    store.nextDueAt(clock.now());
    const problem = store.writeProblem();
    return problem === null ? [] : [problem];
  } catch {
    return ['the database cannot be read'];
  }
}

/** What the database tells; nothing when it cannot be read, which readiness says. */
function storeDetails(app: App): HealthState['details'] {
  try {
    const counts = outboxNumbers(app);
    const inState = (wanted: string): number =>
      counts.filter(({ state }) => state === wanted).reduce((sum, { count }) => sum + count, 0);
    return {
      pendingDeliveries: inState('pending'),
      failedDeliveries: inState('failed'),
      heldChannels: heldSince(app),
      nextDelivery: app.store.nextDueAt(app.clock.now()),
      nextRuns: Object.fromEntries(nextRuns(app).map(({ audit, at }) => [audit, at])),
      lastComplete: Object.fromEntries(lastComplete(app).map(({ audit, at }) => [audit, at])),
    };
  } catch {
    return {};
  }
}
