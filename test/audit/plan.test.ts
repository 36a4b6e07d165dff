import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { RuleSet } from '../../src/audit/job.ts';
import { planRun } from '../../src/audit/plan.ts';
import { known } from '../../src/model/fact.ts';
import { eachDay } from '../../src/model/instant.ts';
import type { SectionName } from '../../src/model/snapshot.ts';
import { encodeSection } from '../../src/sections.ts';
import { AT, buildGroup, GROUP_ID, member, quota } from '../support/snapshot-builder.ts';
import { buildCommit, temporaryStore } from '../support/store-builder.ts';

const rules: RuleSet = {
  builtIn: [],
  custom: [],
  broken: [],
  requirements: new Map(),
  settings: {},
  options: new Map(),
  severities: new Map(),
  disabled: [],
  sections: new Map<string, readonly SectionName[]>([
    ['spikes', ['groupUsage', 'accountDays', 'peakAccounts']],
    ['quotas', ['group']],
  ]),
  digest: '',
};

/** A group with a daily allowance, of which audits may make a tenth, and what was made on some days. */
interface Situation {
  readonly daily: number;
  readonly made?: Readonly<Record<string, number>>;
  readonly run?: number;
  readonly rules?: readonly string[];
}

/** The requests that are planned for days and for accounts, and in all. */
function planned(t: TestContext, { daily, made = {}, run = 2_000, rules: ids = ['spikes'] }: Situation) {
  const { store } = temporaryStore(t);
  const group = buildGroup({ quotas: known({ api_requests_daily: quota(daily, 0) }) });
  const sections = [encodeSection('group', group), encodeSection('members', [member('amy')])];
  store.commitRun(buildCommit('one', { sections, runOver: { group: GROUP_ID } }));
  for (const [day, count] of Object.entries(made)) store.addOwnRequests(GROUP_ID, day, count);
  const context = { store, rules, budget: { run, dayShare: 0.1 } };
  const { plan, accountReading } = planRun(context, { rules: ids, group: GROUP_ID, at: AT });
  assert.equal(
    accountReading.days.length,
    plan.sections.find(({ section }) => section === 'accountDays')?.requests ?? 0,
  );
  return [accountReading.days.length, accountReading.accounts, plan.total];
}

// The group's use takes two requests and the rights one.
const NEEDED = 3;

test('a run reads use by account as far as its own budget goes', (t) => {
  assert.deepEqual(planned(t, { daily: 30_000 }), [10, 3, NEEDED + 13]);
  assert.deepEqual(planned(t, { daily: 30_000, run: NEEDED + 11 }), [10, 1, NEEDED + 11]);
  assert.deepEqual(planned(t, { daily: 30_000, run: NEEDED }), [0, 0, NEEDED]);
  assert.deepEqual(planned(t, { daily: 30_000, run: 1 }), [0, 0, NEEDED], 'what is refused anyway is not made worse');
});

test('and as far as the share of the day goes, of which other runs need theirs', (t) => {
  assert.deepEqual(planned(t, { daily: 200 }), [10, 3, NEEDED + 13]);
  assert.deepEqual(planned(t, { daily: 200, made: { '2026-11-23': 10 } }), [7, 0, NEEDED + 7]);
  assert.deepEqual(planned(t, { daily: 200, made: { '2026-11-23': 17 } }), [0, 0, NEEDED]);
  assert.deepEqual(planned(t, { daily: 200, made: { '2026-11-16': 18, '2026-11-15': 20 } }), [2, 0, NEEDED + 2]);
  const week = Object.fromEntries(eachDay('2026-11-16', '2026-11-22').map((day) => [day, 25]));
  assert.deepEqual(planned(t, { daily: 200, made: week }), [0, 0, NEEDED]);
});

test('a run whose rules do not read it asks for none', (t) => {
  const [days, accounts, total] = planned(t, { daily: 30_000, rules: ['quotas'] });
  assert.deepEqual([days, accounts], [0, 0]);
  assert.equal(total, 3);
});
