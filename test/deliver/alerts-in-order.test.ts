import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPump } from '../../src/deliver/pump.ts';
import { silentLog } from '../../src/model/log.ts';
import type { Report } from '../../src/model/report.ts';
import { renderMessages } from '../../src/render/channels/index.ts';
import { buildPagerDutyChannel } from '../support/channel-builder.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { CONTEXT } from '../support/render-builder.ts';
import { buildFinding, buildReport, buildRouted, buildRun } from '../support/report-builder.ts';
import { temporaryStore } from '../support/store-builder.ts';
import { startWebhookSink } from '../support/webhook-sink.ts';

const START = '2026-11-23T07:00:00.000Z';
const MINUTE = 60_000;

const finding = buildFinding();
const other = buildFinding({ subject: { kind: 'member', id: 'jlind' } });

function reportOf(id: string, findings: Report['findings']): Report {
  return buildReport({ run: buildRun({ id, startedAt: START }), findings });
}

const opened = reportOf('run-1', [finding, other]);
const closed = reportOf('run-2', [
  { ...finding, state: 'resolved' },
  { ...other, state: 'persisting' },
]);

async function setUp(t: Parameters<typeof temporaryStore>[0], status: (index: number) => number) {
  const { store } = temporaryStore(t);
  const server = await startWebhookSink({ respond: (_, index) => ({ status: status(index) }) });
  t.after(() => server.close());
  const clock = createManualClock(START);
  const channel = buildPagerDutyChannel(server.url);
  const pump = createPump({
    store,
    channels: () => ({ pager: channel }),
    clock,
    log: silentLog,
    random: () => 0.5,
    sender: 'command',
  });
  const send = (report: Report) => store.enqueue(renderMessages(buildRouted(report), channel, CONTEXT), clock.now());
  const drain = () => pump.drain(new AbortController().signal);
  const said = () =>
    server.requests.map(({ body }) => {
      const { event_action: action, dedup_key: key } = JSON.parse(body) as {
        readonly event_action: string;
        readonly dedup_key: string;
      };
      return key === `vt-auditor-${finding.id}`
        ? `${action} finding`
        : key === `vt-auditor-${other.id}`
          ? `${action} other`
          : action;
    });
  return { store, clock, send, drain, said };
}

test('a finding that closes before its alert got through is only resolved; the others are still told', async (t) => {
  const { store, clock, send, drain, said } = await setUp(t, (index) => (index < 3 ? 503 : 202));
  send(opened);
  await drain();
  assert.deepEqual(said(), ['resolve', 'trigger finding', 'trigger other']);
  send(closed);
  await clock.advance(2 * MINUTE);
  await drain();
  assert.deepEqual(new Set(said().slice(3)), new Set(['resolve', 'resolve finding', 'trigger other']));
  assert.equal(said().length, 6);
  const states = store.deliveries({ limit: 99 }).map(({ state }) => state);
  assert.deepEqual(
    states.filter((state) => state === 'superseded').length,
    2,
    'the trigger, and the first word on the run',
  );
  assert.ok(states.every((state) => state === 'superseded' || state === 'delivered'));
});

test('a finding is triggered before it is resolved', async (t) => {
  const { send, drain, said } = await setUp(t, () => 202);
  send(opened);
  await drain();
  send(closed);
  await drain();
  assert.deepEqual(
    said().filter((each) => each.endsWith(' finding')),
    ['trigger finding', 'resolve finding'],
  );
});
