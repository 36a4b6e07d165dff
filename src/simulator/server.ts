import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../model/clock.ts';
import { answerRequest, type Reply } from './answer.ts';
import { accountOfKey } from './caller.ts';
import { applyChanges } from './changes.ts';
import { createFaultPicker, type Fault, type FaultPicker, type FaultRule } from './fault.ts';
import { createRateLimit } from './rate-limit.ts';
import type { KeyName, Scenario } from './scenario.ts';
import { sendReply } from './send.ts';
import { createWorld, keyOf, type World } from './world.ts';

/** The address on which the simulator listens: only the machine itself can reach it. */
const HOST = '127.0.0.1';

const BASE_PATH = '/api/v3';

/** More than any write of the API needs. */
const MAX_BODY_BYTES = 1024 * 1024;

/** How a simulator is set up. */
export interface SimulatorOptions {
  readonly scenario: Scenario;
  /** The only time there is: quotas reset, usage windows end and limits count by it. */
  readonly clock: Clock;
  /** Default: any free port. */
  readonly port?: number;
  /** How long each answer takes. */
  readonly latencyMs?: number;
  /** Requests of a key beyond it within a minute are answered 429 TooManyRequestsError. Default: no limit. */
  readonly requestsPerMinute?: number;
  /** Beside those of the scenario. */
  readonly faults?: readonly FaultRule[];
}

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

/** A running simulator. */
export interface Simulator {
  readonly baseUrl: string;
  /** 64 hexadecimal characters each, the same for the same scenario. */
  readonly keys: Readonly<Record<KeyName, string>>;
  readonly groupId: string;
  /** The account whose key the administrator's is. */
  readonly identity: string;
  /** Every request so far, in order of arrival. */
  readonly requests: readonly SimulatedRequest[];
  /** Applies a named step of the scenario: the change between two looks. @throws when the scenario has none of that name. */
  advance(step: string): void;
  /** Replaces the faults, those of the scenario too, and counts anew. */
  setFaults(faults: readonly FaultRule[]): void;
  /** Stops listening and destroys open connections, also those that hang on purpose. */
  close(): Promise<void>;
}

interface Running {
  readonly world: World;
  readonly options: SimulatorOptions;
  readonly baseUrl: string;
  readonly requests: { -readonly [Name in keyof SimulatedRequest]: SimulatedRequest[Name] }[];
  readonly closing: AbortSignal;
  readonly admit: (key: string) => boolean;
  faults: FaultPicker;
}

/** Starts a simulated API on loopback. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { scenario, clock } = options;
  const world = createWorld(scenario, clock);
  const closing = new AbortController();
  const limit = createRateLimit(clock, options.requestsPerMinute);
  const server = createServer();
  const port = await listen(server, options.port ?? 0);
  const baseUrl = `http://${HOST}:${port}${BASE_PATH}`;
  const running: Running = {
    world,
    options,
    baseUrl,
    requests: [],
    closing: closing.signal,
    admit: (key) => limit.admit(key),
    faults: createFaultPicker([...(options.faults ?? []), ...(scenario.faults ?? [])]),
  };
  server.on('request', (request, response) => {
    serve(running, request, response).catch(() => response.destroy());
  });
  return {
    baseUrl,
    keys: keysOf(world),
    groupId: scenario.group.id,
    identity: scenario.keyHolders.administrator,
    requests: running.requests,
    advance: (step) => applyStep(world, step),
    setFaults: (faults) => {
      running.faults = createFaultPicker(faults);
    },
    close: () => close(server, closing),
  };
}

function keysOf(world: World): Readonly<Record<KeyName, string>> {
  const { administrator, member, outsider, serviceAccount } = world.scenario.keyHolders;
  return {
    administrator: keyOf(world, administrator),
    member: keyOf(world, member),
    outsider: keyOf(world, outsider),
    serviceAccount: keyOf(world, serviceAccount),
  };
}

function applyStep(world: World, step: string): void {
  const changes = world.scenario.steps[step];
  if (changes === undefined) {
    const known = Object.keys(world.scenario.steps).join(', ') || 'none';
    throw new Error(`scenario ${world.scenario.name} has no step "${step}"; it has ${known}`);
  }
  applyChanges(world, changes);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the simulator has no port'));
      else resolve(address.port);
    });
  });
}

function close(server: Server, closing: AbortController): Promise<void> {
  closing.abort();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function serve(running: Running, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', running.baseUrl);
  const path = url.pathname.startsWith(`${BASE_PATH}/`) ? url.pathname.slice(BASE_PATH.length) : null;
  const key = headerText(request, 'x-apikey');
  const record: Running['requests'][number] = {
    method: request.method ?? 'GET',
    path: path ?? url.pathname,
    query: url.search.slice(1),
    status: null,
    whichKey: nameOfKey(running.world, key),
    at: running.world.clock.now().getTime(),
  };
  running.requests.push(record);
  const body = await readBody(request);
  const { latencyMs } = running.options;
  if (latencyMs !== undefined && latencyMs > 0) await running.world.clock.sleep(latencyMs, running.closing);
  const faults = running.faults.pick(lineOf(record.method, record.path, url.searchParams));
  const reply = running.admit(key ?? '')
    ? answerRequest(
        {
          world: running.world,
          baseUrl: running.baseUrl,
          method: record.method,
          path,
          query: url.searchParams,
          key,
          body,
          password: headerText(request, 'x-user-password'),
        },
        faults,
      )
    : tooManyRequests();
  await sendReply(response, reply, connectionContext(running, record, faults));
}

function tooManyRequests(): Reply {
  return {
    status: 429,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ error: { code: 'TooManyRequestsError', message: 'Too many requests' } }),
  };
}

function connectionContext(
  running: Running,
  record: Running['requests'][number],
  faults: readonly Fault[],
): Parameters<typeof sendReply>[2] {
  return {
    clock: running.world.clock,
    closing: running.closing,
    faults,
    answered: (status) => {
      record.status = status;
    },
  };
}

/** The request as faults see it. */
function lineOf(method: string, path: string, query: URLSearchParams): string {
  const parameters = [...query].map(([name, value]) => `${name}=${value}`).join('&');
  return `${method} ${path}${parameters === '' ? '' : `?${parameters}`}`;
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
