import type { Request } from 'got';
import { type Agents, createBriefAgents } from '../agents.ts';
import type { Secret } from '../model/secret.ts';
import type { NetworkSettings } from '../model/settings.ts';
import { FORBIDDEN_ADDRESS, guardedLookup, namesForbiddenAddress } from './address-guard.ts';

/** Bytes of an answer that are looked at, unless told otherwise. The rest is not read: an answer may never end. */
const EXCERPT_BYTES = 1024;

const TIMEOUT_MS = 30_000;

/** A request to a receiver. */
export interface Post {
  readonly url: Secret;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly network: NetworkSettings;
  readonly signal: AbortSignal;
  /** Bytes of the answer that are read; a kilobyte where nothing is said. */
  readonly answerBytes?: number;
}

/** What a receiver answered. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The beginning of the body. For looking at, never for showing. */
  readonly excerpt: string;
}

async function toRequest({ url, body, headers, signal }: Post, { http, https }: Agents): Promise<Request> {
  const { default: got } = await import('got');
  return got.stream.post(url.reveal(), {
    body,
    headers: { 'user-agent': 'vt-auditor', accept: '*/*', ...headers },
    agent: { http, https },
    dnsLookup: guardedLookup,
    signal,
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    decompress: false,
    timeout: { lookup: 5000, connect: 10_000, secureConnect: 10_000, request: TIMEOUT_MS },
  });
}

/** Reads the beginning of an answer. One that breaks off or is too slow is as long as it got: its status has said everything. */
async function readExcerpt(request: Request, bytesWanted: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      const bytes = Buffer.from(chunk);
      chunks.push(bytes);
      length += bytes.length;
      if (length >= bytesWanted) break;
    }
  } catch {
    return '';
  }
  return Buffer.concat(chunks).toString().slice(0, bytesWanted);
}

/**
 * Posts once: no redirect, no retry, thirty seconds, no link-local or metadata address.
 * @throws whatever the network does; say it with `describeNetworkError`, for the error's own text holds the address.
 */
export async function post(request: Post): Promise<Answer> {
  if (namesForbiddenAddress(new URL(request.url.reveal()))) {
    throw Object.assign(new Error('forbidden address'), { code: FORBIDDEN_ADDRESS });
  }
  const agents = createBriefAgents(request.network);
  const stream = await toRequest(request, agents);
  try {
    const { statusCode, headers } = await new Promise<NonNullable<Request['response']>>((resolve, reject) => {
      stream.once('response', resolve);
      stream.once('error', reject);
    });
    // Later errors of the stream belong to the body, which nobody needs whole.
    stream.on('error', () => undefined);
    const excerpt = await readExcerpt(stream, request.answerBytes ?? EXCERPT_BYTES);
    return { status: statusCode, retryAfter: headers['retry-after'], excerpt };
  } finally {
    stream.destroy();
    agents.close();
  }
}
