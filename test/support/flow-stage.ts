import { systemClock } from '../../src/app/system-clock.ts';
import { loadScenario } from '../../src/simulator/scenario.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/server.ts';
import type { ReportJson } from './flow-json.ts';
import { createWorkspace, type Scope, type Workspace } from './flow-program.ts';
import { type SmtpSink, type SmtpSinkOptions, startSmtpSink } from './smtp-sink.ts';
import { startWebhookSink, type WebhookSink, type WebhookSinkOptions } from './webhook-sink.ts';

/** A secret in the form of Standard Webhooks. */
export const WEBHOOK_SECRET = `whsec_${Buffer.from('a signing secret of the flow tests').toString('base64')}`;

/** How a stage differs from the usual one. */
export interface StageOptions {
  readonly scenario?: string;
  readonly simulator?: Partial<SimulatorOptions>;
  readonly smtp?: SmtpSinkOptions;
  readonly webhook?: WebhookSinkOptions;
  /** Merged over the configuration, key by key. */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** A simulated group, an inbox, a receiver, and the program configured to audit the one and tell the others. */
export interface Stage {
  readonly workspace: Workspace;
  readonly simulator: Simulator;
  readonly inbox: SmtpSink;
  readonly receiver: WebhookSink;
  /** The configuration as written. */
  readonly configuration: StageConfiguration;
  /** Writes the configuration again with other keys. */
  configure(over: Readonly<Record<string, unknown>>): void;
}

/** What the stage configures; tests replace parts of it. */
export interface StageConfiguration {
  readonly groups: readonly {
    readonly id: string;
    readonly apiKey: string;
    readonly identity: string;
    readonly approved: {
      readonly administrators: readonly string[];
      readonly serviceAccounts: readonly string[];
      readonly domains: readonly string[];
      readonly breakGlass: readonly string[];
    };
  }[];
  readonly [key: string]: unknown;
}

/** Sets up a stage that ends with its scope. */
export async function createStage(scope: Scope, options: StageOptions = {}): Promise<Stage> {
  const scenario = loadScenario(options.scenario ?? 'acme');
  const simulator = await startSimulator({ scenario, clock: systemClock, ...options.simulator });
  scope.after(() => simulator.close());
  const inbox = await startSmtpSink(options.smtp);
  scope.after(() => inbox.close());
  const receiver = await startWebhookSink(options.webhook);
  scope.after(() => receiver.close());
  const workspace = createWorkspace(scope);
  const { administrators, serviceAccounts, domains, breakGlass } = scenario.approved;
  const base: StageConfiguration = {
    groups: [
      {
        id: simulator.groupId,
        apiKey: simulator.keys.administrator,
        identity: simulator.identity,
        approved: {
          administrators: administrators ?? [],
          serviceAccounts: serviceAccounts ?? [],
          domains: domains ?? [],
          breakGlass: breakGlass ?? [],
        },
      },
    ],
    // Only a busy machine makes an answer late; what hangs on purpose is killed or stopped.
    api: { baseUrl: simulator.baseUrl, requestsPerMinute: 10_000, timeoutSeconds: 30 },
    audits: [{ name: 'review', send: [{ to: 'mail' }, { to: 'siem' }] }],
    channels: {
      mail: {
        type: 'email',
        from: 'VT Auditor <auditor@northwind.example>',
        to: ['security@northwind.example'],
        smtp: { host: inbox.host, port: inbox.port, security: 'none' },
      },
      siem: { type: 'webhook', url: receiver.url, secret: WEBHOOK_SECRET },
    },
    store: { path: './data/auditor.db' },
    server: { listen: '127.0.0.1:0' },
  };
  const configure = (over: Readonly<Record<string, unknown>>): void => workspace.configure({ ...base, ...over });
  configure(options.configuration ?? {});
  return { workspace, simulator, inbox, receiver, configuration: base, configure };
}

/** A header of a raw mail, unfolded; null when it has none of that name. */
export function mailHeader(raw: string, name: string): string | null {
  const head = raw.slice(0, raw.search(/\r?\n\r?\n/)).replaceAll(/\r?\n[ \t]+/g, ' ');
  const line = head.split(/\r?\n/).find((each) => each.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line === undefined ? null : line.slice(name.length + 1).trim();
}

/** The report in the body of a webhook. */
export function postedReport(body: string): ReportJson {
  const envelope = JSON.parse(body) as { readonly data: { readonly report: ReportJson } };
  return envelope.data.report;
}
