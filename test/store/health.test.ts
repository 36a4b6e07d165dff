import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeSection } from '../../src/sections.ts';
import { openStore } from '../../src/store/store.ts';
import { buildRun } from '../support/report-builder.ts';
import { serviceAccount } from '../support/snapshot-builder.ts';
import { buildCommit, temporaryStore } from '../support/store-builder.ts';

const GROUP = 'northwind_dfir';
const RULE = 'membership-changes-are-approved';
const judged = [{ rule: RULE, verdict: 'passed', judged: true }] as const;
const accounts = (...names: readonly string[]) => [
  encodeSection(
    'serviceAccounts',
    names.map((name) => serviceAccount(name)),
  ),
];

test('a rule compares with the run that judged it, not with one that only read the same', (t) => {
  const { store } = temporaryStore(t);
  assert.equal(store.earlierSection(GROUP, 'serviceAccounts', RULE), null);
  store.commitRun(buildCommit('one', { sections: accounts('siem') }));
  const digestOf = () => store.earlierSection(GROUP, 'serviceAccounts', RULE)?.section.digest;
  assert.equal(digestOf(), accounts('siem')[0]?.digest, 'judged by nobody yet: the latest');
  store.commitRun(
    buildCommit('two', {
      basedOn: 'one',
      sections: accounts('siem', 'soar'),
      results: judged,
      runOver: { startedAt: '2026-11-16T07:00:00.000Z' },
    }),
  );
  store.commitRun(buildCommit('three', { basedOn: 'two', sections: accounts('feed') }));
  assert.equal(digestOf(), accounts('siem', 'soar')[0]?.digest);
  assert.equal(store.earlierSection(GROUP, 'serviceAccounts', RULE)?.at, '2026-11-16T07:00:00.000Z');
  assert.equal(store.earlierSection(GROUP, 'members', RULE), null);
});

test('a salt is made once, and a key is known since it was seen first', (t) => {
  const { store, path } = temporaryStore(t);
  const salt = Buffer.from(store.keySalt());
  assert.equal(salt.length, 32);
  const other = openStore({ path });
  t.after(() => other.close());
  assert.deepEqual(Buffer.from(other.keySalt()), salt);
  assert.notDeepEqual(Buffer.from(temporaryStore(t).store.keySalt()), salt);
  const first = new Date('2026-02-02T07:00:00.000Z');
  assert.equal(store.keyFirstSeen(GROUP, 'aa', first), first.toISOString());
  assert.equal(store.keyFirstSeen(GROUP, 'aa', new Date()), first.toISOString());
  assert.equal(store.keyFirstSeen(GROUP, 'bb', new Date('2026-11-23T07:00:00.000Z')), '2026-11-23T07:00:00.000Z');
});

test('requests add up by day and group', (t) => {
  const { store } = temporaryStore(t);
  store.addOwnRequests(GROUP, '2026-11-22', 20);
  store.addOwnRequests(GROUP, '2026-11-22', -7);
  store.addOwnRequests(GROUP, '2026-11-23', 20);
  store.addOwnRequests('another', '2026-11-22', 3);
  assert.deepEqual(store.ownRequests(GROUP), { '2026-11-22': 13, '2026-11-23': 20 });
});

test('failures are counted in a row, and forgotten with the first success', (t) => {
  const { store } = temporaryStore(t);
  const commit = (id: string, basedOn: string | null, failure: string | null): void => {
    const fates = [
      { rule: 'ours', failure },
      { rule: 'theirs', failure: null },
    ];
    assert.deepEqual(
      store.commitRun(buildCommit(id, { basedOn, fates, at: new Date(`2026-11-2${id}T07:00:00.000Z`) })),
      { committed: true },
    );
  };
  commit('0', null, 'it threw');
  commit('1', '0', 'it threw again');
  assert.deepEqual(store.failingRules(), [
    { rule: 'ours', runs: 2, since: '2026-11-20T07:00:00.000Z', reason: 'it threw again' },
  ]);
  commit('2', '1', null);
  assert.deepEqual(store.failingRules(), []);
});

test('tells due times that no run began at, of all groups once', (t) => {
  const { store } = temporaryStore(t);
  const at = new Date('2026-11-23T12:00:00.000Z');
  const slot = (day: string) => ({
    wallTime: `2026-11-${day}T08:00[UTC]`,
    at: new Date(`2026-11-${day}T08:00:00.000Z`),
  });
  const late = () => store.lateSlots({ since: new Date('2026-11-16T12:00:00.000Z'), at, lateSeconds: 3600 });
  const audit = 'weekly-review';
  store.recordSlots({ audit, groups: [GROUP, 'g2'], slots: ['09', '20', '22'].map(slot), until: at });
  assert.deepEqual(
    late().map(({ slot: wallTime, startedAt }) => [wallTime, startedAt]),
    ['20', '22'].map((day) => [slot(day).wallTime, null]),
  );
  const start = (id: string, group: string, startedAt: string): void => {
    store.claimSlots({ audit, group, runId: id });
    const run = buildRun({ id, group, slot: slot('22').wallTime, startedAt });
    store.startRun({ ...run, status: 'running', finishedAt: null });
    store.commitRun(buildCommit(id, { run, slots: ['09', '20', '22'].map((day) => slot(day).wallTime) }));
  };
  start('one', GROUP, '2026-11-22T08:59:59.000Z');
  assert.deepEqual(
    late().map(({ startedAt }) => startedAt),
    [null, null],
    'the other group still waits',
  );
  start('two', 'g2', '2026-11-22T08:30:00.000Z');
  assert.deepEqual(late(), [
    {
      audit,
      slot: slot('20').wallTime,
      dueAt: '2026-11-20T08:00:00.000Z',
      startedAt: '2026-11-22T08:59:59.000Z',
    },
  ]);
});
