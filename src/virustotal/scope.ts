import { ApiError } from './api-error.ts';

/** How long and how many requests something may take. */
export interface ScopeLimits {
  /** After this instant nothing more is asked, and no wait is begun that would end later. */
  readonly deadline?: Date;
  /** Requests it may make, retries included. */
  readonly maxRequests?: number;
  /** Called after each request that was sent. */
  readonly onRequest?: () => void;
}

/** Counts and limits the requests of a part of a run. A scope inside another obeys both. */
export interface RequestScope {
  readonly made: number;
  /** The earliest deadline that applies; null: none. */
  readonly deadline: Date | null;
  /** Counts one request about to be sent. @throws ApiError when the budget is used up. */
  spend(operation: string): void;
  /** @throws ApiError when the deadline passes before `until`. */
  requireTime(operation: string, until: Date): void;
}

/** A scope without limits of its own, or inside `parent`. */
export function createScope(limits: ScopeLimits = {}, parent: RequestScope | null = null): RequestScope {
  let made = 0;
  const deadline = earlier(limits.deadline ?? null, parent?.deadline ?? null);
  return {
    get made() {
      return made;
    },
    deadline,
    spend(operation) {
      if (limits.maxRequests !== undefined && made >= limits.maxRequests) {
        throw new ApiError({
          kind: 'budget',
          operation,
          because: `the budget of ${limits.maxRequests} requests is used up`,
        });
      }
      parent?.spend(operation);
      made += 1;
      limits.onRequest?.();
    },
    requireTime(operation, until) {
      if (deadline !== null && until > deadline) {
        throw new ApiError({ kind: 'deadline', operation, because: 'it would have taken longer than it may' });
      }
    },
  };
}

function earlier(first: Date | null, second: Date | null): Date | null {
  if (first === null || second === null) return first ?? second;
  return first < second ? first : second;
}
