import type { TestContext } from 'node:test';
import type { Scenario } from '../../src/simulator/scenario.ts';
import { loadScenario } from '../../src/simulator/scenario.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/server.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';

/** A Sunday in the middle of a month and of a day. */
export const SIMULATED_NOW = '2026-11-22T10:30:00Z';

/** An answer, with its body read. */
export interface Answered {
  readonly status: number;
  readonly type: string | null;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; undefined when it is not JSON. */
  readonly body: Json;
}

/** A body that tests look into without knowing its type. */
export interface Json {
  readonly [name: string]: Json;
  readonly [index: number]: Json;
}

/** A text inside a body. */
export function text(value: unknown): string {
  return String(value);
}

/** How a request differs from a GET with the administrator's key. */
export interface Asked {
  readonly key?: string | null;
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A simulator that ends with its test, its clock, and a raw client that knows nothing. */
export interface SimulatedGroup {
  readonly simulator: Simulator;
  readonly clock: ManualClock;
  /** `path` is below the base address; `G` in `/groups/G` stands for the group. */
  readonly ask: (path: string, asked?: Asked) => Promise<Answered>;
  /** Every row of a list, following `links.next`. */
  readonly all: (path: string, asked?: Asked) => Promise<readonly Json[]>;
}

/** Starts a scenario at `SIMULATED_NOW`, or at another time. */
export async function simulateGroup(
  t: TestContext,
  scenario: string | Scenario = 'acme',
  { at = SIMULATED_NOW, ...options }: Partial<SimulatorOptions> & { readonly at?: string } = {},
): Promise<SimulatedGroup> {
  const clock = createManualClock(at);
  const simulator = await startSimulator({
    scenario: typeof scenario === 'string' ? loadScenario(scenario) : scenario,
    clock,
    ...options,
  });
  t.after(() => simulator.close());
  const ask = (path: string, asked: Asked = {}): Promise<Answered> => request(simulator, path, asked);
  return { simulator, clock, ask, all: (path, asked) => allRows(ask, simulator, path, asked) };
}

async function request(simulator: Simulator, path: string, asked: Asked): Promise<Answered> {
  const key = asked.key === undefined ? simulator.keys.administrator : asked.key;
  const response = await fetch(simulator.baseUrl + path.replace('/groups/G', `/groups/${simulator.groupId}`), {
    method: asked.method ?? 'GET',
    redirect: 'manual',
    headers: {
      ...(key !== null && { 'x-apikey': key }),
      ...(asked.body !== undefined && { 'content-type': 'application/json' }),
      ...asked.headers,
    },
    ...(asked.body !== undefined && { body: JSON.stringify(asked.body) }),
    ...(asked.signal && { signal: asked.signal }),
  });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    headers: response.headers,
    text,
    body: parsed(text) as Json,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function allRows(
  ask: SimulatedGroup['ask'],
  simulator: Simulator,
  path: string,
  asked?: Asked,
): Promise<readonly Json[]> {
  const rows: Json[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const { body, status, text } = await ask(next, asked);
    if (status !== 200) throw new Error(`${next} answered ${status}: ${text}`);
    rows.push(...(body['data'] as unknown as Json[]));
    const link = body['links']?.['next'] as unknown as string | undefined;
    next = link?.slice(simulator.baseUrl.length);
  }
  return rows;
}
