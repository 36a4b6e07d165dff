import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '../model/instant.ts';
import type { Outcome } from '../model/message.ts';
import { integer, type Row, text, textOrNull } from './row.ts';

/** One try to deliver a message: a receipt, kept for ever. */
export interface Attempt {
  readonly delivery: string;
  /** From 1. */
  readonly number: number;
  readonly startedAt: Instant;
  /** Null while it lasts. */
  readonly finishedAt: Instant | null;
  readonly outcome: Outcome['kind'] | 'interrupted' | null;
  /** The receiver's answer, or the error. */
  readonly detail: string | null;
}

function toOutcome(row: Row): Attempt['outcome'] {
  const outcome = textOrNull(row, 'outcome');
  return outcome === 'delivered' || outcome === 'retry' || outcome === 'failed' || outcome === 'interrupted'
    ? outcome
    : null;
}

/** Table `attempts`: every try of every delivery. */
export function attemptsTable(database: DatabaseSync) {
  const insert = database.prepare('INSERT INTO attempts (delivery, number, started_at) VALUES (?, ?, ?)');
  const finish = database.prepare(`
    UPDATE attempts SET finished_at = :at, outcome = :outcome, detail = :detail
    WHERE delivery = :delivery AND finished_at IS NULL`);
  const select = database.prepare('SELECT * FROM attempts WHERE delivery = ? ORDER BY number');
  return {
    begin(delivery: string, number: number, at: Instant): void {
      insert.run(delivery, number, at);
    },
    finish(delivery: string, outcome: Outcome['kind'] | 'interrupted', detail: string, at: Instant): void {
      finish.run({ delivery, outcome, detail, at });
    },
    of(delivery: string): readonly Attempt[] {
      return select.all(delivery).map((row) => ({
        delivery,
        number: integer(row, 'number'),
        startedAt: text(row, 'started_at'),
        finishedAt: textOrNull(row, 'finished_at'),
        outcome: toOutcome(row),
        detail: textOrNull(row, 'detail'),
      }));
    },
  };
}
