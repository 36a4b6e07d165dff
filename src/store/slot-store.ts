import type { LateSlot } from '../model/snapshot.ts';
import type { Claim, DueSlots, LateQuery, PendingAudit } from './slots.ts';
import type { Access, Tables } from './tables.ts';

/** The wall times of schedules: which are due, which run stands for them, which were late. */
export interface SlotStore {
  /** Adds wall times that became due and notes how far the schedule was looked at; known ones stay as they are. */
  recordSlots(due: DueSlots): void;
  /** Up to when the audit's schedule was looked at; null: never. */
  lastReconciled(audit: string): Date | null;
  /** Audits and groups that are due, longest waiting last. */
  pendingAudits(): readonly PendingAudit[];
  /** Takes every due slot of an audit and group for a run; null when there is none. */
  claimSlots(claim: { readonly audit: string; readonly group: string; readonly runId: string }): Claim | null;
  /** Due times at which no run began in time, of all audits and groups, each audit's time once; oldest first. */
  lateSlots(query: LateQuery): readonly LateSlot[];
}

/** On the tables of an open database. */
export function slotStore({ slots }: Tables, { read, write }: Access): SlotStore {
  return {
    recordSlots: (due) => write(() => slots.record(due)),
    lastReconciled: (audit) => read(() => slots.lastReconciled(audit)),
    pendingAudits: () => read(() => slots.pending()),
    claimSlots: ({ audit, group, runId }) => write(() => slots.claim(audit, group, runId)),
    lateSlots: (query) => read(() => slots.late(query)),
  };
}
