import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { backtest, onePerDay, type ReplayedRule } from '../../src/app/backtest.ts';
import { loadCustomRule } from '../../src/evaluate/custom-rules.ts';
import { toRuleFile } from '../../src/evaluate/rule-files.ts';
import { known, unknown } from '../../src/model/fact.ts';
import { silentLog } from '../../src/model/log.ts';
import type { SectionSummary } from '../../src/model/run.ts';
import type { Member } from '../../src/model/snapshot.ts';
import { encodeSection } from '../../src/sections.ts';
import type { Store } from '../../src/store/store.ts';
import { allOf } from '../support/all-of.ts';
import { expressionSource } from '../support/expression-source.ts';
import { ruleFolder } from '../support/rule-folder.ts';
import { member } from '../support/snapshot-builder.ts';
import { buildCommit, temporaryStore } from '../support/store-builder.ts';

const GROUP = 'harbor_soc';

interface Day {
  readonly at: string;
  /** Null: the section was not obtained. */
  readonly members: readonly Member[] | null;
}

/** A store in which each of these was one run. */
function fill(store: Store, days: readonly Day[]): void {
  for (const [index, { at, members }] of days.entries()) {
    const reason = { kind: 'not_collected', text: 'HTTP 503' } as const;
    const lost: SectionSummary = { name: 'members', items: null, complete: false, requests: 1, reason };
    const commit = buildCommit(`run-${index}`, {
      basedOn: index === 0 ? null : `run-${index - 1}`,
      at: new Date(at),
      runOver: { group: GROUP, startedAt: at, finishedAt: at, status: 'complete' },
      sections: [
        ...(members === null ? [] : [encodeSection('members', members)]),
        encodeSection('serviceAccounts', []),
      ],
      summaries: members === null ? [lost] : [],
    });
    store.startRun(commit.run);
    assert.equal(store.commitRun(commit).committed, true);
  }
}

async function toReplayed(t: TestContext, when: string): Promise<ReplayedRule> {
  const folder = await ruleFolder(t, { 'some-rule.yaml': expressionSource({ when, message: '${member.id}' }) });
  const file = toRuleFile(join(folder, 'some-rule.yaml'));
  const custom = await loadCustomRule(file, { log: silentLog, timeoutMs: 20_000, memoryMb: 128 });
  assert.ok('requirement' in custom, 'reason' in custom ? custom.reason.text : '');
  return {
    requirement: custom.requirement,
    builtIn: null,
    custom,
    needs: custom.needs,
    wants: custom.wants,
    reads: [...custom.needs, ...custom.wants, ...custom.consults],
    options: {},
    severity: null,
  };
}

const idle = (id: string): Member => member(id, { lastLoginAt: known('2026-01-01T00:00:00.000Z') });
const fresh = (id: string): Member => member(id, { lastLoginAt: known('2026-11-30T00:00:00.000Z') });
const hidden = (id: string): Member => member(id, { lastLoginAt: unknown('not_visible') });

test('says on which days a rule would have opened and closed which findings, and why', async (t) => {
  const { store } = temporaryStore(t);
  fill(store, [
    { at: '2026-11-20T07:00:00.000Z', members: [fresh('amy'), idle('bela')] },
    { at: '2026-11-21T07:00:00.000Z', members: [idle('amy'), idle('bela')] },
    { at: '2026-11-22T07:00:00.000Z', members: [hidden('amy'), fresh('chen')] },
    { at: '2026-11-23T07:00:00.000Z', members: null },
    { at: '2026-11-24T07:00:00.000Z', members: [fresh('amy'), fresh('chen')] },
  ]);
  const rule = await toReplayed(t, 'member.lastLoginAt == null || daysSince(member.lastLoginAt) > 90');
  const snapshots = store.snapshots({ group: GROUP, since: '2026-11-01T00:00:00.000Z' });
  const days = await allOf(backtest({ rule, group: GROUP, snapshots, log: silentLog }));
  assert.deepEqual(
    days.map(({ day, verdict, opened, closed, open }) => [
      day,
      verdict,
      opened.map(({ subject }) => subject.id).join(),
      closed.map(({ subject, because }) => `${subject.id} ${because}`).join(),
      open,
    ]),
    [
      ['2026-11-20', 'breached', 'bela', '', 1],
      ['2026-11-21', 'breached', 'amy', '', 2],
      ['2026-11-22', 'not_evaluated', '', 'bela left_group', 1],
      ['2026-11-23', 'not_evaluated', '', '', 1],
      ['2026-11-24', 'passed', '', 'amy group_changed', 0],
    ],
  );
  assert.deepEqual(days[3]?.reason, { kind: 'not_collected', text: 'members: HTTP 503' });
});

test('of several runs on a day takes the latest that has most of what the rule reads', (t) => {
  const { store } = temporaryStore(t);
  fill(store, [
    { at: '2026-11-20T07:00:00.000Z', members: [fresh('amy')] },
    { at: '2026-11-20T09:00:00.000Z', members: [idle('amy')] },
    { at: '2026-11-20T11:00:00.000Z', members: null },
    { at: '2026-11-21T00:00:00.000Z', members: null },
  ]);
  const snapshots = store.snapshots({ group: GROUP, since: '2026-11-20T00:00:00.000Z' });
  assert.deepEqual(
    onePerDay(snapshots, { needs: ['members'], reads: ['members', 'serviceAccounts'] }).map(({ run }) => run.id),
    ['run-1', 'run-3'],
  );
  assert.equal(store.snapshots({ group: GROUP, since: '2026-11-20T08:00:00.000Z' }).length, 3);
  assert.deepEqual(store.snapshots({ group: 'other', since: '2026-11-20T08:00:00.000Z' }), []);
});

test('what a rule needs weighs more than what else it reads', (t) => {
  const { store } = temporaryStore(t);
  fill(store, [
    { at: '2026-11-20T07:00:00.000Z', members: [fresh('amy')] },
    { at: '2026-11-20T09:00:00.000Z', members: null },
  ]);
  const [early, late] = store.snapshots({ group: GROUP, since: '2026-11-20T00:00:00.000Z' });
  const [accounts] = late?.sections ?? [];
  assert.ok(early !== undefined && late !== undefined && accounts !== undefined);
  const rich = { ...late, sections: [accounts, { ...accounts, name: 'roles' }, { ...accounts, name: 'rights' }] };
  const chosen = onePerDay([early, rich], {
    needs: ['members'],
    reads: ['members', 'roles', 'rights', 'serviceAccounts'],
  });
  assert.deepEqual(
    chosen.map(({ run }) => run.id),
    ['run-0'],
  );
});

test('a list that was not configured then is told as such', async (t) => {
  const { store } = temporaryStore(t);
  fill(store, [{ at: '2026-11-20T07:00:00.000Z', members: [fresh('amy')] }]);
  const rule = await toReplayed(t, '!isApprovedDomain(domain(member.email))');
  const snapshots = store.snapshots({ group: GROUP, since: '2026-11-01T00:00:00.000Z' });
  const [day] = await allOf(backtest({ rule, group: GROUP, snapshots, log: silentLog }));
  assert.deepEqual(day?.reason, { kind: 'not_configured', text: 'approved domains: was not configured then' });
});
