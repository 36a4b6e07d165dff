import type { DatabaseSync } from 'node:sqlite';
import type { Acknowledgement } from '../model/finding.ts';
import { text } from './row.ts';

/** Table `acknowledgements`: who looked at a finding, when, and what they said; every one is kept. */
export function acknowledgementsTable(database: DatabaseSync) {
  const insert = database.prepare('INSERT INTO acknowledgements (finding, at, by_whom, note) VALUES (?, ?, ?, ?)');
  const select = database.prepare(`
    SELECT given.finding AS finding, given.at AS at, by_whom, note
    FROM acknowledgements AS given JOIN findings ON findings.id = given.finding
    WHERE group_id = ? ORDER BY given.at`);
  return {
    add(finding: string, { by, note, at }: Acknowledgement): void {
      insert.run(finding, at, by, note);
    },
    /** The latest of each finding, by finding id. */
    of(group: string): ReadonlyMap<string, Acknowledgement> {
      return new Map(
        select
          .all(group)
          .map((row) => [
            text(row, 'finding'),
            { by: text(row, 'by_whom'), note: text(row, 'note'), at: text(row, 'at') },
          ]),
      );
    },
  };
}
