import { setImmediate } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { z } from 'zod';
import type { Clock } from '../model/clock.ts';
import type { Log } from '../model/log.ts';
import { ApiError, type ApiErrorKind } from './api-error.ts';
import type { ApiKey } from './api-key.ts';
import { type FailedAttempt, parseRetryAfter, toWaitMs } from './back-off.ts';
import type { Answer, Exchange } from './exchange.ts';
import type { Pace } from './pace.ts';
import type { RequestScope } from './scope.ts';
import { errorCodeOf } from './wire/envelope.ts';

/** A question to the API and the form its answer must have. */
export interface Ask<T> {
  /** In words that complete "could not ...": `list the members`. */
  readonly operation: string;
  readonly address: URL;
  readonly schema: z.ZodType<T>;
  /**
   * How many requests will probably have to follow this one, one after another. The pages of a list can only be asked for in a row, so
   * the longest list decides how long everything takes, and whatever leads to the most requests goes first.
   */
  readonly toFollow?: number;
}

/** Sends questions, one after another where the pace or the concurrency says so, and tries again where that can help. */
export interface Requester {
  /** @throws ApiError */
  ask<T>(ask: Ask<T>, scope: RequestScope): Promise<T>;
  /** Whether the API refused a request for its quota, even after the minute: the group's quota is probably used up. */
  readonly quotaRefused: boolean;
  /** Drops what has not been sent. */
  close(): void;
}

/** What a requester is made of. */
export interface RequesterOptions {
  readonly exchange: Exchange;
  readonly key: ApiKey;
  readonly pace: Pace;
  readonly concurrency: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal | undefined;
}

/** What the attempts of one question have come to so far. */
interface Failures {
  rate_limited: number;
  quota_exceeded: number;
  transient: number;
}

/** A single answer often tells what else to ask: the group its quotas, its use the days to look at. */
const USUALLY_FOLLOWED_BY = 10;

/** Before all that was never asked: what comes of a second try, such as that the quota is used up, decides about the rest. */
const TRIED_BEFORE = Number.MAX_SAFE_INTEGER;

/** A requester. All state is its own: clients of two groups share nothing. */
export function createRequester(options: RequesterOptions): Requester {
  const { exchange, key, pace, clock, log, signal } = options;
  const queue = new PQueue({ concurrency: options.concurrency });
  let quotaRefused = false;
  /** When the minute that a refusal for the quota asked for was over; null since an answer came. */
  let quotaMinuteEnd: Date | null = null;
  let keyRefused = false;

  const sleepUntil = async (at: Date, operation: string): Promise<void> => {
    const ms = at.getTime() - clock.now().getTime();
    if (ms <= 0) return;
    await clock.sleep(ms, signal).catch((error: unknown) => {
      throw signal?.aborted === true ? stopped(operation) : error;
    });
  };

  const waitForTurn = async (operation: string, scope: RequestScope): Promise<void> => {
    do {
      const at = pace.reserve();
      scope.requireTime(operation, at);
      await sleepUntil(at, operation);
    } while (pace.pausedUntil() !== null);
  };

  const attempt = async ({ operation, address }: Ask<unknown>, scope: RequestScope): Promise<[Answer, string]> => {
    await waitForTurn(operation, scope);
    if (signal?.aborted === true) throw stopped(operation);
    if (keyRefused) throw unauthenticated(operation, null);
    scope.requireTime(operation, clock.now());
    scope.spend(operation);
    const value = key.reveal();
    return [await exchange({ operation, address, key: value, signal }), value];
  };

  const inTurn = <T>(work: () => Promise<T>, priority: number): Promise<T> =>
    new Promise((resolve, reject) => {
      void queue.add(
        async () => {
          await work().then(resolve, reject);
          // The place is kept for a moment: the next page of the same list is asked for right now, and should have it.
          await setImmediate();
        },
        { priority },
      );
    });

  const waitBeforeRetry = async (
    failed: ApiError,
    failures: Failures,
    retryAfter: string | undefined,
    scope: RequestScope,
  ) => {
    const kind = RETRY_KINDS[failed.kind];
    if (kind === undefined || (kind === 'quota_exceeded' && quotaRefused)) throw failed;
    failures[kind] += 1;
    const now = clock.now();
    // Somebody else has waited the minute already, and no answer has come since: waiting once more for each question would be in vain.
    if (kind === 'quota_exceeded' && quotaMinuteEnd !== null && now >= quotaMinuteEnd) {
      quotaRefused = true;
      throw failed;
    }
    const retryAfterMs = parseRetryAfter(retryAfter, now);
    const waitMs = toWaitMs({ kind, failures: failures[kind], retryAfterMs, chance: Math.random() });
    if (waitMs === null) {
      if (kind === 'quota_exceeded') quotaRefused = true;
      throw failed;
    }
    const until = new Date(now.getTime() + waitMs);
    if (scope.deadline !== null && until > scope.deadline) throw failed;
    // A refusal for the rate or the quota is about the key, so nobody who uses it may go on asking meanwhile.
    if (kind !== 'transient') pace.pauseUntil(until);
    if (kind === 'quota_exceeded') quotaMinuteEnd ??= until;
    log.warn('request will be tried again', {
      operation: failed.operation,
      status: failed.status,
      code: failed.code,
      waitMs,
    });
    await sleepUntil(until, failed.operation);
  };

  return {
    get quotaRefused() {
      return quotaRefused;
    },
    close() {
      queue.clear();
    },
    async ask(ask, scope) {
      const failures: Failures = { rate_limited: 0, quota_exceeded: 0, transient: 0 };
      let priority = ask.toFollow ?? USUALLY_FOLLOWED_BY;
      for (;;) {
        if (keyRefused) throw unauthenticated(ask.operation, null);
        let retryAfter: string | undefined;
        try {
          const [answer, keyUsed] = await inTurn(() => attempt(ask, scope), priority);
          retryAfter = answer.retryAfter;
          if (answer.status === 401) {
            if (await key.replace(keyUsed)) continue;
            keyRefused = true;
          }
          const value = parseAnswer(ask, answer);
          quotaMinuteEnd = null;
          return value;
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          await waitBeforeRetry(error, failures, retryAfter, scope);
          priority = TRIED_BEFORE;
        }
      }
    },
  };
}

/** The value in an answer. @throws ApiError for any status but 200 and any body but the expected one. */
function parseAnswer<T>({ operation, schema }: Ask<T>, { status, text }: Answer): T {
  if (status !== 200) throw refusal(operation, status, errorCodeOf(text));
  if (text.trim() === '') throw malformed(operation, 'the answer is empty');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // The parser's message quotes the body.
    throw malformed(operation, 'the answer is not JSON');
  }
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw malformed(operation, 'the answer does not have the documented form');
  return parsed.data;
}

/** What a status other than 200 means, in words. */
export function refusal(operation: string, status: number, code: string | null): ApiError {
  if (status === 401) return unauthenticated(operation, code);
  const kind = toKind(status, code);
  const named = code === null ? `${status}` : `${status} ${code}`;
  return new ApiError({
    kind,
    operation,
    status,
    code,
    because: `${EXPLANATIONS[kind] ?? 'the request was refused'} (the API answered ${named})`,
  });
}

function toKind(status: number, code: string | null): ApiErrorKind {
  if (status === 429) return code === 'QuotaExceededError' ? 'quota_exceeded' : 'rate_limited';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status >= 500 || status === 408 || status === 424) return 'server';
  if (status >= 300 && status < 400) return 'redirected';
  return status < 300 ? 'malformed' : 'refused';
}

const EXPLANATIONS: Partial<Record<ApiErrorKind, string>> = {
  quota_exceeded: "the group's API quota is probably used up",
  rate_limited: 'too many requests were sent with this key',
  forbidden: 'the key has no right to it',
  not_found: 'there is no such thing, or the key may not see it',
  redirected: 'a redirect is not followed, because the key would go with it',
  server: 'the service failed',
  malformed: 'the answer is not of the documented kind',
};

function unauthenticated(operation: string, code: string | null): ApiError {
  return new ApiError({
    kind: 'unauthenticated',
    operation,
    because: 'the API does not accept the key (401); it may have been rotated or its account disabled',
    status: 401,
    code,
  });
}

function malformed(operation: string, because: string): ApiError {
  return new ApiError({ kind: 'malformed', operation, because, status: 200 });
}

function stopped(operation: string): ApiError {
  return new ApiError({ kind: 'aborted', operation, because: 'the program was told to stop' });
}

/** Which failures may pass by themselves. */
const RETRY_KINDS: Partial<Record<ApiErrorKind, FailedAttempt['kind']>> = {
  rate_limited: 'rate_limited',
  quota_exceeded: 'quota_exceeded',
  network: 'transient',
  server: 'transient',
};
