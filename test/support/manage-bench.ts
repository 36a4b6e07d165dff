import { createServer, type IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import { type ApplyInput, applyPlan, type Step } from '../../src/manage/apply.ts';
import type { IsOwner, Protected } from '../../src/manage/guards.ts';
import { makePlan, type Plan } from '../../src/manage/plan.ts';
import type { RecordedChange, Target } from '../../src/model/change.ts';
import { silentLog } from '../../src/model/log.ts';
import { Secret } from '../../src/model/secret.ts';
import type { FaultRule } from '../../src/simulator/fault.ts';
import { type KeyName, loadScenario, type Scenario } from '../../src/simulator/scenario.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { createAuditClient } from '../../src/virustotal/audit-client.ts';
import { createManageClient, type ManageClient } from '../../src/virustotal/manage-client.ts';
import { createManualClock } from './manual-clock.ts';
import { apiSettings } from './scripted-api.ts';

const START = '2026-11-23T08:00:00.000Z';

/** A request with what it said. */
export interface SentRequest {
  readonly method: string;
  /** Below `/api/v3`, with the query. */
  readonly path: string;
  readonly body: unknown;
  readonly headers: IncomingMessage['headers'];
}

/** A group, somebody with a key for changes, and a ledger. */
export interface ManageBench {
  readonly simulator: Simulator;
  readonly client: ManageClient;
  /** Everything that was sent and is not a GET, in order. */
  readonly writes: () => readonly SentRequest[];
  /** Changes as they stand in the ledger, in order. */
  readonly ledger: readonly RecordedChange[];
  readonly plan: (...targets: Target[]) => Promise<Plan>;
  readonly apply: (plan: Plan, over?: Partial<ApplyInput>) => Promise<readonly Step[]>;
  /** What somebody else does meanwhile: a request of its own, with the administrator's key. */
  readonly meanwhile: (method: string, path: string, body?: unknown) => Promise<void>;
}

/** How a bench differs from the usual: `acme`, changed by the scenario's administrator. */
export interface ManageBenchOptions {
  readonly scenario?: Scenario;
  readonly key?: KeyName;
  readonly protect?: Partial<Protected>;
  /** Whose key audits the group; absent: somebody outside it. */
  readonly auditor?: KeyName;
  readonly faults?: readonly FaultRule[];
  readonly timeoutSeconds?: number;
}

/** Starts a bench that ends with the test. */
export async function startManageBench(t: TestContext, options: ManageBenchOptions = {}): Promise<ManageBench> {
  const { scenario = loadScenario('acme'), key = 'administrator', faults = [], timeoutSeconds = 5 } = options;
  const clock = createManualClock(START, { auto: true });
  const simulator = await startSimulator({ scenario, clock: createManualClock(START), faults });
  t.after(() => simulator.close());
  const front = await startRecorder(t, simulator);
  const client = createManageClient({
    api: apiSettings(front.baseUrl, { timeoutSeconds }),
    group: { id: simulator.groupId, apiKey: new Secret(simulator.keys[key]), apiKeyFile: null },
    clock,
    log: silentLog,
    version: '0.0.0',
  });
  t.after(() => client.close());
  const audit = createAuditClient({
    api: apiSettings(simulator.baseUrl),
    group: {
      id: simulator.groupId,
      apiKey: new Secret(simulator.keys[options.auditor ?? 'outsider']),
      apiKeyFile: null,
    },
    clock,
    log: silentLog,
    version: '0.0.0',
  });
  t.after(() => audit.close());
  const isAuditors: IsOwner = (id, kind) => audit.isOwnAccount(id, kind);
  const protect: Protected = { identity: null, breakGlass: [], ...options.protect };
  const ledger: RecordedChange[] = [];
  const never = new AbortController().signal;
  return {
    simulator,
    client,
    ledger,
    writes: () => front.requests.filter(({ method }) => method !== 'GET'),
    plan: (...targets) =>
      makePlan(
        targets.map((target) => ({ target, findings: [], expected: null })),
        {
          group: simulator.groupId,
          reads: client.reads,
          protect,
          isOwn: (id, kind) => client.reads.isOwnAccount(id, kind),
          isAuditors,
        },
      ),
    apply: (plan, over = {}) =>
      applyPlan({
        plan,
        client,
        protect,
        isAuditors,
        by: 'ana@northwind.example',
        reason: 'GRC-7',
        undoes: null,
        clock,
        newId: () => `change-${ledger.length + 1}`,
        stop: never,
        abandon: never,
        tell: () => undefined,
        ledger: {
          intendChange: (change) => void ledger.push(change),
          finishChange(id, end) {
            const index = ledger.findIndex((change) => change.id === id);
            const change = ledger[index];
            if (change === undefined || change.outcome !== null) throw new Error('finished what was not begun');
            ledger[index] = { ...change, ...end };
          },
        },
        ...over,
      }),
    async meanwhile(method, path, body) {
      const response = await fetch(`${simulator.baseUrl}${path.replace('/groups/G', `/groups/${simulator.groupId}`)}`, {
        method,
        headers: { 'x-apikey': simulator.keys.administrator, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (response.status !== 200) throw new Error(`${method} ${path} answered ${response.status}`);
    },
  };
}

/** A server in front of the simulator that notes what was said, which the simulator does not. */
export async function startRecorder(
  t: TestContext,
  { baseUrl }: Pick<Simulator, 'baseUrl'>,
): Promise<{ readonly baseUrl: string; readonly requests: readonly SentRequest[] }> {
  const requests: SentRequest[] = [];
  const origin = new URL(baseUrl).origin;
  let own = '';
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = 'GET', url = '/', headers } = request;
      const sent = Buffer.concat(chunks).toString();
      requests.push({
        method,
        path: decodeURIComponent(url.replace('/api/v3', '')),
        body: sent === '' ? null : JSON.parse(sent),
        headers,
      });
      const { host: _host, connection: _connection, 'content-length': _length, ...passed } = headers;
      void pass(new URL(origin + url), { method, headers: passed, sent }).then(
        ({ status, type, text }) =>
          response.writeHead(status, { 'content-type': type }).end(text.replaceAll(origin, own)),
        // The simulator broke the connection: so does this.
        () => response.destroy(),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  const address = server.address();
  own = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  return { baseUrl: `${own}/api/v3`, requests };
}

async function pass(
  address: URL,
  { method, headers, sent }: { method: string; headers: IncomingMessage['headers']; sent: string },
): Promise<{ status: number; type: string; text: string }> {
  const answer = await fetch(address, {
    method,
    headers: headers as Record<string, string>,
    redirect: 'manual',
    ...(sent === '' ? {} : { body: sent }),
  });
  return {
    status: answer.status,
    type: answer.headers.get('content-type') ?? 'text/plain',
    text: await answer.text(),
  };
}
