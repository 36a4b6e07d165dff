import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { tellMonitors, tellOfFailure } from '../../src/app/heartbeat.ts';
import type { AuditOutcome } from '../../src/audit/conclude.ts';
import type { AuditJob } from '../../src/audit/job.ts';
import { silentLog } from '../../src/model/log.ts';
import type { RunStatus } from '../../src/model/run.ts';
import type { UndeliveredMessage } from '../../src/store/deliveries.ts';
import { configOf } from '../support/config-folder.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { buildReport, buildRun } from '../support/report-builder.ts';
import { startWebhookSink } from '../support/webhook-sink.ts';

const NOW = '2026-11-23T08:00:00.000Z';

/** Monitors of two audits and of both together, and what they are told of a job. */
async function setUp(t: TestContext, undelivered: readonly UndeliveredMessage[] = []) {
  const monitor = await startWebhookSink();
  t.after(() => monitor.close());
  const base = monitor.url.replace('/hook', '');
  const config = await configOf(
    t,
    JSON.stringify({
      groups: [{ id: 'acme_soc', identity: 'x', apiKeyFile: './key' }],
      audits: [
        { name: 'weekly', heartbeat: { url: `${base}/weekly` } },
        { name: 'daily', heartbeat: { url: `${base}/daily` } },
      ],
      heartbeat: { url: `${base}/all` },
    }),
  );
  const clock = createManualClock(NOW, { auto: true });
  const monitoring = { config, clock, log: silentLog, store: { undelivered: () => undelivered } };
  const orders = ['weekly', 'daily'].map((audit) => ({ audit }));
  const job = { group: { id: 'acme_soc' }, orders } as unknown as AuditJob;
  const told = async (kind: 'start' | 'success' | 'fail', statuses: readonly RunStatus[]) => {
    const outcomes = statuses.map(
      (status, index) =>
        ({
          report: buildReport({ run: buildRun({ status, audit: orders[index]?.audit ?? '' }) }),
        }) as unknown as AuditOutcome,
    );
    await tellMonitors(monitoring, kind, job, outcomes);
    return monitor.requests.map(({ path }) => path).sort();
  };
  return { told, monitoring, monitor };
}

function message(
  audit: string,
  over: { readonly createdAt?: string; readonly failedAt?: string | null } = {},
): UndeliveredMessage {
  const { createdAt = NOW, failedAt = null } = over;
  return { delivery: { id: 'd', createdAt }, audit, failedAt } as unknown as UndeliveredMessage;
}

test('tells each monitor of its own audit, and the one for all', async (t) => {
  assert.deepEqual(await (await setUp(t)).told('start', []), ['/all/start', '/daily/start', '/weekly/start']);
  assert.deepEqual(await (await setUp(t)).told('success', ['complete', 'complete']), ['/all', '/daily', '/weekly']);
});

test('the gap of one audit is not the gap of another in the same job', async (t) => {
  assert.deepEqual(await (await setUp(t)).told('fail', ['complete', 'partial']), [
    '/all/fail',
    '/daily/fail',
    '/weekly',
  ]);
});

test('a complete run is no success while the audit owes an old or a failed message', async (t) => {
  const young = await setUp(t, [message('weekly', { createdAt: '2026-11-23T07:00:01.000Z' })]);
  assert.deepEqual(await young.told('success', ['complete', 'complete']), ['/all', '/daily', '/weekly']);
  for (const owed of [
    message('weekly', { createdAt: '2026-11-23T06:59:59.000Z' }),
    message('weekly', { failedAt: '2026-11-23T07:59:59.000Z' }),
  ]) {
    const { told } = await setUp(t, [owed]);
    assert.deepEqual(await told('success', ['complete', 'complete']), ['/all/fail', '/daily', '/weekly/fail']);
  }
});

test('what fails after the run is told to the monitor of the audit', async (t) => {
  const { monitoring, monitor } = await setUp(t);
  await tellOfFailure(monitoring, 'weekly', 'not delivered');
  await tellOfFailure(monitoring, 'unknown', 'not delivered');
  assert.deepEqual(
    monitor.requests.map(({ path }) => path),
    ['/weekly/fail', '/all/fail'],
  );
});
