import { systemClock } from '../../src/app/system-clock.ts';
import { loadScenario } from '../../src/simulator/scenario.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { openStore } from '../../src/store/store.ts';
import { createWorkspace, type Running, type Scope, type Workspace } from './flow-program.ts';
import { startWebhookSink, type WebhookSink } from './webhook-sink.ts';

/** A daemon's surroundings: a simulated group, a receiver of reports and one of notices, and a folder with a configuration. */
export interface DaemonStage {
  readonly simulator: Simulator;
  readonly team: WebhookSink;
  readonly ops: WebhookSink;
  readonly workspace: Workspace;
  /** Writes the configuration, with what a test changes of it. */
  configure(over?: Readonly<Record<string, unknown>>): void;
  /** Starts the daemon and waits until it says so. */
  start(): Promise<Running & { readonly url: string }>;
  /** Makes an audit due at its next look, as if the daemon had been away for so many minutes. */
  wasAwayFor(minutes: number): void;
}

const SECRET = 'a secret of the tests, worth nothing';

/** How long a daemon may take to come up on a busy machine. */
const START_MS = 30_000;

/** Waits until something is so; the process may need seconds for it. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  ms = 25_000,
): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Sets a stage that is cleared away with its scope. */
export async function setDaemonStage(scope: Scope): Promise<DaemonStage> {
  const simulator = await startSimulator({ scenario: loadScenario('acme'), clock: systemClock });
  scope.after(() => simulator.close());
  const team = await startWebhookSink();
  scope.after(() => team.close());
  const ops = await startWebhookSink();
  scope.after(() => ops.close());
  const workspace = createWorkspace(scope);
  const base = {
    groups: [
      {
        id: simulator.groupId,
        apiKey: simulator.keys.administrator,
        identity: simulator.identity,
        approved: { administrators: ['jdoe', 'ana@acme.example'] },
      },
    ],
    api: { baseUrl: simulator.baseUrl, requestsPerMinute: 6000, budget: { run: 2000, dayShare: 1 } },
    audits: [{ name: 'watch', schedule: '* * * * *', rules: ['administrators-are-approved'], send: [{ to: 'team' }] }],
    channels: {
      team: { type: 'webhook', url: team.url, secret: SECRET },
      ops: { type: 'webhook', url: ops.url, secret: SECRET },
    },
    operators: ['ops'],
    store: { path: './data/auditor.db' },
    server: { listen: '127.0.0.1:0' },
  };
  return {
    simulator,
    team,
    ops,
    workspace,
    configure: (over = {}) => workspace.configure({ ...base, ...over }),
    wasAwayFor(minutes) {
      const store = openStore({ path: workspace.databaseFile });
      const until = new Date(Date.now() - minutes * 60_000);
      store.recordSlots({ audit: 'watch', groups: [simulator.groupId], slots: [], until });
      store.close();
    },
    async start() {
      const running = workspace.start(['start']);
      await eventually(() => /"daemon started"/.test(running.stderr()), 'start', START_MS);
      const port = /"port":(\d+)/.exec(running.stderr())?.[1] ?? '';
      return { ...running, url: `http://127.0.0.1:${port}` };
    },
  };
}

/** The titles of the notices that a receiver got, in order. */
export function noticesIn({
  requests,
}: WebhookSink): readonly { readonly title: string; readonly lines: readonly string[] }[] {
  return requests.flatMap(({ body }) => {
    const event: { type: string; data: { title: string; lines: string[] } } = JSON.parse(body);
    return event.type === 'audit.notice' ? [event.data] : [];
  });
}
