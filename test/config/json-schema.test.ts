import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { valueAt } from '../../src/config/key-path.ts';

const ROOT = join(import.meta.dirname, '../..');

test('keeps the committed schema current', () => {
  const committed = readFileSync(join(ROOT, 'config.schema.json'), 'utf8');
  const current = `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
  assert.ok(committed === current, 'config.schema.json is out of date: run node test/config/write-json-schema.ts');
});

test('points editors to the schema in the first line of the example', () => {
  const [first] = readFileSync(join(ROOT, 'config.example.yaml'), 'utf8').split('\n');
  assert.equal(first, '# yaml-language-server: $schema=./config.schema.json');
});

test('describes keys to editors, forbids unknown ones, and lets a variable stand for a number or a word', () => {
  const schema = configJsonSchema();
  const concurrency = valueAt(schema, ['properties', 'api', 'properties', 'concurrency']);
  assert.equal(valueAt(schema, ['additionalProperties']), false);
  assert.equal(valueAt(concurrency, ['description']), 'Requests under way at a time.');
  assert.equal(valueAt(concurrency, ['default']), 4);
  assert.deepEqual(valueAt(concurrency, ['anyOf']), [
    { type: 'integer', minimum: 1, maximum: 64 },
    { type: 'string', pattern: String.raw`\$\{` },
  ]);
  const severity = ['properties', 'rules', 'additionalProperties', 'oneOf', 1, 'properties', 'severity', 'anyOf', 1];
  assert.deepEqual(valueAt(schema, severity), { type: 'string', pattern: String.raw`\$\{` });
});
