// Audits a simulated group twice, with a change of the group in between, and mails the reports to an inbox on loopback.
// Needs no key and no network, opens nothing, and ends by itself.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { systemClock } from '../../src/app/system-clock.ts';
import { loadScenario } from '../../src/simulator/scenario.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { type SmtpSink, startSmtpSink } from './smtp-sink.ts';
import { startWebhookSink, type WebhookSink } from './webhook-sink.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const OUT = join(ROOT, 'demo-out');
const SCENARIO = 'acme';
const STEP = 'second-week';

interface Stage {
  readonly simulator: Simulator;
  readonly inbox: SmtpSink;
  readonly receiver: WebhookSink;
}

function writeConfiguration({ simulator, inbox, receiver }: Stage): string {
  const { approved } = loadScenario(SCENARIO);
  const configuration = {
    groups: [{ id: simulator.groupId, apiKey: simulator.keys.administrator, identity: simulator.identity, approved }],
    api: { baseUrl: simulator.baseUrl, requestsPerMinute: 600 },
    audits: [
      {
        name: 'weekly-review',
        schedule: '0 8 * * MON',
        timezone: 'Europe/Oslo',
        send: [{ to: 'security-team' }, { to: 'siem' }],
      },
    ],
    channels: {
      'security-team': {
        type: 'email',
        from: 'VT Auditor <auditor@northwind.example>',
        to: ['security@northwind.example'],
        smtp: { host: inbox.host, port: inbox.port, security: 'none' },
        attach: ['csv'],
      },
      siem: { type: 'webhook', url: receiver.url, secret: 'a secret of the demonstration, worth nothing' },
    },
    report: { organization: 'Northwind', timezone: 'Europe/Oslo' },
    store: { path: './vt-auditor.db' },
  };
  const file = join(OUT, 'config.yaml');
  // JSON is YAML.
  writeFileSync(file, `${JSON.stringify(configuration, null, 2)}\n`, { mode: 0o600 });
  return file;
}

/** Runs the program as a user would, and returns its exit code and what it printed. */
function vtAuditor(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'src', 'cli.ts'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString() }));
  });
}

/** One audit: its files, and the mail and webhook that arrived. */
async function auditOnce(stage: Stage, config: string, week: number): Promise<string> {
  const folder = join(OUT, `week-${week}`);
  const { code, output } = await vtAuditor([
    'run',
    'weekly-review',
    '--config',
    config,
    '--output',
    folder,
    '--log-level',
    'warn',
  ]);
  if (code !== 1) throw new Error(`the audit of week ${week} ended with exit code ${code}; 1 (findings) was expected`);
  await Promise.all([stage.inbox.waitFor(week), stage.receiver.waitFor(week)]);
  writeFileSync(join(folder, 'mail.eml'), stage.inbox.messages[week - 1]?.raw ?? '');
  writeFileSync(join(folder, 'webhook.json'), stage.receiver.requests[week - 1]?.body ?? '');
  return output;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const startedAt = performance.now();
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const stage: Stage = {
  simulator: await startSimulator({ scenario: loadScenario(SCENARIO), clock: systemClock }),
  inbox: await startSmtpSink(),
  receiver: await startWebhookSink(),
};
try {
  const config = writeConfiguration(stage);
  say(`Auditing the simulated group ${stage.simulator.groupId}: first week ...`);
  await auditOnce(stage, config, 1);
  stage.simulator.advance(STEP);
  say('The group changes, and is audited again: second week ...\n');
  say(await auditOnce(stage, config, 2));
  say(`Done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s. What a user gets:`);
  for (const week of [1, 2]) {
    say(`\n  week ${week}`);
    for (const [what, file] of [
      ['page', 'report.html'],
      ['mail', 'mail.eml'],
      ['webhook', 'webhook.json'],
    ])
      say(`    ${what?.padEnd(8)} ${relative(process.cwd(), join(OUT, `week-${week}`, file ?? ''))}`);
  }
} finally {
  await Promise.all([stage.simulator.close(), stage.inbox.close(), stage.receiver.close()]);
}
