import type { DatabaseSync } from 'node:sqlite';
import type { Day } from '../model/instant.ts';
import type { AccountDay } from '../model/snapshot.ts';
import { integer, json, text } from './row.ts';

/** Table `account_days`: who used the API on finished days. It names people, so it is kept no longer than the sections are. */
export function accountDaysTable(database: DatabaseSync) {
  // Two audits may commit in another order than they read.
  const upsert = database.prepare(`
    INSERT INTO account_days (group_id, day, read_on, complete, used) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (group_id, day) DO UPDATE
    SET read_on = excluded.read_on, complete = excluded.complete, used = excluded.used
    WHERE excluded.read_on >= read_on`);
  const select = database.prepare('SELECT * FROM account_days WHERE group_id = ? ORDER BY day');
  const prune = database.prepare('DELETE FROM account_days WHERE day < ?');
  return {
    save(group: string, { day, readOn, complete, used }: AccountDay): void {
      upsert.run(group, day, readOn, complete ? 1 : 0, JSON.stringify(used));
    },
    of(group: string): readonly AccountDay[] {
      return select.all(group).map((row) => ({
        day: text(row, 'day'),
        readOn: text(row, 'read_on'),
        complete: integer(row, 'complete') === 1,
        used: json(row, 'used'),
      }));
    },
    prune(before: Day): void {
      prune.run(before);
    },
  };
}
