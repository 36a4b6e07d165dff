import type { Clock } from '../model/clock.ts';

const MINUTE_MS = 60_000;

/** Counts requests by key over the last sixty seconds: the strictest reading of "so many a minute". */
export interface RateLimit {
  /** Whether one more request of this key is within the limit; if so it counts. */
  admit(key: string): boolean;
}

/** @param requestsPerMinute undefined: no limit. */
export function createRateLimit(clock: Clock, requestsPerMinute: number | undefined): RateLimit {
  const times = new Map<string, number[]>();
  return {
    admit(key) {
      if (requestsPerMinute === undefined) return true;
      const now = clock.now().getTime();
      const recent = (times.get(key) ?? []).filter((time) => now - time < MINUTE_MS);
      times.set(key, recent);
      if (recent.length >= requestsPerMinute) return false;
      recent.push(now);
      return true;
    },
  };
}
