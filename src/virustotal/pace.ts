import type { Clock } from '../model/clock.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * Requests do not arrive as evenly as they leave: a window a little longer than the vendor's keeps a slow first request and a fast
 * later one from landing in the same minute. Costs under one per cent of the rate.
 */
const WINDOW_SLACK_MS = 400;

/**
 * Below this no audit of even a small group would end within an hour. A group whose whole allowance is lower than 600 an hour is a
 * public key's, where the daily budget binds first.
 */
const LEAST_PER_HOUR = 60;

/** The share of the group's hourly allowance that the auditor leaves alone is all but this. */
const HOURLY_SHARE = 0.1;

/** When the next request may leave: at most so many in any minute and, once the group's allowance is known, in any hour. */
export interface Pace {
  /** Takes the next free place and returns the instant at which it may be used, now or later. */
  reserve(): Date;
  /** Nothing leaves before `at`: the API asked for a pause, and it counts for everybody who uses the key. */
  pauseUntil(at: Date): void;
  /** The end of such a pause, when it lies ahead. */
  pausedUntil(): Date | null;
  /** Limits the requests of any hour to a tenth of the group's hourly allowance, but never to fewer than 60. */
  limitHourly(allowed: number): void;
  /** How many requests could leave now. */
  room(): number;
}

/** A pace of at most `requestsPerMinute` in any sliding minute. */
export function createPace(clock: Clock, requestsPerMinute: number): Pace {
  /** Instants of the places taken within the last hour and ahead, ascending. */
  const taken: number[] = [];
  let perHour = Number.POSITIVE_INFINITY;
  let pausedUntil = 0;

  const freeAfter = (limit: number, windowMs: number): number => {
    const blocking = taken.at(-limit);
    return blocking === undefined || limit === Number.POSITIVE_INFINITY ? 0 : blocking + windowMs + WINDOW_SLACK_MS;
  };

  /** Of the places of a window, those that are free. */
  const freeWithin = (limit: number, windowMs: number): number => {
    const since = clock.now().getTime() - windowMs - WINDOW_SLACK_MS;
    return Math.max(0, limit - taken.filter((at) => at > since).length);
  };

  return {
    room() {
      if (pausedUntil > clock.now().getTime()) return 0;
      return Math.min(freeWithin(requestsPerMinute, MINUTE_MS), freeWithin(perHour, HOUR_MS));
    },
    reserve() {
      const now = clock.now().getTime();
      const old = taken.findIndex((at) => at > now - HOUR_MS - WINDOW_SLACK_MS);
      taken.splice(0, old === -1 ? taken.length : old);
      const at = Math.max(
        now,
        pausedUntil,
        taken.at(-1) ?? 0,
        freeAfter(requestsPerMinute, MINUTE_MS),
        freeAfter(perHour, HOUR_MS),
      );
      taken.push(at);
      return new Date(at);
    },
    pauseUntil(at) {
      pausedUntil = Math.max(pausedUntil, at.getTime());
    },
    pausedUntil() {
      return pausedUntil > clock.now().getTime() ? new Date(pausedUntil) : null;
    },
    limitHourly(allowed) {
      perHour = Math.max(LEAST_PER_HOUR, Math.floor(allowed * HOURLY_SHARE));
    },
  };
}

/** The paces of all groups. */
export interface Paces {
  of(group: string, requestsPerMinute: number): Pace;
  /** How many requests could leave now for the group that has the least room; null: none was sent yet. */
  leastRoom(): number | null;
}

/** The pace of each group: it outlives the client of a run, because the vendor's hour does not begin anew with each of ours. */
export function createPaces(clock: Clock): Paces {
  const paces = new Map<string, Pace>();
  return {
    of(group, requestsPerMinute) {
      const name = JSON.stringify([group, requestsPerMinute]);
      const pace = paces.get(name) ?? createPace(clock, requestsPerMinute);
      paces.set(name, pace);
      return pace;
    },
    leastRoom: () => (paces.size === 0 ? null : Math.min(...[...paces.values()].map((pace) => pace.room()))),
  };
}
