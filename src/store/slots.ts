import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '../model/instant.ts';
import { type Row, text, textOrNull } from './row.ts';

/** A due wall time of a schedule. */
export interface WallSlot {
  /** With its zone, such as `2026-11-23T08:00[Europe/Madrid]`: the slot's identity. */
  readonly wallTime: string;
  readonly at: Date;
}

/** Wall times that became due since the schedule was last looked at. */
export interface DueSlots {
  readonly audit: string;
  readonly groups: readonly string[];
  readonly slots: readonly WallSlot[];
  /** Up to when the schedule was looked at; the next look starts here. */
  readonly until: Date;
}

/** An audit of a group that is due and that nobody has begun. */
export interface PendingAudit {
  readonly audit: string;
  readonly group: string;
  /** The newest due wall time, when that was, and how many older ones wait with it. */
  readonly slot: string;
  readonly dueAt: Instant;
  readonly missed: number;
}

/** Slots that now belong to a run: the newest, and older ones (oldest first) that it stands for as well. */
export interface Claim {
  readonly slot: string;
  readonly dueAt: Instant;
  readonly missed: readonly string[];
}

/** Runs that may die on a slot before it is given up: the first and one catch-up. */
const MAX_CLAIMS = 2;

interface Due {
  readonly slot: string;
  readonly dueAt: Instant;
}

function toDue(row: Row): Due {
  return { slot: text(row, 'slot'), dueAt: text(row, 'due_at') };
}

/** Tables `schedules` (how far each was looked at) and `slots` (each due wall time of an audit and group, run once). */
export function slotsTable(database: DatabaseSync) {
  const insert = database.prepare(
    `INSERT OR IGNORE INTO slots (audit, group_id, slot, due_at, state) VALUES (?, ?, ?, ?, 'due')`,
  );
  // Never backwards: a clock that is set back must not make old slots due again.
  const reconciled = database.prepare(`
    INSERT INTO schedules (audit, last_reconciled) VALUES (?, ?)
    ON CONFLICT (audit) DO UPDATE SET last_reconciled = max(last_reconciled, excluded.last_reconciled)`);
  const last = database.prepare('SELECT last_reconciled FROM schedules WHERE audit = ?');
  const due = database.prepare(`
    SELECT slot, due_at FROM slots WHERE state = 'due' AND audit = ? AND group_id = ? ORDER BY due_at DESC, slot DESC`);
  const pending = database.prepare(`
    SELECT audit, group_id FROM slots WHERE state = 'due' GROUP BY audit, group_id ORDER BY max(due_at), audit, group_id`);
  const claim = database.prepare(`
    UPDATE slots SET state = 'claimed', claims = claims + 1, run = ?
    WHERE state = 'due' AND audit = ? AND group_id = ?`);
  const finishClaimed = database.prepare(`UPDATE slots SET state = 'done' WHERE run = ? AND state = 'claimed'`);
  const finish = database.prepare(`
    INSERT INTO slots (audit, group_id, slot, due_at, state, run) VALUES (?, ?, ?, ?, 'done', ?)
    ON CONFLICT (audit, group_id, slot) DO UPDATE SET state = 'done', run = excluded.run`);
  const release = database.prepare(
    `UPDATE slots SET state = CASE WHEN claims < ${MAX_CLAIMS} THEN 'due' ELSE 'abandoned' END WHERE state = 'claimed'`,
  );
  const prune = database.prepare(`DELETE FROM slots WHERE state IN ('done', 'abandoned') AND due_at < ?`);
  const dueOf = (audit: string, group: string): readonly Due[] => due.all(audit, group).map(toDue);

  return {
    record({ audit, groups, slots, until }: DueSlots): void {
      for (const group of groups) {
        for (const { wallTime, at } of slots) insert.run(audit, group, wallTime, at.toISOString());
      }
      reconciled.run(audit, until.toISOString());
    },
    lastReconciled(audit: string): Date | null {
      const at = textOrNull(last.get(audit) ?? { last_reconciled: null }, 'last_reconciled');
      return at === null ? null : new Date(at);
    },
    pending(): readonly PendingAudit[] {
      return pending.all().flatMap((row) => {
        const audit = text(row, 'audit');
        const group = text(row, 'group_id');
        const [newest, ...older] = dueOf(audit, group);
        return newest === undefined ? [] : [{ audit, group, ...newest, missed: older.length }];
      });
    },
    claim(audit: string, group: string, run: string): Claim | null {
      const [newest, ...older] = dueOf(audit, group);
      if (newest === undefined) return null;
      claim.run(run, audit, group);
      return { ...newest, missed: older.map(({ slot }) => slot).toReversed() };
    },
    finish(audit: string, group: string, slots: readonly string[], run: string, at: Instant): void {
      for (const slot of slots) finish.run(audit, group, slot, at, run);
      finishClaimed.run(run);
    },
    /** Forgets slots that ended before `before`; their runs stay, and a schedule is never looked at again that far back. */
    prune(before: Instant): number {
      return Number(prune.run(before).changes);
    },
    releaseClaimed(): void {
      release.run();
    },
  };
}
