import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeSection } from '../../src/sections.ts';
import { openStore } from '../../src/store/store.ts';
import { buildFinding, buildReport, buildRun } from '../support/report-builder.ts';
import { usageDay } from '../support/snapshot-builder.ts';
import { buildCommit, buildMessage, buildYardstick, temporaryStore } from '../support/store-builder.ts';

const GROUP = 'northwind_dfir';
const at = new Date('2026-11-23T07:00:41.000Z');

test('keeps everything a run leaves', (t) => {
  const { store, path } = temporaryStore(t);
  const finding = buildFinding({ rule: 'members-use-2fa' });
  const told = {
    audit: 'weekly-review',
    channel: 'siem',
    finding: finding.id,
    severity: 'high',
    state: 'open',
    at: at.toISOString(),
    count: 1,
  } as const;
  const section = encodeSection('breakGlass', []);
  const run = buildRun({ id: 'one', requests: { planned: 7, made: 9 } });
  const commit = buildCommit('one', {
    run,
    report: buildReport({ run, findings: [finding] }),
    sections: [section],
    results: [{ rule: 'members-use-2fa', verdict: 'breached', judged: true }],
    findings: [finding],
    told: [told],
    usage: [usageDay('2026-11-22', { api: 4 })],
    yardstick: buildYardstick({ version: '9' }),
    messages: [buildMessage('m1')],
  });
  store.startRun({ ...run, status: 'running', finishedAt: null });
  assert.deepEqual(store.commitRun(commit), { committed: true });

  // Read back by another connection: nothing lives in memory.
  const other = openStore({ path });
  t.after(() => other.close());
  assert.deepEqual(other.lastRun(GROUP), {
    run,
    summary: commit.report.summary,
    populations: [],
    digests: commit.digests,
  });
  assert.deepEqual(other.report('one'), commit.report);
  assert.deepEqual(other.findings(GROUP), [finding]);
  assert.deepEqual(other.openFindings(GROUP), [finding]);
  assert.deepEqual(other.told({ audit: 'weekly-review', channel: 'siem', group: GROUP }), [told]);
  assert.deepEqual(other.told({ audit: 'weekly-review', channel: 'siem', group: 'another' }), []);
  assert.deepEqual(other.auditYardstick(GROUP, commit.run.audit), commit.yardstick);
  assert.deepEqual(other.storedUsage(GROUP), commit.usage);
  assert.equal(other.latestSection(GROUP, 'breakGlass')?.digest, section.digest);
  assert.deepEqual(Buffer.from(other.latestSection(GROUP, 'breakGlass')?.bytes ?? []), Buffer.from(section.bytes));
  assert.equal(other.latestSection(GROUP, 'members'), null);
  assert.equal(other.historySince(GROUP), run.startedAt);
  assert.deepEqual(other.groups(), [GROUP]);
  assert.equal(other.deliveries({ limit: 5 })[0]?.run, 'one');
});

test('an empty database knows nothing', (t) => {
  const { store } = temporaryStore(t);
  assert.equal(store.lastRun(GROUP), null);
  assert.equal(store.report('none'), null);
  assert.equal(store.auditYardstick(GROUP, 'weekly-review'), null);
  assert.equal(store.historySince(GROUP), null);
  assert.deepEqual(store.lastJudged(GROUP), {});
  assert.deepEqual(store.verdictsSince(GROUP), {});
  assert.deepEqual(store.runs({ limit: 10 }), []);
  assert.equal(store.nextDueAt(at), null);
});

test('a run that was overtaken commits nothing', (t) => {
  const { store } = temporaryStore(t);
  store.startRun(buildRun({ id: 'slow', status: 'running', finishedAt: null, slot: null }));
  store.commitRun(buildCommit('fast'));
  const late = buildCommit('slow', { findings: [buildFinding()], messages: [buildMessage('m')] });
  assert.deepEqual(store.commitRun(late), { committed: false, reason: 'moved' });
  assert.deepEqual(store.findings(GROUP), []);
  assert.deepEqual(store.deliveries({ limit: 5 }), []);
  assert.equal(store.runs({ limit: 5 }).find(({ run }) => run.id === 'slow')?.run.status, 'running');
  assert.deepEqual(store.commitRun({ ...late, basedOn: 'fast' }), { committed: true });
  assert.equal(store.lastRun(GROUP)?.run.id, 'slow');
});

test('another group does not move this one', (t) => {
  const { store } = temporaryStore(t);
  store.commitRun(buildCommit('theirs', { runOver: { group: 'another' } }));
  assert.deepEqual(store.commitRun(buildCommit('ours')), { committed: true });
});

test('a commit that fails in its last statement leaves nothing', (t) => {
  const { store } = temporaryStore(t);
  store.commitRun(buildCommit('first', { messages: [buildMessage('taken')] }));
  const broken = buildCommit('second', {
    basedOn: 'first',
    findings: [buildFinding()],
    messages: [buildMessage('fresh'), buildMessage('taken')],
  });
  assert.throws(() => store.commitRun(broken));
  assert.equal(store.lastRun(GROUP)?.run.id, 'first');
  assert.deepEqual(store.findings(GROUP), []);
  assert.equal(store.deliveries({ limit: 9 }).length, 1);
  assert.deepEqual(store.commitRun({ ...broken, messages: [] }), { committed: true });
});

test('runs that nobody finished are closed as failed', (t) => {
  const { store } = temporaryStore(t);
  const run = buildRun({ id: 'dead', status: 'running', finishedAt: null, requests: { planned: 9, made: 0 } });
  store.startRun(run);
  const { closed } = store.closeAbandoned(at);
  assert.deepEqual(
    closed.map(({ id, status, finishedAt }) => ({ id, status, finishedAt })),
    [{ id: 'dead', status: 'failed', finishedAt: at.toISOString() }],
  );
  assert.match(closed[0]?.failure?.text ?? '', /ended before/);
  assert.deepEqual(store.closeAbandoned(at), { closed: [], released: [] });
  assert.equal(store.lastRun(GROUP), null, 'it stands in nobody’s way');
});

test('a run of a command that was closed by mistake still commits', (t) => {
  const { store } = temporaryStore(t);
  store.startRun(buildRun({ id: 'typed', status: 'running', finishedAt: null, slot: null, trigger: 'manual' }));
  store.closeAbandoned(at);
  assert.deepEqual(store.commitRun(buildCommit('typed')), { committed: true });
  assert.equal(store.runs({ limit: 1 })[0]?.run.status, 'complete');
});

test('a verdict stands since it last changed, and a rule was last judged when it was not left out', (t) => {
  const { store } = temporaryStore(t);
  const run = (day: number, verdict: 'passed' | 'breached' | 'not_evaluated') =>
    store.commitRun(
      buildCommit(`run-${day}`, {
        basedOn: day === 1 ? null : `run-${day - 1}`,
        results: [{ rule: 'r', verdict, judged: verdict !== 'not_evaluated' }],
        at: new Date(`2026-11-0${day}T00:00:00.000Z`),
      }),
    );
  run(1, 'breached');
  run(2, 'breached');
  assert.deepEqual(store.verdictsSince(GROUP), { r: { verdict: 'breached', since: '2026-11-01T00:00:00.000Z' } });
  run(3, 'not_evaluated');
  assert.deepEqual(store.verdictsSince(GROUP), { r: { verdict: 'not_evaluated', since: '2026-11-03T00:00:00.000Z' } });
  assert.deepEqual(store.lastJudged(GROUP), { r: '2026-11-02T00:00:00.000Z' });
  assert.deepEqual([...store.ruleYardsticks(GROUP).keys()], ['r']);
});

test('lists runs newest first, by audit and group', (t) => {
  const { store } = temporaryStore(t);
  const add = (id: string, day: string, audit: string, group: string) =>
    store.startRun(buildRun({ id, audit, group, startedAt: `2026-11-${day}T00:00:00.000Z` }));
  add('a', '01', 'weekly', 'g1');
  add('b', '02', 'daily', 'g1');
  add('c', '03', 'daily', 'g2');
  const ids = (query: Parameters<typeof store.runs>[0]) => store.runs(query).map(({ run }) => run.id);
  assert.deepEqual(ids({ limit: 2 }), ['c', 'b']);
  assert.deepEqual(ids({ limit: 9, audit: 'daily' }), ['c', 'b']);
  assert.deepEqual(ids({ limit: 9, group: 'g1' }), ['b', 'a']);
});

test('acknowledges findings that exist, and keeps the latest word', (t) => {
  const { store } = temporaryStore(t);
  const finding = buildFinding();
  assert.equal(store.acknowledge({ finding: finding.id, by: 'ana', note: 'seen', at }), false);
  store.commitRun(buildCommit('one', { findings: [finding] }));
  assert.equal(store.acknowledge({ finding: finding.id, by: 'ana', note: 'seen', at }), true);
  const later = new Date(at.getTime() + 1000);
  store.acknowledge({ finding: finding.id, by: 'bo', note: 'a load test', at: later });
  assert.deepEqual(
    [...store.acknowledgements(GROUP)],
    [[finding.id, { by: 'bo', note: 'a load test', at: later.toISOString() }]],
  );
  assert.deepEqual([...store.acknowledgements('another')], []);
});

test('prunes old snapshots but never the newest, and keeps what they were by digest', (t) => {
  const { store } = temporaryStore(t);
  const days = ['01', '02', '03'];
  for (const [index, day] of days.entries()) {
    store.commitRun(
      buildCommit(`run-${day}`, {
        basedOn: index === 0 ? null : `run-${days[index - 1]}`,
        runOver: { startedAt: `2026-01-${day}T00:00:00.000Z` },
        sections: [encodeSection('identity', { id: day }), encodeSection('approvedDomains', [])],
      }),
    );
  }
  const keepDays = { snapshots: 30, messages: 30 };
  assert.deepEqual(store.prune({ at: new Date('2026-01-31T12:00:00Z'), keepDays }), { snapshots: 1, messages: 0 });
  assert.deepEqual(store.prune({ at: new Date('2027-02-01T12:00:00Z'), keepDays }), { snapshots: 1, messages: 0 });
  assert.equal(store.latestSection(GROUP, 'identity')?.digest, encodeSection('identity', { id: '03' }).digest);
  assert.notEqual(store.latestSection(GROUP, 'approvedDomains'), null);
});
