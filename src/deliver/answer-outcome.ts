import type { Outcome } from '../model/message.ts';
import { describeNetworkError, mayHaveArrived } from './network-error.ts';
import { parseRetryAfter } from './retry-after.ts';

const nobody = { accepted: [], refused: [] } as const;

/** Answers that no second try of the same bytes can change. */
const finalAnswers: Readonly<Record<number, string>> = {
  400: 'The receiver refused the message as malformed (HTTP 400).',
  413: 'The message is too large for the receiver (HTTP 413).',
  415: 'The receiver does not take this format (HTTP 415).',
  422: 'The receiver refused the content of the message (HTTP 422).',
};

const GONE = 'The receiver is gone for good (HTTP 410); nothing more is sent to it before the channel is changed.';

/** Answers of receivers that do not know us, now or any more. */
const shortAnswers: Readonly<Record<number, string>> = {
  401: 'The receiver does not accept our credentials (HTTP 401).',
  403: 'The receiver does not let us in (HTTP 403).',
  404: 'The receiver does not know the address (HTTP 404).',
  405: 'The receiver does not take posts at this address (HTTP 405).',
};

function failed(error: string): Extract<Outcome, { readonly kind: 'failed' }> {
  return { kind: 'failed', error, recipients: nobody };
}

/** An outcome that asks for another attempt. */
export function retry(error: string, over: Partial<Extract<Outcome, { readonly kind: 'retry' }>> = {}): Outcome {
  return {
    kind: 'retry',
    error,
    retryAfterMs: null,
    recipients: nobody,
    maybeDuplicate: false,
    patience: 'long',
    ...over,
  };
}

/** The outcome of a request without an answer. What a receiver has twice it tells apart by the message's id. */
export function unanswered(error: unknown): Outcome {
  return retry(describeNetworkError(error), { maybeDuplicate: mayHaveArrived(error) });
}

/** What an HTTP status means for a message. */
export function toOutcome(
  answer: { readonly status: number; readonly retryAfter: string | undefined },
  at: Date,
): Outcome {
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: 'delivered', recipients: nobody, response: `HTTP ${status}` };
  if (status >= 300 && status < 400) {
    return failed(`The receiver has moved (HTTP ${status}); redirects are not followed, update the channel's url.`);
  }
  if (status === 410) return { ...failed(GONE), isGone: true };
  const final = finalAnswers[status];
  if (final !== undefined) return failed(final);
  const short = shortAnswers[status];
  if (short !== undefined) return retry(short, { patience: 'short' });
  const retryAfterMs = parseRetryAfter(answer.retryAfter, at);
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return retry(`The receiver asks to come back later (HTTP ${status}).`, { retryAfterMs });
  }
  return retry(`The receiver refused the message (HTTP ${status}).`, { patience: 'short' });
}
