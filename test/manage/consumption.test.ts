import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toQuotaLines } from '../../src/manage/quota-rows.ts';
import { readUsage, toEndpointTotals, totalOf, toUsageRange } from '../../src/manage/usage.ts';
import type { UsageDay } from '../../src/model/snapshot.ts';
import { startBench } from '../support/collect-from.ts';

const NOON = new Date('2026-11-16T00:00:00Z'); // half of the month is over

test('the forecast is the one of the reports: what is used at the reset, and when it runs out before', () => {
  const [line] = toQuotaLines({ intelligence_searches_monthly: { allowed: 100, used: 65 } }, NOON);
  assert.equal(line?.forecast?.atReset.likely, 130);
  assert.equal(line?.forecast?.likeliest, '2026-11-24');
  assert.equal(line?.resetsAt, '2026-12-01T00:00:00.000Z');
  const [enough] = toQuotaLines({ intelligence_searches_monthly: { allowed: 100, used: 30 } }, NOON);
  assert.equal(enough?.forecast?.atReset.likely, 60);
  assert.equal(enough?.forecast?.likeliest, null);
});

test('what audits read before moves the forecast of the group’s pools', () => {
  const used = (readings: readonly [string, number][]) =>
    toQuotaLines({ intelligence_searches_monthly: { allowed: 100, used: 30 } }, new Date('2026-11-02T00:00:00Z'), {
      days: [],
      readings: readings.map(([day, count]) => ({
        quota: 'intelligence_searches_monthly',
        at: `${day}T00:00:00.000Z`,
        used: count,
      })),
    })[0]?.forecast?.atReset.likely;
  assert.equal(used([]), undefined);
  assert.ok(Number(used([['2026-10-31', 60]])) > 80);
});

test('says nothing of a period that has hardly begun, nor of what has no limit', () => {
  const early = toQuotaLines({ private_scans_monthly: { allowed: 10, used: 9 } }, new Date('2026-11-02T00:00:00Z'));
  assert.equal(early[0]?.forecast, null);
  const quotas = {
    api_requests_monthly: { allowed: 1_000_000_000, used: 5 },
    api_requests_hourly: { allowed: 60_000_000_000, used: 5 },
    private_scans_monthly: { allowed: 0, used: 0 },
    intelligence_hunting_rules: { allowed: 25, used: 241 },
  };
  assert.deepEqual(
    toQuotaLines(quotas, NOON).map(({ name, kind, share, forecast }) => [name, kind, share, forecast]),
    [
      ['api_requests_hourly', 'rate', null, null],
      ['api_requests_monthly', 'no_limit', null, null],
      ['intelligence_hunting_rules', 'gauge', 241 / 25, null],
      ['private_scans_monthly', 'not_licensed', null, null],
    ],
  );
});

test('takes days that exist, in order, and none that has not begun', () => {
  const at = new Date('2026-11-22T23:59:59Z');
  assert.deepEqual(toUsageRange(undefined, undefined, at), { from: '2026-10-24', to: '2026-11-22' });
  for (const [from, to] of [
    ['2026-02-30', undefined],
    ['22.11.2026', undefined],
    ['2026-11-22', '2026-11-21'],
    [undefined, '2026-11-23'],
    ['0001-01-01', '2026-11-01'],
  ] as const)
    assert.throws(() => toUsageRange(from, to, at), { name: 'Refusal' }, `${from} ${to}`);
});

test('reads what the API keeps in as few requests as it allows, and the rest from the history', async (t) => {
  const { client, simulator } = await startBench(t);
  const at = new Date('2026-11-23T08:00:00.000Z');
  const history: UsageDay[] = [{ day: '2026-09-20', calls: { files: 7 }, freeCalls: {} }];
  const lines = await readUsage({
    client,
    subject: { kind: 'group' },
    range: { from: '2026-09-19', to: '2026-11-23' },
    history,
    at,
  });
  assert.deepEqual(
    lines.slice(0, 7).map(({ day, source }) => `${day} ${source}`),
    [
      '2026-09-19 missing',
      '2026-09-20 history',
      '2026-09-21 missing',
      '2026-09-22 missing',
      '2026-09-23 missing',
      '2026-09-24 missing',
      '2026-09-25 api',
    ],
  );
  assert.equal(lines.length, 66);
  const asked = simulator.requests.filter(({ path }) => path.endsWith('api_usage'));
  assert.deepEqual(
    asked.map(({ query }) => query),
    ['start_date=20260925&end_date=20261024', 'start_date=20261025&end_date=20261123'],
  );
});

test('what was asked of an account is not answered from the group’s history', async (t) => {
  const { client, simulator } = await startBench(t);
  const lines = await readUsage({
    client,
    subject: { kind: 'account', id: 'northwind_dfir_siem' },
    range: { from: '2026-09-20', to: '2026-09-21' },
    history: [{ day: '2026-09-20', calls: { files: 7 }, freeCalls: {} }],
    at: new Date('2026-11-23T08:00:00.000Z'),
  });
  assert.deepEqual(
    lines.map(({ source }) => source),
    ['missing', 'missing'],
  );
  assert.equal(simulator.requests.length, 0, 'the API was asked for days that it does not keep');
});

test('adds calls up by endpoint, most first', () => {
  const day = (calls: UsageDay['calls'], freeCalls: UsageDay['freeCalls'] = {}) =>
    ({ day: '2026-11-01', source: 'api', usage: { day: '2026-11-01', calls, freeCalls } }) as const;
  assert.deepEqual(
    toEndpointTotals([
      day({ files: 1, urls: 5 }, { files: 2 }),
      day({ files: 3 }),
      { day: 'x', source: 'missing', usage: null },
    ]),
    [
      { endpoint: 'urls', calls: 5, freeCalls: 0 },
      { endpoint: 'files', calls: 4, freeCalls: 2 },
    ],
  );
  assert.equal(totalOf({ a: 1, b: 2 }), 3);
});
