import type { DatabaseSync } from 'node:sqlite';
import { SEVERITIES, type Severity } from '../model/severity.ts';
import type { Told } from '../model/told.ts';
import { integer, type Row, text } from './row.ts';

/** One reader: an audit's channel, and the group it reads about. */
export interface Reader {
  readonly audit: string;
  readonly channel: string;
  readonly group: string;
}

function toSeverity(row: Row): Severity {
  const stored = text(row, 'severity');
  return SEVERITIES.find((severity) => severity === stored) ?? 'low';
}

function toTold(row: Row): Told {
  return {
    audit: text(row, 'audit'),
    channel: text(row, 'channel'),
    finding: text(row, 'finding'),
    severity: toSeverity(row),
    state: text(row, 'state'),
    at: text(row, 'at'),
    count: integer(row, 'count'),
  };
}

/** Table `told`: what each reader was last told of each finding. */
export function toldTable(database: DatabaseSync) {
  const upsert = database.prepare(`
    INSERT INTO told (audit, channel, group_id, finding, severity, state, at, count)
    VALUES (:audit, :channel, :group, :finding, :severity, :state, :at, :count)
    ON CONFLICT (audit, channel, group_id, finding) DO UPDATE SET
      severity = excluded.severity, state = excluded.state, at = excluded.at, count = excluded.count`);
  const select = database.prepare(
    'SELECT * FROM told WHERE audit = ? AND channel = ? AND group_id = ? ORDER BY finding',
  );
  return {
    save(group: string, told: Told): void {
      const { audit, channel, finding, severity, state, at, count } = told;
      upsert.run({ audit, channel, group, finding, severity, state, at, count });
    },
    to({ audit, channel, group }: Reader): readonly Told[] {
      return select.all(audit, channel, group).map(toTold);
    },
  };
}
