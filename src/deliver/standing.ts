import { type ChannelStanding, WORKING } from '../model/channel-standing.ts';
import type { Outcome, RecipientOutcomes } from '../model/message.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** So many failures in a row are no accident of one message. */
const FAILURES_TO_HOLD = 10;

/** Waits between two tries of a channel that is held; the last one repeats. Whoever mended it does not wait longer than that. */
const TRIES_MS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS] as const;

/** One attempt, as far as it tells something of its channel. */
export interface ChannelTry {
  readonly outcome: Outcome;
  /** Recipients that were settled before. */
  readonly settled: RecipientOutcomes;
  readonly at: Date;
}

/** The standing of a channel after one more attempt. */
export function standingAfter(before: ChannelStanding, { outcome, settled, at }: ChannelTry): ChannelStanding {
  if (outcome.kind === 'delivered') return WORKING;
  // A full mailbox of one reader says nothing against the server that served another.
  if (outcome.recipients.accepted.length > settled.accepted.length) return WORKING;
  const failures = before.failures + 1;
  const heldSince = before.heldSince ?? at.toISOString();
  if (outcome.kind === 'failed' && outcome.isGone === true) return { failures, heldSince, nextTryAt: null };
  if (failures < FAILURES_TO_HOLD) return { failures, heldSince: null, nextTryAt: null };
  const own = TRIES_MS[Math.min(failures - FAILURES_TO_HOLD, TRIES_MS.length - 1)] ?? HOUR_MS;
  const asked = outcome.kind === 'retry' ? Math.min(outcome.retryAfterMs ?? 0, DAY_MS) : 0;
  return { failures, heldSince, nextTryAt: new Date(at.getTime() + Math.max(own, asked)).toISOString() };
}
