import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerRequest, type Reply } from './answer.ts';
import { accountOfKey } from './caller.ts';
import { type FaultPicker, requestLine } from './fault.ts';
import type { KeyName } from './scenario.ts';
import { sendReply } from './send.ts';
import { keyOf, type World } from './world.ts';

/** The part of an address that every operation has. */
export const BASE_PATH = '/api/v3';

/** More than any write of the API needs. */
const MAX_BODY_BYTES = 1024 * 1024;

/** A request that arrived. */
export interface SimulatedRequest {
  readonly method: string;
  /** As sent, below `/api/v3`. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
  /** Null while there is no answer, and for ever if there was none. */
  readonly status: number | null;
  /** Whose key came with it: a name, never the key. `other` is a key of somebody else in the world. */
  readonly whichKey: KeyName | 'other' | 'none' | 'unknown';
  /** When it arrived, in milliseconds of the clock. */
  readonly at: number;
}

/** What all requests of a simulator share. */
export interface Running {
  readonly world: World;
  readonly baseUrl: string;
  readonly latencyMs: number;
  readonly requests: Recorded[];
  /** Aborted when the simulator closes. */
  readonly closing: AbortSignal;
  /** Whether one more request with this key is within the rate limit. */
  readonly admit: (key: string) => boolean;
  faults: FaultPicker;
}

type Recorded = { -readonly [Name in keyof SimulatedRequest]: SimulatedRequest[Name] };

/** Serves one request. Never rejects: a mistake of the simulator itself is answered 500 with its message. */
export async function serve(running: Running, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await answer(running, request, response);
  } catch (error) {
    if (running.closing.aborted || response.headersSent || response.destroyed) response.destroy();
    else send(response, 500, 'SimulatorError', error instanceof Error ? error.message : String(error));
  }
}

function send(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ error: { code, message } }));
}

async function answer(running: Running, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { world, baseUrl, closing } = running;
  const url = new URL(request.url ?? '/', baseUrl);
  const key = headerText(request, 'x-apikey');
  const record = recordOf(world, request, url, key);
  running.requests.push(record);
  const body = await readBody(request);
  if (running.latencyMs > 0) await world.clock.sleep(running.latencyMs, closing);
  const faults = running.faults.pick(requestLine(record.method, record.path, url.searchParams));
  const raw = {
    world,
    baseUrl,
    method: record.method,
    path: pathBelowBase(url),
    query: url.searchParams,
    key,
    body,
    password: headerText(request, 'x-user-password'),
  };
  const reply = running.admit(key ?? '') ? answerRequest(raw, faults) : tooManyRequests();
  const answered = (status: number): void => {
    record.status = status;
  };
  await sendReply(response, reply, { clock: world.clock, closing, faults, answered });
}

function recordOf(world: World, request: IncomingMessage, url: URL, key: string | undefined): Recorded {
  return {
    method: request.method ?? 'GET',
    path: pathBelowBase(url) ?? url.pathname,
    query: url.search.slice(1),
    status: null,
    whichKey: nameOfKey(world, key),
    at: world.clock.now().getTime(),
  };
}

function pathBelowBase({ pathname }: URL): string | null {
  return pathname.startsWith(`${BASE_PATH}/`) ? pathname.slice(BASE_PATH.length) : null;
}

function tooManyRequests(): Reply {
  return {
    status: 429,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ error: { code: 'TooManyRequestsError', message: 'Too many requests' } }),
  };
}

function headerText(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function nameOfKey(world: World, key: string | undefined): SimulatedRequest['whichKey'] {
  if (key === undefined || key === '') return 'none';
  for (const [name, id] of Object.entries(world.scenario.keyHolders)) {
    if (keyOf(world, id) === key && isKeyName(name)) return name;
  }
  return accountOfKey(world, key) === null ? 'unknown' : 'other';
}

function isKeyName(name: string): name is KeyName {
  return name === 'administrator' || name === 'member' || name === 'outsider' || name === 'serviceAccount';
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_BODY_BYTES) throw new Error('the request body is too large');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}
