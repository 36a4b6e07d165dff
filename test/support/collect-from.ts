import type { TestContext } from 'node:test';
import { type Collected, type CollectInput, collect } from '../../src/collect/collect.ts';
import { silentLog } from '../../src/model/log.ts';
import { Secret } from '../../src/model/secret.ts';
import { COLLECTED_SECTIONS } from '../../src/model/snapshot.ts';
import type { FaultRule } from '../../src/simulator/fault.ts';
import { type KeyName, loadScenario, type Scenario } from '../../src/simulator/scenario.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { type AuditClient, createAuditClient } from '../../src/virustotal/audit-client.ts';
import { askOnce } from './asked-once.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { apiSettings } from './scripted-api.ts';

/** A simulator and a client of it, which waits on a clock that moves by itself. */
export interface Bench {
  readonly simulator: Simulator;
  readonly client: AuditClient;
  readonly clock: ManualClock;
  /** Replaces the simulator's faults. */
  setFaults(faults: readonly FaultRule[]): void;
  /** Collects everything, unless told otherwise. */
  collect(overrides?: Partial<CollectInput>): Promise<Collected>;
}

/** How a bench differs from the usual: the administrator's key, no fault. */
export interface BenchOptions {
  readonly scenario?: string | Scenario;
  readonly key?: KeyName;
  readonly faults?: readonly FaultRule[];
  readonly signal?: AbortSignal;
  readonly timeoutSeconds?: number;
  /** Whether what no fault spoils is asked for every time, or once for all collections of the bench. Default: every time. */
  readonly unspoilt?: 'every time' | 'once';
}

const START = '2026-11-23T08:00:00.000Z';

/** Starts a bench that ends with the test. */
export async function startBench(t: TestContext, options: BenchOptions = {}): Promise<Bench> {
  const clock = createManualClock(START, { auto: true });
  const { scenario = 'acme', key = 'administrator', faults = [], timeoutSeconds = 5 } = options;
  const simulator = await startSimulator({
    scenario: typeof scenario === 'string' ? loadScenario(scenario) : scenario,
    // It stands still, so that what a group used today is the same however long the client waited.
    clock: createManualClock(START),
    faults,
  });
  t.after(() => simulator.close());
  const once = askOnce();
  once.setFaults(options.unspoilt === 'once' ? faults : []);
  const client = createAuditClient({
    api: apiSettings(simulator.baseUrl, { timeoutSeconds }),
    group: { id: simulator.groupId, apiKey: new Secret(simulator.keys[key]), apiKeyFile: null },
    clock,
    log: silentLog,
    version: '0.0.0',
    ...(options.unspoilt === 'once' ? { around: (exchange) => once.around(exchange) } : {}),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  t.after(() => client.close());
  return {
    simulator,
    client,
    clock,
    setFaults(rules) {
      if (options.unspoilt === 'once') once.setFaults(rules);
      simulator.setFaults(rules);
    },
    collect: (overrides) =>
      collect({
        client,
        groupId: simulator.groupId,
        identity: simulator.identity,
        sections: COLLECTED_SECTIONS,
        at: new Date(START),
        clock,
        log: silentLog,
        budget: 2_000,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        ...overrides,
      }),
  };
}
