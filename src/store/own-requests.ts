import type { DatabaseSync } from 'node:sqlite';
import type { Day } from '../model/instant.ts';
import { integer, text } from './row.ts';

/** Table `own_requests`: how many requests this program sent with a group's key, by UTC day. */
export function ownRequestsTable(database: DatabaseSync) {
  const add = database.prepare(`
    INSERT INTO own_requests (group_id, day, made) VALUES (?, ?, ?)
    ON CONFLICT (group_id, day) DO UPDATE SET made = made + excluded.made`);
  const select = database.prepare('SELECT day, made FROM own_requests WHERE group_id = ? ORDER BY day');
  return {
    add(group: string, day: Day, made: number): void {
      add.run(group, day, made);
    },
    byDay(group: string): Readonly<Record<Day, number>> {
      return Object.fromEntries(select.all(group).map((row) => [text(row, 'day'), integer(row, 'made')]));
    },
  };
}
