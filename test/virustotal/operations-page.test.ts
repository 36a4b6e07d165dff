import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { createManualClock } from '../support/manual-clock.ts';
import { createTestClient } from '../support/scripted-api.ts';

const PAGE = readFileSync(new URL('../../src/virustotal/OPERATIONS.md', import.meta.url), 'utf8');

/** Methods that ask nothing. */
const OTHERS = new Set(['limitedTo', 'limitHourly', 'requestsPerMinute', 'requestsMade', 'quotaRefused', 'close']);

test('the page of operations names every method, and tests that exist', (t) => {
  const rows = PAGE.split('\n').filter((line) => /^\| (?:\d+|–) +\|/u.test(line));
  const named = new Set(rows.flatMap((row) => [...row.matchAll(/`(\w+)`/gu)].map((match) => match[1])));
  const client = createTestClient(t, { baseUrl: 'http://127.0.0.1:1/api/v3', clock: createManualClock('2026-11-23') });
  const methods = Object.keys(client).filter((name) => !OTHERS.has(name));
  assert.deepEqual(named, new Set(methods));
  for (const row of rows) {
    assert.match(row, /\| GET \//u);
    const file = row.split('|').at(-2)?.trim() ?? '';
    assert.ok(existsSync(new URL(file, import.meta.url)), file);
  }
});
