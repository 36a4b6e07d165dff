import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SectionName } from '../../src/model/snapshot.ts';
import { defineRule, type Rule, z } from '../../src/rule.ts';
import { checkRule, type RuleCases } from './check-rule.ts';
import { AT, buildSections, member } from './snapshot-builder.ts';

const declaration = {
  id: 'members-are-few',
  title: 'A group has few members',
  severity: 'low',
  tags: ['access'],
  why: 'For the test.',
  fix: { text: 'Remove some.', effort: 'low' },
  controls: {},
  needs: ['group', 'members'],
  options: z.strictObject({ max: z.number().default(5) }),
} as const;

const crowd = [...buildSections().members, member('fritz')];

const cases: RuleCases = {
  passing: [{ name: 'five', sections: buildSections(), at: AT }],
  breaching: [
    {
      name: 'six',
      sections: buildSections({ members: crowd }),
      at: AT,
      breaches: [{ subject: { kind: 'group', id: 'harbor_soc' }, evidence: { members: crowd.map((one) => one.id) } }],
    },
  ],
  notEvaluated: [
    {
      name: 'no members',
      sections: buildSections(),
      missing: { members: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      reason: 'not_collected',
    },
  ],
};

function problemsOf<Need extends SectionName, Want extends SectionName, Options>(
  rule: Rule<Need, Want, Options>,
  tried: RuleCases = cases,
): string {
  return checkRule(rule, tried)
    .map((one) => one.problem)
    .join('\n');
}

const good = defineRule({
  ...declaration,
  evaluate({ group, members }, { max }) {
    if (members.length <= max) return [];
    const ids = members.map((one) => one.id).sort();
    return [{ subject: { kind: 'group', id: group.id }, message: 'Too many.', evidence: { members: ids } }];
  },
});

test('finds nothing wrong with a rule that behaves', () => {
  assert.equal(problemsOf(good), '');
});

test('tells a rule that reads a section it did not declare', () => {
  const rule = defineRule({
    ...declaration,
    evaluate(sections, options, context) {
      Reflect.get(sections, 'administrators');
      return good.evaluate(sections, options, context);
    },
  });
  assert.match(problemsOf(rule), /read administrators/);
});

test('tells a rule that changes what it is given', () => {
  const rule = defineRule({
    ...declaration,
    evaluate(sections, options, context) {
      Reflect.apply(Array.prototype.sort, sections.members, []);
      return good.evaluate(sections, options, context);
    },
  });
  assert.match(problemsOf(rule), /the rule threw/);
});

test('tells a rule that keeps state between two runs', () => {
  let runs = 0;
  const rule = defineRule({
    ...declaration,
    evaluate: ({ group }) => [
      { subject: { kind: 'group', id: group.id }, message: 'Again.', evidence: { runs: (runs += 1) } },
    ],
  });
  assert.match(problemsOf(rule), /two answers/);
});

test('tells a rule whose evidence follows the order of a list', () => {
  const rule = defineRule({
    ...declaration,
    evaluate: ({ group, members }) => [
      {
        subject: { kind: 'group', id: group.id },
        message: 'Some.',
        evidence: { members: members.map((one) => one.id) },
      },
    ],
  });
  assert.match(problemsOf(rule), /order of a list/);
});

test('tells evidence that is not plain data', () => {
  const rule = defineRule({
    ...declaration,
    evaluate: ({ group }) => [
      { subject: { kind: 'group', id: group.id }, message: 'Some.', evidence: { at: new Date(0) } },
    ],
  });
  assert.match(problemsOf(rule), /evidence\.at is an object of a class, not plain data/);
});

test('tells a subject that is judged twice', () => {
  const rule = defineRule({
    ...declaration,
    evaluate: ({ group }) =>
      [1, 2].map(() => ({ subject: { kind: 'group', id: group.id }, message: 'Some.', evidence: {} })),
  });
  assert.match(problemsOf(rule), /two judgements about one subject and key/);
});

test('tells a wrong severity, a missing breach and a breach that nobody expected', () => {
  const [six] = cases.breaching;
  assert.ok(six);
  const [breach] = six.breaches;
  assert.ok(breach);
  const other = { subject: { kind: 'member', id: 'amy' } } as const;
  assert.match(
    problemsOf(good, { ...cases, breaching: [{ ...six, breaches: [{ ...breach, severity: 'high' }] }] }),
    /severity is "low"/,
  );
  assert.match(problemsOf(good, { ...cases, breaching: [{ ...six, breaches: [breach, other] }] }), /not found/);
  assert.match(
    problemsOf(good, { ...cases, breaching: [{ ...six, breaches: [] }] }),
    /not expected: group harbor_soc: Too many\./,
  );
  assert.match(
    problemsOf(good, { ...cases, passing: [{ ...six, name: 'six again' }] }),
    /should pass, but it breached/,
  );
});

test('demands a passing and a breaching case, defaults for all options and a strict schema', () => {
  const problems = problemsOf({ ...good, options: z.object({ max: z.number() }) }, { passing: [], breaching: [] });
  assert.match(problems, /no passing case/);
  assert.match(problems, /no breaching case/);
  assert.match(problems, /no default/);
  assert.match(problemsOf({ ...good, options: z.object({ max: z.number().default(5) }) }), /not strict/);
});
