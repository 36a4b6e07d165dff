import assert from 'node:assert/strict';
import test from 'node:test';
import { wireUsage } from '../../src/virustotal/wire/usage.ts';

const FILES = { '2026-11-19': { files: 210 }, '2026-11-20': {} };

test('reads usage wrapped and bare, with four keys and with two', () => {
  const bare = { daily: FILES, total: { files: 1 } };
  const expected = { daily: FILES, dailyFree: {} };
  assert.deepEqual(wireUsage.parse(bare), expected);
  assert.deepEqual(wireUsage.parse({ data: bare }), expected);
  const free = { '2026-11-19': { url_submission: 2 } };
  assert.deepEqual(wireUsage.parse({ data: { ...bare, daily_endpoints_not_consuming_quota: free } }), {
    daily: FILES,
    dailyFree: free,
  });
});

test('takes endpoint names in both forms for one', () => {
  const daily = { '2026-11-19': { '/api/v3/(files)': 3, files: 4, '/api/v3/(intelligence_search)': 1 } };
  assert.deepEqual(wireUsage.parse({ daily }).daily, { '2026-11-19': { files: 7, intelligence_search: 1 } });
});

test('takes 64-bit numbers as numbers and as texts', () => {
  const daily = { '2026-11-19': { files: 60_000_000_000, urls: '60000000001' } };
  assert.deepEqual(wireUsage.parse({ daily }).daily, { '2026-11-19': { files: 60_000_000_000, urls: 60_000_000_001 } });
});

test('does not take an answer without days for a month without use', () => {
  for (const body of [
    {},
    { data: {} },
    { data: null },
    { data: { daily: null } },
    { daily: { yesterday: { files: 1 } } },
    [],
  ]) {
    assert.equal(wireUsage.safeParse(body).success, false, JSON.stringify(body));
  }
});
