import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '../model/instant.ts';
import { SEVERITIES, type Severity } from '../model/severity.ts';
import { type Told, UNHEARD } from '../model/told.ts';
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

/** A message that nobody will get any more. */
export interface LostMessage {
  readonly run: string;
  readonly channel: string;
  readonly key: string;
  /** When it was promised: what it would have told was noted as told at that instant. */
  readonly createdAt: Instant;
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
  // A message about one finding takes back that one, a whole report all that it told; what was told since by another message stays.
  const unhear = database.prepare(`
    UPDATE told SET state = CASE state WHEN 'closed' THEN 'open' ELSE '${UNHEARD}' END
    WHERE channel = :channel AND at = :at
      AND EXISTS (SELECT 1 FROM runs WHERE id = :run AND runs.audit = told.audit AND runs.group_id = told.group_id)
      AND (finding = :key OR NOT EXISTS (
        SELECT 1 FROM told AS one JOIN runs ON runs.audit = one.audit AND runs.group_id = one.group_id
        WHERE runs.id = :run AND one.channel = :channel AND one.finding = :key))`);
  return {
    save(group: string, told: Told): void {
      const { audit, channel, finding, severity, state, at, count } = told;
      upsert.run({ audit, channel, group, finding, severity, state, at, count });
    },
    /** Takes back what a message would have told: its reader never got it, so that the next one tells it. */
    unhear({ run, channel, key, createdAt }: LostMessage): void {
      unhear.run({ run, channel, key, at: createdAt });
    },
    to({ audit, channel, group }: Reader): readonly Told[] {
      return select.all(audit, channel, group).map(toTold);
    },
  };
}
