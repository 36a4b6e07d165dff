import type { Got } from 'got';
import type { Agents } from '../agents.ts';
import { ApiError, toCode } from './api-error.ts';

/** Far above any page of 40 accounts, far below what hurts. Counted after decompression. */
const MAX_RESPONSE_BYTES = 50 * 1024 * 1024;

/** One answer of the API, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** One request to be sent. */
export interface Question {
  readonly operation: string;
  readonly address: URL;
  readonly key: string;
  readonly signal: AbortSignal | undefined;
}

/** Sends one request and reads its answer, once: no retry, no redirect. @throws ApiError when no whole answer arrived. */
export type Exchange = (question: Question) => Promise<Answer>;

/** A request that changes something. */
export interface WriteQuestion extends Question {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  /** JSON; null: none. */
  readonly body: string | null;
  /** For the one operation in which an account's owner proves itself; null: none. */
  readonly password: string | null;
}

/** Sends one request that changes something, once. @throws ApiError when no whole answer arrived: it may have been done nevertheless. */
export type WriteExchange = (question: WriteQuestion) => Promise<Answer>;

/** What an exchange is made of. */
export interface ExchangeOptions {
  readonly agents: Agents;
  readonly version: string;
  readonly timeoutMs: number;
  readonly maxResponseBytes?: number;
}

/**
 * An exchange over got, which only reads. got's errors print the key and the address, so none of them leaves this file: the hook
 * replaces each by a fresh one. got knows no timeout and no size limit by itself either.
 */
export function createExchange(options: ExchangeOptions): Exchange {
  const client = openGot(options);
  return async ({ operation, address, key, signal }) => {
    const stream = (await client()).stream(address, {
      headers: { 'x-apikey': key },
      context: { operation },
      ...(signal === undefined ? {} : { signal }),
    });
    return readAnswer(stream, { operation, signal, maxBytes: options.maxResponseBytes });
  };
}

/** The same for requests that change something. Only the client for changes made by hand has one. */
export function createWriteExchange(options: ExchangeOptions): WriteExchange {
  const client = openGot(options);
  return async ({ operation, address, key, signal, method, body, password }) => {
    const stream = (await client()).stream(address, {
      method,
      headers: {
        'x-apikey': key,
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...(password === null ? {} : { 'x-user-password': password }),
      },
      context: { operation },
      ...(body === null ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
    // Without a body got waits for somebody to write one.
    if (body === null) stream.end();
    return readAnswer(stream, { operation, signal, maxBytes: options.maxResponseBytes });
  };
}

interface Reading {
  readonly operation: string;
  readonly signal: AbortSignal | undefined;
  readonly maxBytes: number | undefined;
}

async function readAnswer(
  stream: ReturnType<Got['stream']>,
  { operation, signal, maxBytes = MAX_RESPONSE_BYTES }: Reading,
): Promise<Answer> {
  try {
    const text = await readText(stream, maxBytes, operation);
    const response = stream.response;
    if (response === undefined) throw lost(operation, null);
    return { status: response.statusCode, retryAfter: response.headers['retry-after'], text };
  } catch (error) {
    if (signal?.aborted) throw new ApiError({ kind: 'aborted', operation, because: 'the program was told to stop' });
    if (error instanceof ApiError) throw error;
    throw lost(operation, null);
  } finally {
    stream.destroy();
  }
}

/** The library is loaded with the first request: most commands, and a daemon that waits, make none. */
function openGot(options: ExchangeOptions): () => Promise<Got> {
  let client: Promise<Got> | null = null;
  return () => {
    client ??= createGot(options);
    return client;
  };
}

async function createGot({ agents, version, timeoutMs }: ExchangeOptions): Promise<Got> {
  const { default: got, RequestError, TimeoutError } = await import('got');
  const connectMs = Math.min(timeoutMs, 10_000);
  return got.extend({
    http2: false,
    followRedirect: false,
    throwHttpErrors: false,
    decompress: true,
    retry: { limit: 0 },
    agent: { http: agents.http, https: agents.https },
    timeout: {
      lookup: connectMs,
      connect: connectMs,
      secureConnect: connectMs,
      response: timeoutMs,
      // The whole attempt, so that an answer that drips cannot last for ever.
      request: timeoutMs,
    },
    headers: {
      accept: 'application/json',
      // The vendor compresses only for agents whose name contains "gzip" (a rule of its hosting platform).
      'user-agent': `vt-auditor/${version} (gzip)`,
      'x-tool': 'vt-auditor',
    },
    hooks: {
      beforeError: [
        (error) => {
          const operation = String(error.options.context['operation']);
          if (error instanceof TimeoutError) return late(operation);
          return lost(operation, error instanceof RequestError ? toCode(error.code) : null);
        },
      ],
    },
  });
}

async function readText(stream: AsyncIterable<unknown>, maxBytes: number, operation: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      const limit = Math.round(maxBytes / 1024 / 1024);
      throw new ApiError({ kind: 'too_large', operation, because: `the answer is larger than ${limit} MB` });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function late(operation: string): ApiError {
  return new ApiError({ kind: 'network', operation, because: 'no complete answer came in time', code: 'ETIMEDOUT' });
}

/** The commonest ways in which a connection fails, in words. */
const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNRESET: 'the other side broke it off',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network',
  EPROTO: 'the other side does not speak TLS',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is not from a known authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is not from a known authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate is not from a known authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate is not from a known authority',
};

function lost(operation: string, code: ReturnType<typeof toCode>): ApiError {
  const because = `the connection failed${code === null ? '' : ` (${[CAUSES[code], code].filter(Boolean).join(': ')})`}`;
  return new ApiError({ kind: 'network', operation, because, code });
}
