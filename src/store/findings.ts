import type { DatabaseSync } from 'node:sqlite';
import type { Finding } from '../model/finding.ts';
import { json } from './row.ts';

/** Table `findings`: the latest state of every finding that was ever opened, closed ones too. */
export function findingsTable(database: DatabaseSync) {
  const upsert = database.prepare(`
    INSERT INTO findings (id, group_id, rule, state, finding) VALUES (:id, :group, :rule, :state, :finding)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, finding = excluded.finding`);
  const all = database.prepare('SELECT finding FROM findings WHERE group_id = ? ORDER BY rule, id');
  const open = database.prepare(`
    SELECT finding FROM findings WHERE group_id = ? AND state IN ('new', 'persisting', 'unverified') ORDER BY rule, id`);
  const one = database.prepare('SELECT 1 FROM findings WHERE id = ?');
  return {
    save(finding: Finding): void {
      const { id, group, rule, state } = finding;
      upsert.run({ id, group, rule, state, finding: JSON.stringify(finding) });
    },
    all(group: string): readonly Finding[] {
      return all.all(group).map((row) => json(row, 'finding'));
    },
    open(group: string): readonly Finding[] {
      return open.all(group).map((row) => json(row, 'finding'));
    },
    has(id: string): boolean {
      return one.get(id) !== undefined;
    },
  };
}
