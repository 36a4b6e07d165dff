import type { DatabaseSync } from 'node:sqlite';
import type { UsageDay } from '../model/snapshot.ts';
import { json, text } from './row.ts';

/** Table `usage_days`: the group's use of finished days, kept beyond what the vendor still shows. */
export function usageDaysTable(database: DatabaseSync) {
  // The vendor may count late calls to a day that is over: the newest answer wins.
  const upsert = database.prepare(`
    INSERT INTO usage_days (group_id, day, calls, free_calls) VALUES (?, ?, ?, ?)
    ON CONFLICT (group_id, day) DO UPDATE SET calls = excluded.calls, free_calls = excluded.free_calls`);
  const select = database.prepare('SELECT * FROM usage_days WHERE group_id = ? ORDER BY day');
  return {
    save(group: string, { day, calls, freeCalls }: UsageDay): void {
      upsert.run(group, day, JSON.stringify(calls), JSON.stringify(freeCalls));
    },
    of(group: string): readonly UsageDay[] {
      return select.all(group).map((row) => ({
        day: text(row, 'day'),
        calls: json(row, 'calls'),
        freeCalls: json(row, 'free_calls'),
      }));
    },
  };
}
