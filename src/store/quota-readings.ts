import type { DatabaseSync } from 'node:sqlite';
import { addDays, type Instant, toDay } from '../model/instant.ts';
import type { QuotaReading } from '../model/snapshot.ts';
import { integer, text } from './row.ts';

/** Days of readings that a forecast looks at; older ones are deleted. */
const KEPT_DAYS = 100;

/** Table `quota_readings`: the group's counters as audits read them, the last reading of each UTC day. */
export function quotaReadingsTable(database: DatabaseSync) {
  const upsert = database.prepare(`
    INSERT INTO quota_readings (group_id, quota, day, at, used) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (group_id, quota, day) DO UPDATE SET at = excluded.at, used = excluded.used WHERE excluded.at >= at`);
  const prune = database.prepare('DELETE FROM quota_readings WHERE group_id = ? AND day < ?');
  const select = database.prepare('SELECT * FROM quota_readings WHERE group_id = ? ORDER BY at, quota');
  return {
    save(group: string, readings: readonly QuotaReading[], at: Instant): void {
      for (const reading of readings) upsert.run(group, reading.quota, toDay(reading.at), reading.at, reading.used);
      prune.run(group, addDays(toDay(at), -KEPT_DAYS));
    },
    of(group: string): readonly QuotaReading[] {
      return select
        .all(group)
        .map((row) => ({ quota: text(row, 'quota'), at: text(row, 'at'), used: integer(row, 'used') }));
    },
  };
}
