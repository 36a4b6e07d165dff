import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { runInProcess } from '../support/flow-in-process.ts';
import { deliveriesIn, reportIn, runsIn } from '../support/flow-json.ts';
import { createScope, type Ended } from '../support/flow-program.ts';
import { createStage, type Stage } from '../support/flow-stage.ts';
import {
  appriseSchema,
  chatMessageSchema,
  pagerDutyEventSchema,
  teamsMessageSchema,
} from '../support/message-schemas.ts';
import { parseXml } from '../support/xml.ts';

const ROUTING_KEY = 'abcdefghij0123456789abcdefghij01';

describe('reports in every format, through every channel', () => {
  const scope = createScope();
  let stage: Stage;
  let ended: Ended;
  const received = (path: string) => stage.receiver.requests.filter((request) => request.path.startsWith(path));
  const bodiesAt = (path: string): readonly unknown[] => received(path).map(({ body }): unknown => JSON.parse(body));
  const vtAuditor = (...args: readonly string[]): Promise<Ended> => runInProcess(stage.workspace, args);

  before(async () => {
    stage = await createStage(scope, { webhook: { respond: () => ({ status: 200 }) } });
    const at = (path: string): string => stage.receiver.url.replace('/hook', path);
    stage.workspace.write('routing', `${ROUTING_KEY}\n`);
    const channels = {
      teams: { type: 'teams', url: at('/teams') },
      chat: { type: 'googlechat', url: at('/chat?key=k&token=t') },
      pager: { type: 'pagerduty', routingKeyFile: './routing', url: at('/pager') },
      apprise: { type: 'apprise', url: at('/notify/soc') },
      siem: { type: 'webhook', url: at('/ocsf'), format: 'ocsf' },
    };
    const send = Object.keys(channels).map((to) => ({ to }));
    stage.configure({
      audits: [
        { name: 'review', send },
        { name: 'second', rules: ['members-use-2fa'] },
      ],
      channels,
    });
    ended = await vtAuditor('run', 'review', '--format', 'json');
  });
  after(() => scope.close());

  it('delivers to each of them in the form that it takes', () => {
    assert.equal(ended.code, 1, ended.stderr);
    teamsMessageSchema.parse(bodiesAt('/teams')[0]);
    chatMessageSchema.parse(bodiesAt('/chat')[0]);
    appriseSchema.parse(bodiesAt('/notify/soc')[0]);
    assert.match(received('/chat')[0]?.path ?? '', /requestId=msg_[0-9a-f]{32}/);
    const events = bodiesAt('/pager').map((body) => {
      const { routing_key: key, ...event } = body as Record<string, unknown>;
      assert.equal(key, ROUTING_KEY);
      return pagerDutyEventSchema.parse(event);
    });
    const triggers = events.filter((event) => event.event_action === 'trigger');
    assert.equal(triggers.length, 1, 'a first report is one alert');
    const [posted] = received('/ocsf');
    assert.equal(posted?.headers['content-type'], 'application/x-ndjson');
    const { findings } = reportIn(ended.stdout);
    const lines = posted?.body.trimEnd().split('\n') ?? [];
    assert.ok(lines.length > findings.length);
  });

  it('keeps no key of theirs in the database', () => {
    for (const [name, text] of stage.workspace.files()) {
      if (name.startsWith('data/')) assert.ok(!text.includes(ROUTING_KEY), name);
    }
  });

  it('prints the stored report again, by its id or as the latest', async () => {
    const [run] = runsIn((await vtAuditor('runs', '--json')).stdout);
    assert.ok(run);
    const again = await vtAuditor('report', run.id, '--json');
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(reportIn(again.stdout), reportIn(ended.stdout));
    const junit = await vtAuditor('report', 'latest', '--audit', 'review', '--format', 'junit');
    const root = parseXml(junit.stdout);
    const { findings } = reportIn(ended.stdout);
    assert.equal(root.attributes['failures'], String(findings.length));
    const file = stage.workspace.path('report.html');
    const written = await vtAuditor('report', 'latest', '--format', 'html', '--output', file);
    assert.equal(written.code, 0, written.stderr);
    assert.equal(written.stdout, '');
    assert.match(readFileSync(file, 'utf8'), /^<!doctype html>/i);
  });

  it('says which report there is not', async () => {
    const unknown = await vtAuditor('report', 'no-such-run');
    assert.deepEqual([unknown.code, unknown.stdout], [2, '']);
    assert.match(unknown.stderr, /there is no report of a run "no-such-run"/);
    const none = await vtAuditor('report', 'latest', '--audit', 'second');
    assert.equal(none.code, 2);
    assert.match(none.stderr, /there is no report yet of second/);
  });

  it('refuses two pages on one standard output before it asks the API anything, and writes a file each', async () => {
    const refused = await vtAuditor('run', '--format', 'html');
    assert.deepEqual([refused.code, refused.stdout], [2, '']);
    assert.match(refused.stderr, /--format html prints one report, and this would make 2/);
    assert.equal(runsIn((await vtAuditor('runs', '--json')).stdout).length, 1, 'no run was begun');
    const folder = stage.workspace.path('out');
    const written = await vtAuditor('run', '--format', 'html', '--output', folder, '--no-send');
    assert.equal(written.code, 1, written.stderr);
    const names = [...stage.workspace.files().keys()].filter((name) => name.startsWith('out/'));
    assert.deepEqual(names.toSorted(), [
      'out/report-northwind_dfir-review.html',
      'out/report-northwind_dfir-second.html',
      'out/report.csv',
      'out/report.json',
      'out/report.junit.xml',
      'out/report.ocsf.ndjson',
      'out/report.txt',
    ]);
  });

  it('sends a sample through each channel', async () => {
    for (const name of ['teams', 'chat', 'pager', 'apprise', 'siem']) {
      const { code, stderr } = await vtAuditor('send-test', name);
      assert.equal(code, 0, `${name}: ${stderr}`);
      assert.match(stderr, /Accepted/);
    }
    const deliveries = deliveriesIn((await vtAuditor('deliveries', '--json', '--limit', '100')).stdout);
    assert.deepEqual(new Set(deliveries.map(({ state }) => state)), new Set(['delivered']));
  });
});
