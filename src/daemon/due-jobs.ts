import { toOrder } from '../app/jobs.ts';
import { type App, type InForce, newRunId } from '../app.ts';
import type { AuditJob, AuditOrder } from '../audit/job.ts';
import type { AuditSettings, Config } from '../model/settings.ts';
import { stableJitterMs } from '../schedule/jitter.ts';
import { dueSlots } from '../schedule/slots.ts';

/** A run that begins later than this after its slot is a catch-up, and the report says so. */
const LATE_MS = 15 * 60_000;

/** A clock that is set back further than this was wrong before: what it made known of the future is forgotten. */
export const CLOCK_STEP_MS = 24 * 3_600_000;

type Parts = Pick<App, 'config' | 'store'>;

/** Writes down every wall time that became due since each schedule was last looked at. A schedule seen for the first time begins now. */
export function recordDueSlots({ config, store }: Parts, at: Date): void {
  for (const { name, schedule, timezone, groups } of config.audits) {
    if (schedule === null) continue;
    const last = store.lastReconciled(name) ?? at;
    const after = last.getTime() - at.getTime() > CLOCK_STEP_MS ? at : last;
    store.recordSlots({
      audit: name,
      groups,
      slots: dueSlots({ expression: schedule, timezone, after, until: at }),
      until: at,
    });
  }
}

/** Whether the clock was set back by more than a day since the schedules were last looked at. */
export function hasClockStepped({ config, store }: Parts, at: Date): boolean {
  return config.audits.some(({ name, schedule }) => {
    const last = schedule === null ? null : store.lastReconciled(name);
    return last !== null && last.getTime() - at.getTime() > CLOCK_STEP_MS;
  });
}

/** What waits to be begun, and when the first of it may begin. */
export interface DueGroups {
  /** Groups with something to begin now, in the order in which they became due. */
  readonly now: readonly string[];
  /** When the next one may begin that waits for its own second; null: none does. */
  readonly nextAt: Date | null;
}

/** Groups with something due that is still configured. */
export function dueGroups({ config, store }: Parts, at: Date): DueGroups {
  const pending = store.pendingAudits().flatMap(({ audit, group, dueAt }) => {
    const settings = config.audits.find(({ name, groups }) => name === audit && groups.includes(group));
    return settings === undefined ? [] : [{ group, at: beginAt(settings, dueAt) }];
  });
  const later = pending.filter((each) => each.at > at.getTime()).map((each) => each.at);
  return {
    now: [...new Set(pending.filter((each) => each.at <= at.getTime()).map(({ group }) => group))],
    nextAt: later.length === 0 ? null : new Date(Math.min(...later)),
  };
}

/** A run begins at its slot, or the audit's own number of seconds later. */
function beginAt({ name, jitterSeconds }: AuditSettings, dueAt: string): number {
  return Date.parse(dueAt) + (jitterSeconds === 0 ? 0 : stableJitterMs(name, jitterSeconds * 1000));
}

/**
 * Takes all that is due for a group into one job, so that its audits share one collection. Null: nothing is due any more.
 * @param interrupted Whether a run of the audit died on this slot before.
 */
export function claimJob(
  app: Pick<App, 'store' | 'clock'>,
  groupId: string,
  inForce: InForce,
  { signal, interrupted }: { readonly signal: AbortSignal; readonly interrupted: (audit: string) => boolean },
): AuditJob | null {
  const { config } = inForce;
  const group = config.groups.find(({ id }) => id === groupId);
  if (group === undefined) return null;
  const at = app.clock.now();
  const pending = new Map(
    app.store.pendingAudits().flatMap((each) => (each.group === groupId ? [[each.audit, each.dueAt]] : [])),
  );
  const isDue = (audit: AuditSettings): boolean => {
    const dueAt = pending.get(audit.name);
    return dueAt !== undefined && beginAt(audit, dueAt) <= at.getTime();
  };
  const orders = config.audits
    .filter((audit) => audit.groups.includes(groupId) && isDue(audit))
    .flatMap((audit) => claimOrder(app, groupId, { audit, config, inForce, at }));
  if (orders.length === 0) return null;
  const isLate = orders.some(
    ({ audit, slot }) =>
      slot !== null &&
      (slot.missed.length > 0 || interrupted(audit) || at.getTime() - Date.parse(slot.dueAt) > LATE_MS),
  );
  return { group, orders, trigger: isLate ? 'catch_up' : 'schedule', narrowed: false, signal };
}

interface Claiming {
  readonly audit: AuditSettings;
  readonly config: Config;
  readonly inForce: InForce;
  readonly at: Date;
}

function claimOrder(
  { store }: Pick<App, 'store'>,
  group: string,
  { audit, config, inForce, at }: Claiming,
): AuditOrder[] {
  const runId = newRunId(at);
  const claim = store.claimSlots({ audit: audit.name, group, runId });
  if (claim === null) return [];
  const slot = { wallTime: claim.slot, dueAt: claim.dueAt, missed: claim.missed };
  return toOrder(audit, slot, {
    config,
    rules: inForce.context.rules,
    trigger: 'schedule',
    narrowed: false,
    isSending: true,
    at,
    runId: () => runId,
    selected: [],
  });
}
