import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { reportJsonSchema } from '../../src/render/json-schema.ts';

test('the published schema of the JSON report is current', () => {
  const published = readFileSync(join(import.meta.dirname, '../../docs/report.schema.json'), 'utf8');
  const current = `${JSON.stringify(reportJsonSchema(), null, 2)}\n`;
  assert.ok(
    published === current,
    'docs/report.schema.json is out of date: run node test/render/write-report-schema.ts',
  );
});
