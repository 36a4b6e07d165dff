/** Something that goes wrong with some requests. Plain data, except that a test may give a pattern or a function as target. */
export interface FaultRule {
  /**
   * Which requests: a regular expression (as text or object) or a predicate on `METHOD /path?query`, the path without `/api/v3` and
   * the query decoded, such as `GET /groups/northwind_dfir/users?filter=2fa_enabled:false&limit=40`.
   */
  readonly on: string | RegExp | ((request: string) => boolean);
  /** So many matching requests are served well first. */
  readonly after?: number;
  /** So many are then spoilt; without it all. */
  readonly times?: number;
  readonly fault: Fault;
}

/** What goes wrong. */
export type Fault = AnsweredFault | ConnectionFault | ContentFault;

/** An answer other than the right one. */
export type AnsweredFault =
  | {
      readonly kind: 'status';
      readonly status: number;
      /** The vendor's name; where absent the usual one of the status. 429: QuotaExceededError or TooManyRequestsError. */
      readonly code?: string;
      readonly message?: string;
      /** Adds Retry-After. */
      readonly retryAfter?: { readonly seconds: number; readonly form: 'seconds' | 'date' };
    }
  | { readonly kind: 'html' }
  | { readonly kind: 'redirect'; readonly to: string };

/** The connection does not do what it should. */
export type ConnectionFault =
  /** Closed without an answer. */
  | { readonly kind: 'reset' }
  /** Accepted and never answered. */
  | { readonly kind: 'hang' }
  /** The right answer, one piece of so many bytes after another. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly everyMs: number }
  /** The body is cut after a share of it: the connection breaks, or the short body is declared to be all (and is no JSON). */
  | { readonly kind: 'cutBody'; readonly keep: number; readonly how: 'connection' | 'length' };

/** A well-formed answer with the wrong content. */
export type ContentFault =
  /** No `data` key. */
  | { readonly kind: 'noData' }
  /** `filter` does nothing: everybody is returned. */
  | { readonly kind: 'ignoredFilter' }
  /** No rows; `count: zero` makes `meta.count` agree. There is no next page. */
  | { readonly kind: 'emptyPage'; readonly count: 'kept' | 'zero' }
  /** The last rows are missing and there is no next page, while `meta.count` stays. */
  | { readonly kind: 'shortPage'; readonly keep: number }
  /** The continuation leads to the page itself, for ever. */
  | { readonly kind: 'repeatedCursor' }
  /** `links.next` points to another origin; `meta.cursor` is kept or gone. */
  | { readonly kind: 'foreignNext'; readonly origin: string; readonly cursor: 'kept' | 'gone' }
  /** A row is `{type, id, error}` without attributes. */
  | { readonly kind: 'brokenMember'; readonly index: number }
  /** Attributes (or `roles`, or `context_attributes`) that the caller may not see. */
  | { readonly kind: 'hiddenAttributes'; readonly names: readonly string[] }
  /** An attribute nobody knows, this long. */
  | { readonly kind: 'oversized'; readonly bytes: number };

const CONTENT_KINDS: ReadonlySet<string> = new Set([
  'noData',
  'ignoredFilter',
  'emptyPage',
  'shortPage',
  'repeatedCursor',
  'foreignNext',
  'brokenMember',
  'hiddenAttributes',
  'oversized',
]);

/** Whether the fault spoils the content of an otherwise normal answer. */
export function isContentFault(fault: Fault): fault is ContentFault {
  return CONTENT_KINDS.has(fault.kind);
}

/** Whether the fault puts another answer in the place of the right one. */
export function isAnsweredFault(fault: Fault): fault is AnsweredFault {
  return fault.kind === 'status' || fault.kind === 'html' || fault.kind === 'redirect';
}

/** A request as faults see it: the path below the base, the query decoded. */
export function requestLine(method: string, path: string, query: URLSearchParams): string {
  const parameters = [...query].map(([name, value]) => `${name}=${value}`).join('&');
  return `${method} ${path}${parameters === '' ? '' : `?${parameters}`}`;
}

/** Decides which fault a request meets. Counts, so that `times` and `after` hold. */
export interface FaultPicker {
  /** The faults of the request, in the order of the rules: content faults add up, of the others only the first counts. */
  pick(request: string): readonly Fault[];
}

/** Starts counting for a set of rules. */
export function createFaultPicker(rules: readonly FaultRule[]): FaultPicker {
  const counted = rules.map((rule) => ({ rule, matches: toPredicate(rule.on), seen: 0 }));
  return {
    pick(request) {
      const hit: Fault[] = [];
      for (const entry of counted) {
        if (!entry.matches(request)) continue;
        entry.seen += 1;
        const first = entry.rule.after ?? 0;
        const last = first + (entry.rule.times ?? Number.POSITIVE_INFINITY);
        if (entry.seen > first && entry.seen <= last) hit.push(entry.rule.fault);
      }
      return hit;
    },
  };
}

function toPredicate(on: FaultRule['on']): (request: string) => boolean {
  if (typeof on === 'function') return on;
  // A global or sticky expression would remember where it stopped.
  const pattern = typeof on === 'string' ? new RegExp(on) : new RegExp(on.source, on.flags.replace(/[gy]/g, ''));
  return (request) => pattern.test(request);
}

/** The vendor's usual code of a status, with a message of its kind. */
export function usualError(status: number): { readonly code: string; readonly message: string } {
  switch (status) {
    case 400:
      return { code: 'BadRequestError', message: 'Bad request' };
    case 401:
      return { code: 'WrongCredentialsError', message: 'Wrong API key' };
    case 403:
      return { code: 'ForbiddenError', message: 'You are not authorized to perform the requested operation' };
    case 404:
      return { code: 'NotFoundError', message: 'Resource not found' };
    case 409:
      return { code: 'AlreadyExistsError', message: 'The resource already exists' };
    case 424:
      return { code: 'FailedDependencyError', message: 'The request depended on another request that failed' };
    case 429:
      return { code: 'QuotaExceededError', message: 'Quota exceeded' };
    case 503:
      return { code: 'TransientError', message: 'Transient server error, a retry might work' };
    case 504:
      return { code: 'DeadlineExceededError', message: 'The operation took too long to complete' };
    default:
      return { code: 'ServerError', message: 'Internal error' };
  }
}
