import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { valueAt } from '../../../src/config/key-path.ts';
import { ruleJsonSchema, ruleJsonSchemaText } from '../../../src/evaluate/expressions/rule-json-schema.ts';
import { TARGETS } from '../../../src/evaluate/expressions/targets.ts';

const ROOT = join(import.meta.dirname, '../../..');

test('keeps the committed schema of rules current', () => {
  const committed = readFileSync(join(ROOT, 'rule.schema.json'), 'utf8');
  assert.ok(
    committed === ruleJsonSchemaText(),
    'rule.schema.json is out of date: run node test/evaluate/expressions/write-rule-schema.ts',
  );
});

test('points editors to it in the first line of every example', () => {
  const examples = globSync('examples/*.yaml', { cwd: ROOT });
  assert.ok(examples.length >= 5);
  for (const example of examples) {
    const [first] = readFileSync(join(ROOT, example), 'utf8').split('\n');
    assert.equal(first, '# yaml-language-server: $schema=../rule.schema.json', example);
  }
});

test('offers every key and everything that a rule can be for, and forbids the rest', () => {
  const schema = ruleJsonSchema();
  assert.equal(valueAt(schema, ['additionalProperties']), false);
  assert.deepEqual(valueAt(schema, ['required']), ['title', 'severity', 'why', 'fix', 'for', 'when', 'message']);
  const offered = valueAt(schema, ['properties', 'for', 'anyOf']);
  assert.ok(Array.isArray(offered));
  assert.deepEqual(
    offered.map((_, index) => valueAt(offered, [index, 'const'])),
    Object.keys(TARGETS),
  );
  assert.deepEqual(valueAt(schema, ['properties', 'tests', 'required']), ['passing', 'breaching']);
});
