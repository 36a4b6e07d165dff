import type { DatabaseSync } from 'node:sqlite';
import type { ChangeEnd, RecordedChange } from '../model/change.ts';
import { json } from './row.ts';

/** Which recorded changes are wanted. */
export interface ChangeQuery {
  readonly limit: number;
  readonly group?: string;
}

/** Table `changes`: what people changed by hand, recorded before it was sent and again afterwards; kept for ever. */
export function changesTable(database: DatabaseSync) {
  const insert = database.prepare('INSERT INTO changes (id, group_id, intended_at, change) VALUES (?, ?, ?, ?)');
  const update = database.prepare('UPDATE changes SET outcome = ?, change = ? WHERE id = ? AND outcome IS NULL');
  const one = database.prepare('SELECT change FROM changes WHERE id = ?');
  const list = database.prepare(`
    SELECT change FROM changes WHERE :group IS NULL OR group_id = :group ORDER BY intended_at DESC, rowid DESC LIMIT :limit`);
  const of = (id: string): RecordedChange | null => {
    const row = one.get(id);
    return row === undefined ? null : json(row, 'change');
  };
  return {
    add(change: RecordedChange): void {
      insert.run(change.id, change.group, change.intendedAt, JSON.stringify(change));
    },
    /** An outcome is written once. */
    finish(id: string, end: ChangeEnd): void {
      const change = of(id);
      if (change === null) throw new Error(`there is no change ${id}`);
      update.run(end.outcome, JSON.stringify({ ...change, ...end }), id);
    },
    of,
    list({ limit, group }: ChangeQuery): readonly RecordedChange[] {
      return list.all({ limit, group: group ?? null }).map((row) => json(row, 'change'));
    },
  };
}
