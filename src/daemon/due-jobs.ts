import { toOrder } from '../app/jobs.ts';
import { type App, newRunId } from '../app.ts';
import type { AuditContext, AuditJob, AuditOrder } from '../audit/job.ts';
import type { AuditSettings } from '../model/settings.ts';
import { dueSlots } from '../schedule/slots.ts';

/** A run that begins later than this after its slot is a catch-up, and the report says so. */
const LATE_MS = 15 * 60_000;

/** Writes down every wall time that became due since each schedule was last looked at. A schedule seen for the first time begins now. */
export function recordDueSlots({ config, store }: App, at: Date): void {
  for (const { name, schedule, timezone, groups } of config.audits) {
    if (schedule === null) continue;
    const after = store.lastReconciled(name) ?? at;
    store.recordSlots({
      audit: name,
      groups,
      slots: dueSlots({ expression: schedule, timezone, after, until: at }),
      until: at,
    });
  }
}

/** Groups with something due that are still configured, in the order in which they became due. */
export function dueGroups({ config, store }: App): readonly string[] {
  const isConfigured = (name: string, group: string): boolean =>
    config.audits.some((audit) => audit.name === name && audit.groups.includes(group));
  return [
    ...new Set(
      store
        .pendingAudits()
        .filter(({ audit, group }) => isConfigured(audit, group))
        .map(({ group }) => group),
    ),
  ];
}

/** Takes all that is due for a group into one job, so that its audits share one collection. Null: nothing is due any more. */
export function claimJob(app: App, groupId: string, context: AuditContext, signal: AbortSignal): AuditJob | null {
  const group = app.config.groups.find(({ id }) => id === groupId);
  if (group === undefined) return null;
  const at = app.clock.now();
  const orders = app.config.audits
    .filter(({ groups }) => groups.includes(groupId))
    .flatMap((audit) => claimOrder(app, groupId, { audit, context, at }));
  if (orders.length === 0) return null;
  const isLate = orders.some(
    ({ slot }) => slot !== null && (slot.missed.length > 0 || at.getTime() - Date.parse(slot.dueAt) > LATE_MS),
  );
  return { group, orders, trigger: isLate ? 'catch_up' : 'schedule', narrowed: false, signal };
}

interface Claiming {
  readonly audit: AuditSettings;
  readonly context: AuditContext;
  readonly at: Date;
}

function claimOrder({ config, store }: App, group: string, { audit, context, at }: Claiming): AuditOrder[] {
  const runId = newRunId(at);
  const claim = store.claimSlots({ audit: audit.name, group, runId });
  if (claim === null) return [];
  const slot = { wallTime: claim.slot, dueAt: claim.dueAt, missed: claim.missed };
  return toOrder(audit, slot, {
    config,
    rules: context.rules,
    trigger: 'schedule',
    narrowed: false,
    isSending: true,
    at,
    runId: () => runId,
    selected: [],
  });
}
