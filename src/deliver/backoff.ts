import type { Instant } from '../model/instant.ts';
import type { Outcome } from '../model/message.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Waits after the first, second, ... attempt; the last one repeats. */
const LONG_MS = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
] as const;

/** For receivers that do not know us: three more tries within an hour. */
const SHORT_MS = [5 * MINUTE_MS, 15 * MINUTE_MS, 40 * MINUTE_MS] as const;

/** Long enough for a holiday weekend on which nobody mends the mail server. */
export const GIVE_UP_AFTER_MS = 7 * DAY_MS;

const JITTER = 0.2;

/** A receiver that names a short wait is believed so often; after that our own wait is the least. */
const TRUSTED_ATTEMPTS = 3;

/** What decides when a message is tried again. */
export interface NextAttemptInput {
  /** Attempts made in this round, the last one included. */
  readonly attempts: number;
  /** How many of them, without a break up to the last, ended with little patience. */
  readonly shortAttempts: number;
  readonly outcome: Extract<Outcome, { readonly kind: 'retry' }>;
  /** When the round began: the message was promised, or retried by hand. */
  readonly startedAt: Instant;
  readonly at: Date;
  /** From 0 up to but not including 1. */
  readonly random: number;
}

/** When to try again; null: seven days (an hour, where the receiver does not know us) were enough. */
export function nextAttempt(input: NextAttemptInput): Instant | null {
  const giveUpAt = Date.parse(input.startedAt) + GIVE_UP_AFTER_MS;
  const waitMs = waitAfter(input);
  if (waitMs === null || input.at.getTime() >= giveUpAt) return null;
  return new Date(Math.min(input.at.getTime() + waitMs, giveUpAt)).toISOString();
}

function waitAfter({ attempts, shortAttempts, outcome, random }: NextAttemptInput): number | null {
  const jitter = 1 - JITTER + 2 * JITTER * random;
  if (outcome.patience === 'short') {
    const wait = SHORT_MS[shortAttempts - 1];
    return wait === undefined ? null : Math.round(wait * jitter);
  }
  const own = Math.round((LONG_MS[Math.min(attempts, LONG_MS.length) - 1] ?? DAY_MS) * jitter);
  if (outcome.retryAfterMs === null) return own;
  const asked = Math.min(Math.max(outcome.retryAfterMs, 1000), DAY_MS);
  return attempts <= TRUSTED_ATTEMPTS ? asked : Math.max(asked, own);
}
