import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInIds, loadBuiltInRules, ruleDoc, toRequirement } from '../../src/evaluate/catalogue.ts';

test('loads every rule of the rules folder, sorted, with the defaults of its options', async () => {
  const ids = await builtInIds();
  const rules = await loadBuiltInRules();
  assert.deepEqual(
    rules.map((rule) => rule.id),
    ids,
  );
  assert.ok(ids.length > 0);
  for (const rule of rules) assert.doesNotThrow(() => rule.options.parse({}));
});

test('says what a rule is without its code', async () => {
  for (const rule of await loadBuiltInRules()) {
    const requirement = toRequirement(rule);
    assert.equal(requirement.source, 'built-in');
    assert.deepEqual(JSON.parse(JSON.stringify(requirement)), requirement);
  }
});

test('reads no page outside the rules folder', () => {
  assert.throws(() => ruleDoc('../README'), /there is no built-in rule/);
});
