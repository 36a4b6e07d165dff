import type { DatabaseSync } from 'node:sqlite';
import type { Report } from '../model/report.ts';
import { pack, unpack } from './packed-json.ts';
import { bytes } from './row.ts';

/** Table `reports`: what each committed run said, kept for ever. */
export function reportsTable(database: DatabaseSync) {
  const insert = database.prepare('INSERT INTO reports (run, report) VALUES (?, ?)');
  const select = database.prepare('SELECT report FROM reports WHERE run = ?');
  return {
    add(report: Report): void {
      insert.run(report.run.id, pack(report));
    },
    of(run: string): Report | null {
      const row = select.get(run);
      return row === undefined ? null : unpack(bytes(row, 'report'));
    },
  };
}
