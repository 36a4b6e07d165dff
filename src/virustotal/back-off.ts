/** What an attempt ended in, as far as waiting depends on it. */
export interface FailedAttempt {
  readonly kind: 'rate_limited' | 'quota_exceeded' | 'transient';
  /** How often this kind has failed in a row for this request, this time included. */
  readonly failures: number;
  /** What the server asked for; null: it did not say. */
  readonly retryAfterMs: number | null;
  /** 0 to 1, so that clients do not come back together. */
  readonly chance: number;
}

const SECOND_MS = 1_000;

/**
 * "TooManyRequests" is about bursts: 15, 30, 60 and 120 seconds. "QuotaExceeded" may be the minute's quota; when it is not, it lasts
 * until midnight or the month's end (the body does not say). Faults of the network and the server: about 0.5, 2 and 8 seconds.
 */
const WAITS = {
  rate_limited: { retries: 4, firstMs: 15 * SECOND_MS, factor: 2 },
  quota_exceeded: { retries: 1, firstMs: 60 * SECOND_MS, factor: 1 },
  transient: { retries: 3, firstMs: 0.5 * SECOND_MS, factor: 4 },
} as const;

/**
 * Milliseconds until the next attempt, or null when there should be none. No vendor page documents `Retry-After`, so it is honoured
 * where present and not expected.
 */
export function toWaitMs({ kind, failures, retryAfterMs, chance }: FailedAttempt): number | null {
  const { retries, firstMs, factor } = WAITS[kind];
  if (failures > retries) return null;
  const jitter = kind === 'transient' ? 0.75 + chance / 2 : 1;
  return retryAfterMs ?? Math.round(firstMs * factor ** (failures - 1) * jitter);
}

/** Milliseconds that a `Retry-After` header asks for, as seconds or as an HTTP date; at least a second; null when absent or unreadable. */
export function parseRetryAfter(header: string | undefined, now: Date): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  const ms = /^\d{1,9}$/u.test(text) ? Number(text) * SECOND_MS : Date.parse(text) - now.getTime();
  return Number.isNaN(ms) ? null : Math.max(SECOND_MS, ms);
}
