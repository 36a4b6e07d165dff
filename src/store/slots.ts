import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '../model/instant.ts';
import type { LateSlot } from '../model/snapshot.ts';
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

/** Which due times are asked for: since when, and how long after it a run must have begun to be in time. */
export interface LateQuery {
  readonly since: Date;
  readonly at: Date;
  readonly lateSeconds: number;
}

/** A slot whose run died: due again, or given up because it died before. */
export interface ReleasedSlot {
  readonly audit: string;
  readonly group: string;
  readonly slot: string;
  readonly givenUp: boolean;
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
  // Not backwards: a clock that is set back a little must not make old slots due again. One that was wrong by days is believed again.
  const reconciled = database.prepare(`
    INSERT INTO schedules (audit, last_reconciled) VALUES (?, ?)
    ON CONFLICT (audit) DO UPDATE SET last_reconciled =
      CASE WHEN julianday(last_reconciled) - julianday(excluded.last_reconciled) > 1 THEN excluded.last_reconciled
      ELSE max(last_reconciled, excluded.last_reconciled) END`);
  // What a wrong clock made known of the future, but for slots that a run stands for.
  const forget = database.prepare(`
    DELETE FROM slots WHERE audit = :audit AND due_at > :at AND EXISTS (
      SELECT 1 FROM schedules WHERE audit = :audit AND julianday(last_reconciled) - julianday(:at) > 1)
    AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.audit = slots.audit AND runs.group_id = slots.group_id
      AND runs.slot = slots.slot AND runs.sequence IS NOT NULL)`);
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
  const release = database.prepare(`
    UPDATE slots SET state = CASE WHEN claims < ${MAX_CLAIMS} THEN 'due' ELSE 'abandoned' END WHERE state = 'claimed'
    RETURNING audit, group_id, slot, state`);
  const claimed = database.prepare(`SELECT 1 FROM slots WHERE state = 'claimed' LIMIT 1`);
  const giveBack = database.prepare(`
    UPDATE slots SET state = 'due', claims = max(0, claims - 1) WHERE state = 'claimed'
    RETURNING audit, group_id, slot, state`);
  const prune = database.prepare(`DELETE FROM slots WHERE state IN ('done', 'abandoned') AND due_at < ?`);
  const late = database.prepare(`
    SELECT slots.audit, slots.slot, slots.due_at,
      max(CASE WHEN slots.state IN ('claimed', 'done') THEN runs.started_at END) AS started,
      max(slots.state NOT IN ('claimed', 'done') OR runs.id IS NULL) AS missing
    FROM slots LEFT JOIN runs ON runs.id = slots.run WHERE slots.due_at >= :since AND slots.due_at < :at
    GROUP BY slots.audit, slots.slot, slots.due_at
    HAVING unixepoch(CASE WHEN missing THEN :at ELSE started END) - unixepoch(slots.due_at) > :lateSeconds
    ORDER BY slots.due_at, slots.audit, slots.slot`);
  const dueOf = (audit: string, group: string): readonly Due[] => due.all(audit, group).map(toDue);

  return {
    record({ audit, groups, slots, until }: DueSlots): void {
      forget.run({ audit, at: until.toISOString() });
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
    /** Of all groups together: the one that waited longest counts. */
    late({ since, at, lateSeconds }: LateQuery): readonly LateSlot[] {
      return late.all({ since: since.toISOString(), at: at.toISOString(), lateSeconds }).map((row) => ({
        audit: text(row, 'audit'),
        slot: text(row, 'slot'),
        dueAt: text(row, 'due_at'),
        startedAt: row['missing'] === 1 ? null : textOrNull(row, 'started'),
      }));
    },
    /** Whether some run has taken a slot and has not finished it. */
    hasClaimed(): boolean {
      return claimed.get() !== undefined;
    },
    /** `stopped`: nobody crashed, so the claim does not count; an orderly stop may come at every run. */
    releaseClaimed(how: 'crashed' | 'stopped'): readonly ReleasedSlot[] {
      return (how === 'stopped' ? giveBack : release).all().map((row) => ({
        audit: text(row, 'audit'),
        group: text(row, 'group_id'),
        slot: text(row, 'slot'),
        givenUp: row['state'] === 'abandoned',
      }));
    },
  };
}
