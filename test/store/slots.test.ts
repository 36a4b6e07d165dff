import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRun } from '../support/report-builder.ts';
import { buildCommit, temporaryStore } from '../support/store-builder.ts';

const slot = (day: string) => ({
  wallTime: `2026-11-${day}T08:00[Europe/Madrid]`,
  at: new Date(`2026-11-${day}T07:00:00.000Z`),
});
const until = new Date('2026-11-23T07:00:30.000Z');
const week = { audit: 'weekly', groups: ['g1', 'g2'], slots: [slot('09'), slot('16'), slot('23')], until };

test('one claim takes all that is due, once', (t) => {
  const { store } = temporaryStore(t);
  store.recordSlots(week);
  store.recordSlots(week);
  assert.deepEqual(
    store.pendingAudits().map(({ group, slot, missed }) => ({ group, slot, missed })),
    [
      { group: 'g1', slot: slot('23').wallTime, missed: 2 },
      { group: 'g2', slot: slot('23').wallTime, missed: 2 },
    ],
  );
  assert.deepEqual(store.claimSlots({ audit: 'weekly', group: 'g1', runId: 'r1' }), {
    slot: slot('23').wallTime,
    dueAt: '2026-11-23T07:00:00.000Z',
    missed: [slot('09').wallTime, slot('16').wallTime],
  });
  assert.equal(store.claimSlots({ audit: 'weekly', group: 'g1', runId: 'r2' }), null);
  assert.deepEqual(
    store.pendingAudits().map(({ group }) => group),
    ['g2'],
  );
});

test('a slot that was run stays run, whatever is recorded again', (t) => {
  const { store } = temporaryStore(t);
  store.recordSlots({ ...week, groups: ['northwind_dfir'], audit: 'weekly-review' });
  store.claimSlots({ audit: 'weekly-review', group: 'northwind_dfir', runId: 'r1' });
  store.commitRun(buildCommit('r1', { slots: [slot('23').wallTime], runOver: { slot: slot('23').wallTime } }));
  store.recordSlots({ ...week, groups: ['northwind_dfir'], audit: 'weekly-review' });
  store.closeAbandoned(until);
  assert.deepEqual(store.pendingAudits(), []);
});

test('two runs can never be committed for one slot', (t) => {
  const { store } = temporaryStore(t);
  const runOver = { slot: slot('23').wallTime };
  store.commitRun(buildCommit('r1', { runOver }));
  assert.throws(() => store.commitRun(buildCommit('r2', { basedOn: 'r1', runOver })));
  assert.equal(store.lastRun('northwind_dfir')?.run.id, 'r1');
});

test('a run that dies is caught up once, then given up', (t) => {
  const { store } = temporaryStore(t);
  store.recordSlots({ ...week, groups: ['g1'] });
  const die = (runId: string) => {
    const claim = store.claimSlots({ audit: 'weekly', group: 'g1', runId });
    if (claim !== null) store.startRun(buildRun({ id: runId, group: 'g1', status: 'running', slot: claim.slot }));
    store.closeAbandoned(until);
    return claim?.slot ?? null;
  };
  assert.equal(die('r1'), slot('23').wallTime);
  assert.equal(die('r2'), slot('23').wallTime);
  assert.equal(die('r3'), null);
  assert.deepEqual(
    store.runs({ limit: 9 }).map(({ run }) => run.status),
    ['failed', 'failed'],
  );
});

test('a clock that is set back does not look at the past again', (t) => {
  const { store } = temporaryStore(t);
  assert.equal(store.lastReconciled('weekly'), null);
  store.recordSlots({ ...week, slots: [] });
  store.recordSlots({ ...week, slots: [], until: new Date(until.getTime() - 3 * 3_600_000) });
  assert.deepEqual(store.lastReconciled('weekly'), until);
});

test('a clock that was wrong by days is believed again, and what it made known of the future is forgotten', (t) => {
  const { store } = temporaryStore(t);
  const now = new Date('2026-11-23T07:00:30.000Z');
  const future = { wallTime: '2030-01-07T08:00[Europe/Madrid]', at: new Date('2030-01-07T07:00:00Z') };
  const week = { audit: 'weekly-review', groups: ['northwind_dfir'] };
  store.recordSlots({ ...week, slots: [future], until: new Date('2030-01-07T07:00:01Z') });
  assert.equal(store.pendingAudits().length, 1);
  store.recordSlots({ ...week, slots: [], until: now });
  assert.deepEqual(store.lastReconciled('weekly-review'), now);
  assert.deepEqual(store.pendingAudits(), []);
  const next = { wallTime: '2026-11-30T08:00[Europe/Madrid]', at: new Date('2026-11-30T07:00:00Z') };
  store.recordSlots({ ...week, slots: [next], until: new Date('2026-11-30T07:00:01Z') });
  assert.equal(store.pendingAudits()[0]?.slot, next.wallTime);
});

test('an orderly stop gives a slot back as often as it comes; a crash once', (t) => {
  const { store } = temporaryStore(t);
  store.recordSlots(week);
  const claim = (runId: string) => store.claimSlots({ audit: week.audit, group: week.groups[0] ?? '', runId });
  for (const run of ['a', 'b', 'c']) {
    assert.notEqual(claim(run), null, run);
    store.closeAbandoned(new Date(), 'stopped');
  }
  assert.notEqual(claim('d'), null);
  store.closeAbandoned(new Date(), 'crashed');
  assert.notEqual(claim('e'), null);
  store.closeAbandoned(new Date(), 'crashed');
  assert.equal(claim('f'), null);
});

test('pruning forgets old slots that ended, not those that wait', (t) => {
  const { store } = temporaryStore(t);
  const due = { ...week, audit: 'weekly-review', groups: ['northwind_dfir', 'waiting'] };
  store.recordSlots(due);
  store.claimSlots({ audit: 'weekly-review', group: 'northwind_dfir', runId: 'r1' });
  store.commitRun(buildCommit('r1'));
  store.prune({ at: new Date('2028-01-01T00:00:00Z'), keepDays: { snapshots: 30, messages: 30 } });
  assert.deepEqual(
    store.pendingAudits().map(({ group, missed }) => ({ group, missed })),
    [{ group: 'waiting', missed: 2 }],
  );
  store.recordSlots({ ...due, groups: ['northwind_dfir'] });
  assert.equal(
    store.pendingAudits().length,
    2,
    'the rows are gone; lastReconciled keeps callers from recording them again',
  );
});

test('a slot whose run died is told, and whether it is given up', (t) => {
  const { store } = temporaryStore(t);
  store.recordSlots({ ...week, audit: 'weekly-review', groups: ['northwind_dfir'] });
  const die = (runId: string) => {
    store.claimSlots({ audit: 'weekly-review', group: 'northwind_dfir', runId });
    return store.closeAbandoned(new Date(), 'crashed').released.map(({ givenUp }) => givenUp);
  };
  const first = die('a');
  assert.ok(first.length > 0 && first.every((givenUp) => !givenUp));
  assert.ok(die('b').every((givenUp) => givenUp));
  assert.deepEqual(die('c'), []);
});
