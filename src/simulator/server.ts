import { createServer, type Server } from 'node:http';
import type { Clock } from '../model/clock.ts';
import { applyChanges } from './changes.ts';
import { createFaultPicker, type FaultRule } from './fault.ts';
import { createRateLimit } from './rate-limit.ts';
import type { KeyName, Scenario } from './scenario.ts';
import { BASE_PATH, type Running, type SimulatedRequest, serve } from './serve.ts';
import { createWorld, keyOf, type World } from './world.ts';

export type { SimulatedRequest } from './serve.ts';

/** The address on which the simulator listens: only the machine itself can reach it. */
const HOST = '127.0.0.1';

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
    latencyMs: options.latencyMs ?? 0,
    baseUrl,
    requests: [],
    closing: closing.signal,
    admit: (key) => limit.admit(key),
    faults: createFaultPicker([...(options.faults ?? []), ...(scenario.faults ?? [])]),
  };
  server.on('request', (request, response) => {
    void serve(running, request, response);
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
