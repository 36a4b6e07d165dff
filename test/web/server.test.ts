import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../src/model/log.ts';
import type { HealthState } from '../../src/web/health.ts';
import { createMetrics } from '../../src/web/metrics.ts';
import { startWeb } from '../../src/web/server.ts';

/** Messages that were delivered, as far as the database still holds them. */
let delivered = 7;

const metrics = createMetrics('1.2.3', () => ({
  now: new Date('2026-11-23T08:00:00Z'),
  audits: ['weekly', 'monthly'],
  rules: ['members-use-2fa', 'members-are-active'],
  nextRuns: [{ audit: 'weekly', at: '2026-11-30T07:00:00.000Z' }],
  lastComplete: [{ audit: 'weekly', at: '2026-11-23T07:00:00.000Z' }],
  deliveries: [
    { channel: 'team', type: 'email', state: 'delivered', count: delivered, oldest: '2026-11-01T00:00:00.000Z' },
    { channel: 'team', type: 'email', state: 'pending', count: 2, oldest: '2026-11-23T07:59:00.000Z' },
  ],
  channels: [
    { channel: 'siem', type: 'webhook', isHeld: true },
    { channel: 'chat', type: 'slack', isHeld: false },
  ],
  reloadOk: true,
  answers: new Map([
    ['2xx', 12],
    ['4xx', 1],
  ]),
  room: 48,
}));

const well: HealthState = { dead: [], unready: [], details: { failedDeliveries: 0, nextRunAt: null } };

async function serve(t: TestContext, health: () => HealthState): Promise<string> {
  const web = await startWeb({ host: '127.0.0.1', port: 0, health, log: silentLog, metrics });
  t.after(() => web.close());
  return `http://127.0.0.1:${web.port}`;
}

async function ask(url: string, init?: RequestInit): Promise<{ status: number; body: string }> {
  const response = await fetch(url, { ...init, headers: { connection: 'close' } });
  return { status: response.status, body: await response.text() };
}

test('says that all is well', async (t) => {
  const url = await serve(t, () => well);
  const body = '{"status":"ok","reasons":[],"failedDeliveries":0,"nextRunAt":null}\n';
  assert.deepEqual(await ask(`${url}/healthz`), { status: 200, body });
  assert.deepEqual(await ask(`${url}/readyz?verbose`), { status: 200, body });
  assert.deepEqual(await ask(`${url}/healthz`, { method: 'HEAD' }), { status: 200, body: '' });
});

test('tells dead from not ready, with the reasons', async (t) => {
  let state: HealthState = { ...well, unready: ['The database cannot be written.'] };
  const url = await serve(t, () => state);
  assert.equal((await ask(`${url}/healthz`)).status, 200);
  const unready = await ask(`${url}/readyz`);
  assert.equal(unready.status, 503);
  assert.deepEqual(JSON.parse(unready.body).reasons, ['The database cannot be written.']);
  state = { ...well, dead: ['The last tick was 10 minutes ago.'] };
  assert.equal((await ask(`${url}/healthz`)).status, 503);
  assert.equal((await ask(`${url}/readyz`)).status, 503);
});

test('a state that cannot be told is not well, and its error is not shown', async (t) => {
  const url = await serve(t, () => {
    throw new Error('secret-looking detail');
  });
  const answer = await ask(`${url}/healthz`);
  assert.equal(answer.status, 503);
  assert.doesNotMatch(answer.body, /secret-looking/);
});

test('serves nothing else', async (t) => {
  const url = await serve(t, () => well);
  for (const path of ['/', '/healthz/', '/../etc/passwd', '/HEALTHZ']) {
    assert.equal((await ask(url + path)).status, 404, path);
  }
  assert.equal((await ask(`${url}/healthz`, { method: 'POST', body: 'x' })).status, 405);
});

test('says in a sentence that the address is taken', async (t) => {
  const url = await serve(t, () => well);
  const port = Number(new URL(url).port);
  await assert.rejects(
    startWeb({ host: '127.0.0.1', port, health: () => well, log: silentLog, metrics }),
    /The address 127\.0\.0\.1:\d+ of server\.listen cannot be listened on: another program listens there/,
  );
});

test('closes although a client keeps its connection open', async () => {
  const web = await startWeb({ host: '127.0.0.1', port: 0, health: () => well, log: silentLog, metrics });
  const socket = connect(web.port, '127.0.0.1');
  await once(socket, 'connect');
  const ended = once(socket, 'close');
  socket.on('error', () => undefined);
  await web.close();
  await ended;
});

test('serves its numbers, with few and harmless labels', async (t) => {
  metrics.runFinished({
    audit: 'weekly',
    group: 'acme_soc',
    status: 'partial',
    seconds: 3,
    findings: [
      { severity: 'high', state: 'new' },
      { severity: 'high', state: 'waived' },
    ],
    failedRules: ['members-use-2fa'],
  });
  metrics.slotsMissed('weekly', 3);
  delivered = 9;
  const url = await serve(t, () => well);
  const { status, body } = await ask(`${url}/metrics`);
  assert.equal(status, 200);
  for (const line of [
    'audit_runs_total{report="weekly",result="partial"} 1',
    'audit_run_duration_seconds_count{report="weekly"} 1',
    'audit_last_success_timestamp_seconds{report="weekly"} 1795417200',
    'audit_next_run_timestamp_seconds{report="weekly"} 1796022000',
    'audit_findings{report="weekly",severity="high",status="new"} 1',
    'audit_findings{report="weekly",severity="high",status="waived"} 1',
    'audit_findings{report="weekly",severity="low",status="new"} 0',
    'audit_missed_slots_total{report="weekly"} 3',
    'audit_deliveries_total{channel="team",type="email",result="delivered"} 2',
    'audit_outbox_pending{channel="team"} 2',
    'audit_channel_held{channel="siem"} 1',
    'audit_channel_held{channel="chat"} 0',
    'audit_outbox_oldest_seconds 60',
    'audit_source_requests_total{source="virustotal",code_class="2xx"} 12',
    'audit_source_requests_total{source="virustotal",code_class="4xx"} 1',
    'audit_source_rate_limit_remaining{source="virustotal"} 48',
    'audit_rule_errors_total{rule="members-use-2fa"} 1',
    'audit_config_last_reload_successful 1',
  ])
    assert.ok(body.split('\n').includes(line), `${line}\n${body}`);
  assert.match(body, /^audit_build_info\{version="1\.2\.3",node="[\d.]+",tzdata="\w+"\} 1$/m);
  assert.doesNotMatch(body, /acme_soc/);
  for (const line of body.split('\n').filter((each) => each !== '' && !each.startsWith('#')))
    assert.match(line, /^[a-z_:][\w:]*(?:\{[^}]*\})? (?:[-+\d.e]+|NaN|\+Inf)(?: \d+)?$/i, line);
});

test('what has not happened yet is counted as 0, and no counter ever falls', async (t) => {
  const url = await serve(t, () => well);
  const numberOf = async (name: string): Promise<string | undefined> =>
    (await ask(`${url}/metrics`)).body
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length + 1);
  assert.equal(await numberOf('audit_runs_total{report="monthly",result="failed"}'), '0');
  assert.equal(await numberOf('audit_missed_slots_total{report="monthly"}'), '0');
  assert.equal(await numberOf('audit_rule_errors_total{rule="members-are-active"}'), '0');
  assert.equal(await numberOf('audit_deliveries_total{channel="chat",type="slack",result="failed"}'), '0');
  assert.equal(await numberOf('audit_source_requests_total{source="virustotal",code_class="5xx"}'), '0');
  const total = 'audit_deliveries_total{channel="team",type="email",result="delivered"}';
  const before = Number(await numberOf(total));
  // Old messages are deleted in time.
  delivered -= 4;
  assert.equal(Number(await numberOf(total)), before);
  delivered += 1;
  assert.equal(Number(await numberOf(total)), before + 1);
});
