import type { DatabaseSync } from 'node:sqlite';
import type { Round, Sender } from '../model/attempt.ts';
import type { Instant } from '../model/instant.ts';
import type { Delivery, DeliveryState, Message, Outcome, RecipientOutcomes } from '../model/message.ts';
import type { OwedDelivery } from '../model/report.ts';
import { integer, json, type Row, text, textOrNull } from './row.ts';

/** A message whose time has come. */
export interface DueDelivery {
  readonly id: string;
  readonly channel: string;
  /** When its present round of attempts began. */
  readonly startedAt: Instant;
}

/** A message that its receiver has not got, and whose report it is. */
export interface UndeliveredMessage {
  readonly delivery: Delivery;
  /** Null: it belongs to no run. */
  readonly audit: string | null;
  /** When it was given up; null: it is still being tried. */
  readonly failedAt: Instant | null;
}

/** How many deliveries of a channel there are in one state, ever. */
export interface OutboxCount {
  readonly channel: string;
  readonly state: DeliveryState;
  readonly count: number;
  /** When the oldest of them was promised. */
  readonly oldest: Instant;
}

/** Which deliveries: newest first, at most `limit`. */
export interface DeliveryQuery {
  readonly limit: number;
  readonly state?: DeliveryState;
}

/** Longer than any attempt may last: a sender that is silent for so long is dead. */
const SEND_DEADLINE_MS = 150_000;

/** A whole report that waits for longer than this no longer holds back the next ones of its channel. */
const HOLD_MS = 24 * 3_600_000;

const nobody: RecipientOutcomes = { accepted: [], refused: [] };

/** Nobody waits for longer: what is due later than this was given its time by a clock that was wrong. */
const LONGEST_WAIT_MS = 3 * 24 * 3_600_000;

/** Parameters of the two conditions below: the instant, that just after it, and one that is too far off. */
function instants(at: Date) {
  return {
    at: at.toISOString(),
    after: new Date(at.getTime() + 1).toISOString(),
    farOff: new Date(at.getTime() + LONGEST_WAIT_MS).toISOString(),
  };
}

const IS_DUE = `(next_attempt_at <= :at OR next_attempt_at > :farOff)`;

/** Whether messages of a channel wait for the channel. */
const IS_HELD = `EXISTS (
  SELECT 1 FROM channel_standings AS standing WHERE standing.channel = deliveries.channel AND standing.held_since IS NOT NULL
    AND (standing.next_try_at IS NULL OR standing.next_try_at BETWEEN :after AND :farOff))`;

/** A delivery, and whether its channel is held, be it that one message may try it. */
const WITH_HELD = `deliveries.*, deliveries.state IN ('pending', 'sending') AND EXISTS (
  SELECT 1 FROM channel_standings AS standing WHERE standing.channel = deliveries.channel AND standing.held_since IS NOT NULL) AS held`;

const INTERRUPTED = 'The program ended during an attempt; the receiver may have the message already.';

function toState(row: Row): DeliveryState {
  const state = text(row, 'state');
  return state === 'delivered' || state === 'failed' || state === 'superseded' ? state : 'pending';
}

function toDelivery(row: Row): Delivery {
  const state = toState(row);
  return {
    id: text(row, 'id'),
    run: textOrNull(row, 'run'),
    channel: text(row, 'channel'),
    state,
    attempts: integer(row, 'attempts'),
    createdAt: text(row, 'created_at'),
    nextAttemptAt: textOrNull(row, 'next_attempt_at'),
    deliveredAt: state === 'delivered' ? textOrNull(row, 'finished_at') : null,
    lastError: textOrNull(row, 'last_error'),
    wireId: text(row, 'wire_id'),
    maybeDuplicate: integer(row, 'maybe_duplicate') === 1,
    recipients: json(row, 'recipients'),
    held: integer(row, 'held') === 1,
  };
}

function toOwed(row: Row): OwedDelivery {
  return {
    channel: text(row, 'channel'),
    run: text(row, 'run'),
    state: text(row, 'state') === 'failed' ? 'failed' : 'pending',
    since: text(row, 'created_at'),
    lastError: textOrNull(row, 'last_error'),
  };
}

/** What is said of an attempt that left something open or undone; null when everybody has it. */
function errorOf(outcome: Outcome, nextAttemptAt: Instant | null): string | null {
  if (outcome.kind === 'failed') return outcome.error;
  if (outcome.kind === 'retry') return nextAttemptAt === null ? `Given up: ${outcome.error}` : outcome.error;
  const { accepted, refused } = outcome.recipients;
  if (refused.length === 0) return null;
  return `Refused for ${refused.length} of ${accepted.length + refused.length} recipients: ${refused[0]?.error ?? ''}`;
}

function stateAfter(outcome: Outcome, nextAttemptAt: Instant | null): DeliveryState {
  if (outcome.kind !== 'retry') return outcome.kind;
  return nextAttemptAt === null ? 'failed' : 'pending';
}

/** Table `deliveries`: every message owed, in the order in which it was promised. */
export function deliveriesTable(database: DatabaseSync) {
  const insert = database.prepare(`
    INSERT INTO deliveries (id, run, channel, key, wire_id, state, round_started_at, created_at, next_attempt_at, recipients)
    VALUES (:id, :run, :channel, :key, :wireId, 'pending', :at, :at, :at, :recipients)`);
  const supersede = database.prepare(`
    UPDATE deliveries SET state = 'superseded', finished_at = ?, next_attempt_at = NULL
    WHERE channel = ? AND key = ? AND state = 'pending'`);
  // A message waits for older ones of its channel and key. A whole report (key '') does not wait for one that somebody already has
  // (a single full mailbox must not silence a list), nor for one that has been refused for a day.
  const due = database.prepare(`
    SELECT id, channel, round_started_at FROM deliveries WHERE state = 'pending' AND ${IS_DUE} AND NOT ${IS_HELD} AND NOT EXISTS (
      SELECT 1 FROM deliveries AS older
      WHERE older.channel = deliveries.channel AND older.key = deliveries.key AND older.position < deliveries.position
        AND older.state IN ('pending', 'sending')
        AND (deliveries.key <> '' OR (older.created_at > :holdFrom AND json_array_length(older.recipients, '$.accepted') = 0)))
    ORDER BY position LIMIT :limit`);
  const next = database.prepare(`
    SELECT min(at) AS at FROM (
      SELECT next_attempt_at AS at FROM deliveries WHERE state = 'pending' AND next_attempt_at > :after AND NOT EXISTS (
        SELECT 1 FROM channel_standings AS standing WHERE standing.channel = deliveries.channel AND standing.held_since IS NOT NULL
          AND (standing.next_try_at IS NULL OR standing.next_try_at > next_attempt_at))
      UNION ALL SELECT next_try_at FROM channel_standings WHERE held_since IS NOT NULL AND next_try_at > :after
        AND EXISTS (SELECT 1 FROM deliveries WHERE deliveries.channel = channel_standings.channel AND state = 'pending' AND next_attempt_at <= next_try_at))`);
  const one = database.prepare(`SELECT ${WITH_HELD} FROM deliveries WHERE id = ?`);
  const begin = database.prepare(`
    UPDATE deliveries SET state = 'sending', attempts = attempts + 1, round_attempts = round_attempts + 1,
      round_started_at = min(round_started_at, :at), sender = :sender, sending_since = :at WHERE id = :id AND state = 'pending' AND NOT ${IS_HELD}`);
  const finish = database.prepare(`
    UPDATE deliveries SET state = :state, next_attempt_at = :nextAttemptAt, last_error = :error, recipients = :recipients,
      finished_at = :finishedAt, maybe_duplicate = max(maybe_duplicate, :maybeDuplicate), round_short = CASE WHEN :short THEN round_short + 1 ELSE 0 END, sender = NULL, sending_since = NULL
    WHERE id = :id AND attempts = :attempt AND state IN ('sending', 'pending')`);
  const postpone = database.prepare(
    `UPDATE deliveries SET next_attempt_at = ?, last_error = ? WHERE id = ? AND state = 'pending'`,
  );
  const hasten = database.prepare(
    `UPDATE deliveries SET next_attempt_at = :at, round_short = 0
     WHERE state = 'pending' AND next_attempt_at > :at AND (:channel IS NULL OR channel = :channel)`,
  );
  // Of what is about one finding only the latest word counts.
  const revive = database.prepare(`
    UPDATE deliveries SET state = 'pending', next_attempt_at = :at, round_started_at = :at, round_attempts = 0, round_short = 0,
      finished_at = NULL
    WHERE channel = :channel AND state = 'failed' AND finished_at >= :since AND EXISTS (SELECT 1 FROM messages WHERE delivery = deliveries.id)
      AND (key = '' OR NOT EXISTS (
        SELECT 1 FROM deliveries AS newer WHERE newer.channel = deliveries.channel AND newer.key = deliveries.key AND newer.position > deliveries.position))`);
  const interrupted = database.prepare(`
    SELECT id FROM deliveries WHERE state = 'sending' AND (sending_since < :deadline OR (:sender = 'daemon' AND sender = 'daemon'))`);
  const recover = database.prepare(`
    UPDATE deliveries SET state = 'pending', next_attempt_at = ?, maybe_duplicate = 1, last_error = ?,
      sender = NULL, sending_since = NULL WHERE id = ?`);
  const retry = database.prepare(`
    UPDATE deliveries SET state = 'pending', next_attempt_at = :at, round_started_at = :at, round_attempts = 0, round_short = 0,
      finished_at = NULL, recipients = json_set(recipients, '$.refused', json('[]'))
    WHERE id = :id AND state IN ('pending', 'failed') AND EXISTS (SELECT 1 FROM messages WHERE delivery = :id)`);
  const list = database.prepare(`
    SELECT ${WITH_HELD} FROM deliveries WHERE :state IS NULL OR state = :state OR (:state = 'pending' AND state = 'sending')
    ORDER BY position DESC LIMIT :limit`);
  const owed = database.prepare(`
    SELECT deliveries.*, runs.id AS run FROM deliveries JOIN runs ON runs.id = deliveries.run
    WHERE runs.group_id = :group AND ((deliveries.state IN ('pending', 'sending') AND attempts > 0)
      OR (deliveries.state = 'failed' AND deliveries.finished_at > :since)) ORDER BY position`);

  const undelivered = database.prepare(`
    SELECT ${WITH_HELD}, runs.audit AS audit FROM deliveries LEFT JOIN runs ON runs.id = deliveries.run
    WHERE deliveries.state IN ('pending', 'sending') OR (deliveries.state = 'failed' AND deliveries.finished_at > :since)
    ORDER BY position DESC LIMIT :limit`);
  const counts = database.prepare(`
    SELECT channel, CASE state WHEN 'sending' THEN 'pending' ELSE state END AS state, count(*) AS count, min(created_at) AS oldest
    FROM deliveries GROUP BY 1, 2 ORDER BY 1, 2`);

  return {
    /** What is still being tried, and what was given up since then; newest first. */
    undelivered(since: Instant, limit: number): readonly UndeliveredMessage[] {
      return undelivered.all({ since, limit }).map((row) => {
        const delivery = toDelivery(row);
        const failedAt = delivery.state === 'failed' ? textOrNull(row, 'finished_at') : null;
        return { delivery, audit: textOrNull(row, 'audit'), failedAt };
      });
    },
    counts(): readonly OutboxCount[] {
      return counts.all().map((row) => ({
        channel: text(row, 'channel'),
        state: toState(row),
        count: integer(row, 'count'),
        oldest: text(row, 'oldest'),
      }));
    },
    add(message: Omit<Message, 'body'>, run: string | null, at: Instant): void {
      const { id, wireId, channel, key } = message;
      if (key !== '') supersede.run(at, channel, key);
      insert.run({ id, run, channel, key, wireId, at, recipients: JSON.stringify(nobody) });
    },
    due(at: Date, limit: number): readonly DueDelivery[] {
      const holdFrom = new Date(at.getTime() - HOLD_MS).toISOString();
      return due.all({ ...instants(at), holdFrom, limit }).map((row) => ({
        id: text(row, 'id'),
        channel: text(row, 'channel'),
        startedAt: text(row, 'round_started_at'),
      }));
    },
    nextAt(after: Date): Instant | null {
      return textOrNull(next.get({ after: after.toISOString() }) ?? { at: null }, 'at');
    },
    /** Marks it as being sent; false when somebody else has it, or it is over. */
    begin(id: string, sender: Sender, at: Instant): boolean {
      return begin.run({ id, sender, ...instants(new Date(at)) }).changes === 1;
    },
    one(id: string): { readonly delivery: Delivery; readonly key: string; readonly round: Round } | null {
      const row = one.get(id);
      if (row === undefined) return null;
      const round = {
        attempts: integer(row, 'round_attempts'),
        shortAttempts: integer(row, 'round_short'),
        startedAt: text(row, 'round_started_at'),
      };
      return { delivery: toDelivery(row), key: text(row, 'key'), round };
    },
    /** Returns the state in which this leaves the delivery; null when the attempt was not the present one. */
    finish(
      id: string,
      attempt: number,
      outcome: Outcome,
      at: Instant,
      nextAttemptAt: Instant | null,
    ): DeliveryState | null {
      const state = stateAfter(outcome, nextAttemptAt);
      const { changes } = finish.run({
        id,
        attempt,
        state,
        nextAttemptAt: state === 'pending' ? nextAttemptAt : null,
        error: errorOf(outcome, nextAttemptAt),
        recipients: JSON.stringify(outcome.recipients),
        finishedAt: state === 'pending' ? null : at,
        short: outcome.kind === 'retry' && outcome.patience === 'short' ? 1 : 0,
        maybeDuplicate: outcome.kind === 'retry' && outcome.maybeDuplicate ? 1 : 0,
      });
      return changes === 1 ? state : null;
    },
    postpone(id: string, until: Instant, error: string): void {
      postpone.run(until, error, id);
    },
    /** Makes due what waits, of one channel or of all. */
    hasten(at: Instant, channel: string | null = null): number {
      return Number(hasten.run({ at, channel }).changes);
    },
    /** Begins a new round for what a channel has failed since then. */
    revive(channel: string, since: Instant, at: Instant): void {
      revive.run({ channel, since, at });
    },
    /** Gives back what a sender that is no more was sending. */
    recover(sender: Sender, at: Date): readonly string[] {
      const deadline = new Date(at.getTime() - SEND_DEADLINE_MS).toISOString();
      const ids = interrupted.all({ sender, deadline }).map((row) => text(row, 'id'));
      for (const id of ids) recover.run(at.toISOString(), INTERRUPTED, id);
      return ids;
    },
    retry(id: string, at: Instant): boolean {
      return retry.run({ id, at }).changes === 1;
    },
    list({ limit, state }: DeliveryQuery): readonly Delivery[] {
      return list.all({ limit, state: state ?? null }).map(toDelivery);
    },
    owed(group: string, since: Instant): readonly OwedDelivery[] {
      return owed.all({ group, since }).map(toOwed);
    },
  };
}
