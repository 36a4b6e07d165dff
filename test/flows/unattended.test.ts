import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { eventually, noticesIn, setDaemonStage } from '../support/daemon-stage.ts';
import { startWebhookSink } from '../support/webhook-sink.ts';

const TIMEOUT = { timeout: 120_000 };

interface Health {
  readonly status: string;
  readonly failedDeliveries: number;
  readonly nextRuns: { readonly watch: string };
  readonly lastComplete: { readonly watch: string };
}

async function numbers(url: string): Promise<string> {
  return await (await fetch(`${url}/metrics`, { headers: { connection: 'close' } })).text();
}

test(
  'a daemon that was away runs once for all that was missed, says so, and is seen from outside',
  TIMEOUT,
  async (t) => {
    const stage = await setDaemonStage(t);
    stage.configure();
    stage.wasAwayFor(10);
    const daemon = await stage.start();
    await eventually(() => stage.team.requests.length > 0, 'the report');
    const { report } = JSON.parse(stage.team.requests[0]?.body ?? '{}').data;
    assert.equal(report.run.trigger, 'catch_up');
    assert.ok(report.missedSlots.length >= 8, JSON.stringify(report.missedSlots));
    await eventually(() => noticesIn(stage.ops).length > 0, 'the notice');
    assert.match(noticesIn(stage.ops)[0]?.title ?? '', /^The audit watch missed \d+ of its due times$/);

    const health: Health = JSON.parse(await (await fetch(`${daemon.url}/healthz`)).text());
    assert.equal(health.status, 'ok');
    assert.equal(health.failedDeliveries, 0);
    assert.ok(Date.parse(health.nextRuns.watch) > Date.now() - 60_000);
    assert.ok(Date.parse(health.lastComplete.watch) > Date.now() - 60_000);
    const text = await numbers(daemon.url);
    assert.match(text, /^audit_missed_slots_total\{report="watch"\} \d+$/m);
    assert.match(text, /^audit_runs_total\{report="watch",result="complete"\} 1$/m);
    assert.match(text, /^audit_source_requests_total\{source="virustotal",code_class="2xx"\} [1-9]\d*$/m);
    assert.match(text, /^audit_source_rate_limit_remaining\{source="virustotal"\} \d+$/m);
    assert.match(text, /^audit_deliveries_total\{channel="team",type="webhook",result="delivered"\} 1$/m);

    daemon.kill('SIGTERM');
    const begun = performance.now();
    assert.equal((await daemon.ended).code, 0);
    assert.ok(performance.now() - begun < 8000);
  },
);

test('a configuration that changes takes effect, a broken one does not, and somebody is told', TIMEOUT, async (t) => {
  const stage = await setDaemonStage(t);
  stage.configure();
  const daemon = await stage.start();
  const good = readFileSync(stage.workspace.configFile, 'utf8');

  writeFileSync(stage.workspace.configFile, good.replace('"schedule"', '"shedule"'));
  daemon.kill('SIGHUP');
  await eventually(() => noticesIn(stage.ops).length === 1, 'the notice of the broken configuration');
  const broken = noticesIn(stage.ops)[0];
  assert.match(broken?.title ?? '', /broken/);
  assert.match(broken?.lines.join(' ') ?? '', /shedule: unknown key; did you mean "schedule"\?/);
  assert.match(await numbers(daemon.url), /^audit_config_last_reload_successful 0$/m);

  // Without a signal: the files are looked at every few seconds.
  writeFileSync(stage.workspace.configFile, good.replace('"ana@acme.example"', '"bea@acme.example"'));
  await eventually(() => noticesIn(stage.ops).length === 2, 'the notice of what was removed');
  const removed = noticesIn(stage.ops)[1];
  assert.match(removed?.lines.join(' ') ?? '', /ana@acme\.example is not among the approved administrators/);
  assert.match(await numbers(daemon.url), /^audit_config_last_reload_successful 1$/m);

  writeFileSync(stage.workspace.configFile, good.replace('./data/auditor.db', './other/auditor.db'));
  daemon.kill('SIGHUP');
  await eventually(() => noticesIn(stage.ops).some(({ title }) => /restart/.test(title)), 'the notice of a restart');
  daemon.kill('SIGTERM');
  assert.equal((await daemon.ended).code, 0, daemon.stderr());
});

test('a waiver file that cannot be read is told, and ends no waiver', TIMEOUT, async (t) => {
  const stage = await setDaemonStage(t);
  stage.configure({ waivers: './waivers.yaml' });
  stage.workspace.write('waivers.yaml', 'rule: [\n');
  const daemon = await stage.start();
  await eventually(() => noticesIn(stage.ops).length === 1, 'the notice');
  assert.match(noticesIn(stage.ops)[0]?.title ?? '', /^The waiver file cannot be read/);
  daemon.kill('SIGTERM');
  assert.equal((await daemon.ended).code, 0);
});

test('what a channel will not take is told by another one, once', TIMEOUT, async (t) => {
  const stage = await setDaemonStage(t);
  const secret = 'a secret of the tests, worth nothing';
  const gone = await startWebhookSink({ respond: () => ({ status: 410 }) });
  t.after(() => gone.close());
  stage.configure({
    channels: {
      gone: { type: 'webhook', url: gone.url, secret },
      ops: { type: 'webhook', url: stage.ops.url, secret },
    },
    audits: [{ name: 'watch', schedule: '0 0 1 1 *', rules: ['administrators-are-approved'], send: [{ to: 'gone' }] }],
  });
  const run = await stage.workspace.run(['run', 'watch', '--deliver-within', '5']);
  assert.equal(run.code, 4, run.stderr);
  const daemon = await stage.start();
  await eventually(() => noticesIn(stage.ops).length === 1, 'the notice');
  const [notice] = noticesIn(stage.ops);
  assert.match(notice?.title ?? '', /^Messages to the channel gone could not be delivered/);
  assert.match(notice?.lines.join(' ') ?? '', /HTTP 410/);
  // Trying again would be of no use: who is gone is gone until the address is another.
  assert.match(notice?.lines.join(' ') ?? '', /what is new waits until the channel leads to another address/);
  assert.doesNotMatch(notice?.lines.join(' ') ?? '', /deliveries retry/);
  daemon.kill('SIGTERM');
  assert.equal((await daemon.ended).code, 0);
});

test('a second signal ends the daemon at once', TIMEOUT, async (t) => {
  const stage = await setDaemonStage(t);
  stage.configure();
  const daemon = await stage.start();
  daemon.kill('SIGTERM');
  daemon.kill('SIGINT');
  const { code } = await daemon.ended;
  assert.ok(code === 0 || code === 130, `ended with ${code}`);
});
