/**
 * What a failed request calls for. `unauthenticated` ends the run, `aborted` means that the program is stopping, every other kind
 * ends the section that asked.
 */
export type ApiErrorKind =
  | 'network'
  | 'server'
  | 'rate_limited'
  | 'quota_exceeded'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'refused'
  | 'redirected'
  | 'malformed'
  | 'incomplete'
  | 'too_large'
  | 'deadline'
  | 'budget'
  | 'aborted';

/** Everything that an `ApiError` says. None of it may come from a header, a query or a body, but for a checked error code. */
export interface ApiErrorFacts {
  readonly kind: ApiErrorKind;
  /** What was being done, in words that people read: `list the members`. */
  readonly operation: string;
  /** A clause that completes "could not ...:", without a full stop. */
  readonly because: string;
  readonly status?: number | null;
  /** The vendor's error code or the network's, letters, digits and underscores only. */
  readonly code?: string | null;
}

/**
 * The API did not give what was asked. Covers the network, the API's answers, paging, time and budget; not mistakes of ours, which
 * stay ordinary errors. It never holds an address, a header, a body or a key, and never another error that might: it has no `cause`.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly kind: ApiErrorKind;
  readonly operation: string;
  readonly because: string;
  readonly status: number | null;
  readonly code: string | null;

  constructor(facts: ApiErrorFacts) {
    super(`Could not ${facts.operation}: ${facts.because}.`);
    this.kind = facts.kind;
    this.operation = facts.operation;
    this.because = facts.because;
    this.status = facts.status ?? null;
    this.code = toCode(facts.code);
  }
}

/** A code is repeated only when it cannot be anything else: a server may put a key or a page of HTML there. */
export function toCode(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z_0-9]{1,39}$/u.test(value) ? value : null;
}
