import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '../model/instant.ts';
import type { Summary } from '../model/report.ts';
import type { Digests, Run, SectionSummary } from '../model/run.ts';
import type { Yardstick } from '../model/yardstick.ts';
import { json, jsonOrNull, type Row, text, textOrNull } from './row.ts';

/** A run as the list of runs shows it; the last three are null until it is committed. */
export interface RunRow {
  readonly run: Run;
  readonly summary: Summary | null;
  readonly populations: readonly SectionSummary[] | null;
  readonly digests: Digests | null;
}

/** Which runs: newest first, at most `limit`. */
export interface RunQuery {
  readonly limit: number;
  readonly audit?: string;
  readonly group?: string;
}

/** When an audit of a group was last complete. */
export interface LastComplete {
  readonly audit: string;
  readonly group: string;
  readonly at: Instant;
}

/** What a commit adds to a run's row. */
export interface FinishedRun {
  readonly run: Run;
  readonly summary: Summary;
  readonly populations: readonly SectionSummary[];
  readonly digests: Digests;
  readonly yardstick: Yardstick;
}

const ABANDONED = 'The program ended before this run was finished.';

function toRunRow(row: Row): RunRow {
  return {
    run: json(row, 'run'),
    summary: jsonOrNull(row, 'summary'),
    populations: jsonOrNull(row, 'populations'),
    digests: jsonOrNull(row, 'digests'),
  };
}

function closeAsFailed(run: Run, at: Instant): Run {
  return { ...run, status: 'failed', finishedAt: at, failure: { kind: 'not_collected', text: ABANDONED } };
}

/** Table `runs`: every execution of an audit for a group, and the order in which they were committed. */
export function runsTable(database: DatabaseSync) {
  const upsert = database.prepare(`
    INSERT INTO runs (id, audit, group_id, status, slot, started_at, finished_at, requests_made, run)
    VALUES (:id, :audit, :group, :status, :slot, :startedAt, :finishedAt, :made, :run)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, slot = excluded.slot, finished_at = excluded.finished_at,
      requests_made = max(requests_made, excluded.requests_made), run = excluded.run`);
  const finish = database.prepare(`
    UPDATE runs SET sequence = (SELECT coalesce(max(sequence), 0) + 1 FROM runs), summary = :summary,
      populations = :populations, digests = :digests, yardstick = :yardstick WHERE id = :id`);
  const last = database.prepare(
    'SELECT * FROM runs WHERE group_id = ? AND sequence IS NOT NULL ORDER BY sequence DESC LIMIT 1',
  );
  const lastOfAudit = database.prepare(`
    SELECT * FROM runs WHERE group_id = ? AND audit = ? AND sequence IS NOT NULL ORDER BY sequence DESC LIMIT 1`);
  const list = database.prepare(`
    SELECT * FROM runs WHERE (:audit IS NULL OR audit = :audit) AND (:group IS NULL OR group_id = :group)
    ORDER BY started_at DESC, id DESC LIMIT :limit`);
  const committedSince = database.prepare(`
    SELECT * FROM runs WHERE group_id = ? AND sequence IS NOT NULL AND started_at >= ? ORDER BY sequence`);
  const running = database.prepare(`SELECT * FROM runs WHERE status = 'running' ORDER BY started_at, id`);
  const first = database.prepare('SELECT min(started_at) AS since FROM runs WHERE group_id = ?');
  const complete = database.prepare(`
    SELECT audit, group_id, max(finished_at) AS at FROM runs WHERE status = 'complete' AND finished_at IS NOT NULL
    GROUP BY audit, group_id ORDER BY audit, group_id`);
  const groups = database.prepare('SELECT DISTINCT group_id FROM runs ORDER BY group_id');

  const save = (run: Run): void => {
    upsert.run({
      id: run.id,
      audit: run.audit,
      group: run.group,
      status: run.status,
      slot: run.slot,
      startedAt: run.startedAt,
      finishedAt: run.finishedAt,
      made: run.requests.made,
      run: JSON.stringify(run),
    });
  };

  return {
    save,
    finish({ run, summary, populations, digests, yardstick }: FinishedRun): void {
      save(run);
      finish.run({
        id: run.id,
        summary: JSON.stringify(summary),
        populations: JSON.stringify(populations),
        digests: JSON.stringify(digests),
        yardstick: JSON.stringify(yardstick),
      });
    },
    last(group: string): RunRow | null {
      const row = last.get(group);
      return row === undefined ? null : toRunRow(row);
    },
    yardstick(group: string, audit: string): Yardstick | null {
      const row = lastOfAudit.get(group, audit);
      return row === undefined ? null : jsonOrNull(row, 'yardstick');
    },
    list({ limit, audit, group }: RunQuery): readonly RunRow[] {
      return list.all({ limit, audit: audit ?? null, group: group ?? null }).map(toRunRow);
    },
    /** Committed ones, oldest first. */
    committedSince(group: string, since: Instant): readonly RunRow[] {
      return committedSince.all(group, since).map(toRunRow);
    },
    /** Ids of those that say so. */
    running(): readonly string[] {
      return running.all().map((row) => text(row, 'id'));
    },
    closeRunning(at: Instant, isOver: (id: string) => boolean): readonly Run[] {
      const closed = running
        .all()
        .filter((row) => isOver(text(row, 'id')))
        .map((row) => closeAsFailed(toRunRow(row).run, at));
      for (const run of closed) save(run);
      return closed;
    },
    since(group: string): Instant | null {
      return textOrNull(first.get(group) ?? { since: null }, 'since');
    },
    lastComplete(): readonly LastComplete[] {
      return complete
        .all()
        .map((row) => ({ audit: text(row, 'audit'), group: text(row, 'group_id'), at: text(row, 'at') }));
    },
    groups(): readonly string[] {
      return groups.all().map((row) => text(row, 'group_id'));
    },
  };
}
