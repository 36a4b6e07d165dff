import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SectionName } from '../../src/model/snapshot.ts';
import type { Rule } from '../../src/rule.ts';
import { checkBreaching, checkForm, checkNotEvaluated, checkPassing, type RuleCases } from './check-rule.ts';

/**
 * Registers one test a case with node's runner. Every case is run on frozen sections, twice and with its lists turned round, and may
 * only read the sections that the rule declares.
 */
export function testRule<Need extends SectionName, Want extends SectionName, Options, Consult extends SectionName>(
  rule: Rule<Need, Want, Options, Consult>,
  cases: RuleCases,
): void {
  describe(rule.id, () => {
    test('is declared as a rule must be', () => assert.deepEqual(checkForm(rule, cases), []));
    for (const one of cases.passing) {
      test(`passes: ${one.name}`, () => assert.deepEqual(checkPassing(rule, one), []));
    }
    for (const one of cases.breaching) {
      test(`breaches: ${one.name}`, () => assert.deepEqual(checkBreaching(rule, one), []));
    }
    for (const one of cases.notEvaluated ?? []) {
      test(`is not evaluated: ${one.name}`, () => assert.deepEqual(checkNotEvaluated(rule, one), []));
    }
  });
}
