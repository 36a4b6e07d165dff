import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { toGroup } from '../../src/collect/group.ts';
import { type BuiltInRule, loadBuiltInRules } from '../../src/evaluate/catalogue.ts';
import { compileRule } from '../../src/evaluate/expressions/compile-rule.ts';
import { createViews } from '../../src/evaluate/expressions/views.ts';
import { type Judgeable, judge } from '../../src/evaluate/judge.ts';
import type { RuleResult } from '../../src/model/judgement.ts';
import type { Group } from '../../src/model/snapshot.ts';
import { wireGroup } from '../../src/virustotal/wire/group.ts';
import { expressionSource } from '../support/expression-source.ts';
import { AT, buildSnapshot, GROUP_ID } from '../support/snapshot-builder.ts';

/** A group as the API sends it, of which a daily allowance and a privilege make no sense. */
const GROUP: Group = toGroup(
  wireGroup.parse({
    id: GROUP_ID,
    attributes: {
      quotas: {
        api_requests_daily: { allowed: 'plenty', used: 3 },
        api_requests_hourly: { allowed: null },
        intelligence_searches_monthly: { allowed: 2000, used: 10 },
      },
      privileges: { intelligence: { granted: 'yes' }, 'big-files': { granted: true } },
    },
  }),
  true,
);

let rules: readonly BuiltInRule[] = [];

before(async () => {
  rules = await loadBuiltInRules();
});

function judgeIt(rule: Judgeable & { readonly options: { parse(raw: unknown): unknown } }): RuleResult {
  const snapshot = buildSnapshot({ group: GROUP });
  return judge({ rule, snapshot, options: rule.options.parse({}), at: AT, open: new Set() });
}

function builtIn(id: string): RuleResult {
  const rule = rules.find((one) => one.id === id);
  assert.ok(rule !== undefined);
  return judgeIt(rule);
}

function expression(target: string, when: string): RuleResult {
  const compiled = compileRule({ text: expressionSource({ for: target, when }), id: 'a-rule', views: createViews() });
  assert.ok(compiled.ok);
  return judgeIt(compiled.rule);
}

const unknownsOf = ({ unjudged }: RuleResult) =>
  unjudged.map(({ subject, key }) => `${subject.id} ${key ?? ''}`.trim());

test('what cannot be read of a group costs itself, and nothing else', () => {
  assert.deepEqual(GROUP.unreadable, {
    quotas: ['api_requests_daily', 'api_requests_hourly'],
    privileges: ['intelligence'],
  });
  assert.ok(GROUP.quotas.known && GROUP.privileges.known);
  assert.deepEqual(Object.keys(GROUP.quotas.value), ['intelligence_searches_monthly']);
  assert.deepEqual(
    GROUP.privileges.value.map(({ name }) => name),
    ['big-files'],
  );
});

test('a rule that needs it is not met, and judges the rest', () => {
  const quota = builtIn('quota-within-limit');
  assert.deepEqual([quota.verdict, quota.reason?.kind, quota.checked], ['not_evaluated', 'not_collected', 2]);
  // An hourly allowance is a rate, which nobody judges.
  assert.deepEqual(unknownsOf(quota), ['api_requests_daily api_requests_daily']);
  const privileges = builtIn('privileges-are-current');
  assert.deepEqual([privileges.verdict, unknownsOf(privileges)], ['not_evaluated', [`${GROUP_ID} intelligence`]]);
  const capped = builtIn('service-accounts-are-capped');
  assert.deepEqual([capped.verdict, capped.reason?.kind], ['not_evaluated', 'not_collected']);
  assert.equal(builtIn('consumption-is-spread').verdict, 'not_evaluated');
  assert.equal(builtIn('auto-join-is-restricted').verdict, 'passed');
});

test('an expression does not take it for absent', () => {
  const quotas = expression('quotas', 'quota.used > 5000');
  assert.deepEqual(
    [quotas.verdict, unknownsOf(quotas)],
    ['not_evaluated', ['api_requests_daily', 'api_requests_hourly']],
  );
  assert.deepEqual(
    expression('quotas', 'quota.used > 5').breaches.map(({ subject }) => subject.id),
    ['intelligence_searches_monthly'],
  );
  assert.deepEqual(unknownsOf(expression('privileges', 'false')), [`${GROUP_ID} intelligence`]);
  assert.equal(expression('group', '"api_requests_daily" in group.quotas && false').verdict, 'passed');
  assert.equal(expression('group', '"api_requests_daily" in group.quotas').verdict, 'not_evaluated');
});
