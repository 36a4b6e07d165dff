import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { backtest } from '../../src/app/backtest.ts';
import { selectJobs } from '../../src/app/jobs.ts';
import { type App, newRunId, openApp } from '../../src/app.ts';
import { planRun } from '../../src/audit/plan.ts';
import { audit } from '../../src/audit.ts';
import { silentLog } from '../../src/model/log.ts';
import type { Report } from '../../src/model/report.ts';
import { Secret } from '../../src/model/secret.ts';
import { loadScenario } from '../../src/simulator/scenario.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { type AuditClient, createAuditClient } from '../../src/virustotal/audit-client.ts';
import { allOf } from '../support/all-of.ts';
import { configFolder } from '../support/config-folder.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { apiSettings } from '../support/scripted-api.ts';

const DAY_MS = 86_400_000;
const ALL = { audits: [], groups: [], rules: [] } as const;

interface Stage {
  readonly app: App;
  readonly simulator: Simulator;
  readonly clock: ManualClock;
}

/** A program and the group of the scenario, in which an account downloads for a day two days before the first audit. */
async function startStage(t: TestContext): Promise<Stage> {
  const clock = createManualClock('2026-11-23T06:30:00.000Z');
  const simulator = await startSimulator({ scenario: loadScenario('undertow'), clock });
  t.after(() => simulator.close());
  const folder = configFolder(t, {
    key: `${simulator.keys.administrator}\n`,
    'config.yaml': [
      `groups: [{ id: ${simulator.groupId}, identity: ${simulator.identity}, apiKeyFile: ./key }]`,
      'audits: [{ name: spikes, rules: [usage-without-spikes] }]',
      `api: { baseUrl: "${simulator.baseUrl}", requestsPerMinute: 6000, budget: { dayShare: 1 } }`,
      'store: { path: ./audit.db }',
    ].join('\n'),
  });
  const app = await openApp(
    { configFile: join(folder, 'config.yaml'), logLevel: 'silent', logFormat: 'json' },
    'command',
  );
  t.after(() => app.close());
  return { app, simulator, clock };
}

/** An audit at the instant of the stage's clock, with a clock of its own that skips the waits between requests. */
async function runOn({ app, simulator, clock: time }: Stage): Promise<Report> {
  const at = time.now();
  const clock = createManualClock(at, { auto: true });
  const context = await app.context(at);
  const input = {
    config: app.config,
    rules: context.rules,
    trigger: 'manual',
    narrowed: false,
    isSending: false,
  } as const;
  const [job] = selectJobs(ALL, { ...input, at, runId: () => newRunId(at) });
  assert.ok(job);
  const [outcome] = await audit(job, { ...context, clock, openClient: () => clientOf(simulator, clock) });
  assert.ok(outcome);
  return outcome.report;
}

function clientOf(simulator: Simulator, clock: ManualClock): AuditClient {
  return createAuditClient({
    api: apiSettings(simulator.baseUrl),
    group: { id: simulator.groupId, apiKey: new Secret(simulator.keys.administrator), apiKeyFile: null },
    clock,
    log: silentLog,
    version: '0.0.0',
  });
}

/** How many lists of single days a stage's simulator was asked for since the last time. */
function countDayLists({ simulator }: Stage) {
  let seen = 0;
  return () => {
    const asked = simulator.requests.slice(seen).filter(({ path }) => path.endsWith('/api_requests_daily'));
    seen = simulator.requests.length;
    return new Set(asked.map(({ query }) => query)).size;
  };
}

const verdictOf = ({ rules }: Report) => rules.map(({ verdict, reason }) => [verdict, reason?.kind ?? null]);
const openedIn = ({ findings }: Report) =>
  findings.map(({ subject, key, state }) => `${state} ${subject.kind} ${subject.id} ${key}`);

test('a history of accounts grows by ten days a run; the account that stands out is found at once, and told once', async (t) => {
  const stage = await startStage(t);
  const known = () => stage.app.store.accountDays('estuary_cert').length;
  const first = await runOn(stage);
  assert.deepEqual(openedIn(first), ['new member sanna_et 2026-11-21']);
  const [finding] = first.findings;
  assert.match(finding?.message ?? '', /most by file_download$/u);
  assert.equal(finding?.severity, 'high');
  assert.deepEqual([known(), first.run.status], [10, 'complete']);
  const grown: number[] = [];
  for (let day = 0; day < 6; day += 1) {
    await stage.clock.advance(DAY_MS);
    const report = await runOn(stage);
    assert.deepEqual(openedIn(report), ['persisting member sanna_et 2026-11-21']);
    grown.push(known());
  }
  // A day of the ten is read again each time, because it was yesterday the last time.
  assert.deepEqual(grown, [19, 28, 37, 46, 55, 60]);
});

test('until enough days are known nobody passes, and afterwards a quiet group does', async (t) => {
  const stage = await startStage(t);
  await stage.clock.advance(40 * DAY_MS);
  assert.deepEqual(verdictOf(await runOn(stage)), [['not_evaluated', 'not_enough_history']]);
  await stage.clock.advance(7 * DAY_MS);
  assert.deepEqual(verdictOf(await runOn(stage)), [['not_evaluated', 'not_enough_history']]);
  await stage.clock.advance(7 * DAY_MS);
  await runOn(stage);
  await stage.clock.advance(7 * DAY_MS);
  assert.deepEqual(verdictOf(await runOn(stage)), [['passed', null]]);
});

test('the plan says beforehand how many lists a run asks for', async (t) => {
  const stage = await startStage(t);
  const dayLists = countDayLists(stage);
  const planned = async (): Promise<number> => {
    const at = stage.clock.now();
    const { plan } = planRun(await stage.app.context(at), {
      rules: ['usage-without-spikes'],
      group: 'estuary_cert',
      at,
    });
    return plan.sections.find(({ section }) => section === 'accountDays')?.requests ?? -1;
  };
  // Days that stand out in the group's total are asked for besides, where they are none of these.
  const besides = 3;
  const counts: number[] = [];
  for (let day = 0; day < 8; day += 1) {
    const count = await planned();
    const { requests } = (await runOn(stage)).run;
    const asked = dayLists();
    assert.ok(asked >= count && asked <= count + besides && requests.made <= requests.planned, `${asked} of ${count}`);
    counts.push(count);
    await stage.clock.advance(DAY_MS);
  }
  assert.deepEqual(counts, [10, 10, 10, 10, 10, 10, 6, 2], 'yesterday, and once more what was yesterday then');
});

test('back-tests replay what each run knew of the accounts', async (t) => {
  const stage = await startStage(t);
  await runOn(stage);
  await stage.clock.advance(DAY_MS);
  await runOn(stage);
  const rules = (await stage.app.context(stage.clock.now())).rules;
  const builtIn = rules.builtIn.find(({ id }) => id === 'usage-without-spikes');
  const requirement = rules.requirements.get('usage-without-spikes');
  assert.ok(builtIn !== undefined && requirement !== undefined);
  const { needs, wants = [], consults = [] } = builtIn;
  const reads = [...needs, ...wants, ...consults];
  const days = await allOf(
    backtest({
      rule: { requirement, builtIn, custom: null, needs, wants, reads, options: {}, severity: null },
      group: 'estuary_cert',
      snapshots: stage.app.store.snapshots({ group: 'estuary_cert', since: '2026-11-01T00:00:00.000Z' }),
      log: silentLog,
    }),
  );
  assert.deepEqual(
    days.map(({ day, verdict, opened }) => [day, verdict, opened.map(({ subject }) => subject.id)]),
    [
      ['2026-11-23', 'breached', ['sanna_et']],
      ['2026-11-24', 'breached', []],
    ],
  );
});
