import assert from 'node:assert/strict';
import test from 'node:test';
import { planAccountReading } from '../../src/collect/account-days.ts';
import { type GroupSizes, planRequests } from '../../src/collect/request-plan.ts';
import { closeSections } from '../../src/collect/section-dependencies.ts';
import { COLLECTED_SECTIONS } from '../../src/model/snapshot.ts';

const SIZES: GroupSizes = {
  members: 1_000,
  membersWithout2fa: 41,
  serviceAccounts: 12,
  administrators: 5,
  pooledQuotas: 5,
  signsOfUse: 2,
  activity: null,
  consumers: 30,
};

/** A first audit reads ten days and asks about two accounts beside the auditor's own. */
const accountReading = planAccountReading([], new Date('2026-11-23T07:00:00.000Z'), { asksForPools: true });

test('adds what a section cannot be made without, and always the rights', () => {
  assert.deepEqual(closeSections(['membersWithout2fa']), ['members', 'membersWithout2fa', 'rights']);
  assert.deepEqual(closeSections(['consumption', 'peakDays']), [
    'group',
    'groupUsage',
    'consumption',
    'peakDays',
    'rights',
  ]);
  assert.deepEqual(closeSections([]), ['rights']);
});

test('stays within 12 requests and three listings of the members, beside the pages of consumers', () => {
  const { sections, total } = planRequests({
    sections: COLLECTED_SECTIONS,
    rulesBySection: {},
    sizes: SIZES,
    accountReading,
  });
  const consumers = sections
    .filter(({ section }) =>
      ['consumption', 'peakDays', 'accountActivity', 'recentDays', 'accountDays'].includes(section),
    )
    .reduce((sum, { requests }) => sum + requests, 0);
  assert.ok(total - consumers <= 12 + 3 * Math.ceil(SIZES.members / 40), `${total - consumers}`);
});

test('names the rules and says what is exact', () => {
  const rulesBySection = { members: ['members-use-2fa', 'members-are-active'] };
  const first = planRequests({ sections: ['members'], rulesBySection, sizes: null, accountReading });
  assert.deepEqual(first.sections[0], {
    section: 'members',
    requests: 5,
    exact: false,
    rules: ['members-are-active', 'members-use-2fa'],
  });
  const later = planRequests({ sections: ['members'], rulesBySection, sizes: SIZES, accountReading });
  assert.deepEqual([later.sections[0]?.requests, later.sections[0]?.exact, later.total], [25, true, 26]);
});
