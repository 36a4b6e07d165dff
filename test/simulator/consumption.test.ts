import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { addDays, eachDay } from '../../src/model/instant.ts';
import { generateWorld } from '../support/generate-world.ts';
import { type Json, type SimulatedGroup, simulateGroup, text } from '../support/simulated-group.ts';

function sum(values: Iterable<unknown>): number {
  let total = 0;
  for (const value of values) total += Number(value);
  return total;
}

function consumed(rows: readonly Json[]): number {
  return sum(rows.map((row) => row['context_attributes']?.['quota_consumed_from_group']));
}

async function daily({ ask }: SimulatedGroup, first: string, last: string, owner = '/groups/G'): Promise<Json> {
  const dates = `start_date=${first.replaceAll('-', '')}&end_date=${last.replaceAll('-', '')}`;
  const { body, status } = await ask(`${owner}/api_usage?${dates}`);
  assert.equal(status, 200);
  return body['data'] ?? {};
}

suite('consumption adds up', () => {
  for (const at of ['2026-11-22T10:30:00Z', '2026-12-01T00:00:00Z', '2027-03-01T23:59:00Z', '2028-02-29T12:00:00Z']) {
    test(`by day, by month, by account and in the group's quotas, at ${at}`, async (t) => {
      const group = await simulateGroup(t, 'acme', { at });
      const now = at.slice(0, 10);
      const month = at.slice(0, 7);
      const usage = await daily(group, addDays(now, -29), now);
      for (const day of [now, addDays(now, -1), addDays(now, -9)]) {
        const rows = await group.all(`/groups/G/users_consuming_quota/api_requests_daily?period=${day}&limit=40`);
        assert.equal(consumed(rows), sum(Object.values(usage['daily']?.[day] ?? {})), day);
      }
      const { body } = await group.ask('/groups/G');
      const quotas = body['data']?.['attributes']?.['quotas'] ?? {};
      assert.equal(quotas['api_requests_daily']?.['used'], sum(Object.values(usage['daily']?.[now] ?? {})));
      for (const quota of ['api_requests_monthly', 'intelligence_searches_monthly', 'intelligence_downloads_monthly']) {
        const rows = await group.all(`/groups/G/users_consuming_quota/${quota}?period=${month}&limit=40`);
        assert.equal(consumed(rows), Number(quotas[quota]?.['used']), quota);
      }
      const rules = await group.all('/groups/G/users_consuming_quota/intelligence_hunting_rules?limit=40');
      assert.equal(consumed(rules), Number(quotas['intelligence_hunting_rules']?.['used']));
    });
  }

  test('the usage of the accounts is the usage of the group', async (t) => {
    const group = await simulateGroup(t, 'quiet');
    const whole = await daily(group, '2026-11-01', '2026-11-22');
    const accounts = [...(await group.all('/groups/G/users')), ...(await group.all('/groups/G/service_accounts'))];
    const parts = await Promise.all(
      accounts.map((account) => daily(group, '2026-11-01', '2026-11-22', `/users/${text(account['id'])}`)),
    );
    for (const key of ['total', 'total_endpoints_not_consuming_quota']) {
      const added: Record<string, number> = {};
      for (const part of parts) {
        for (const [name, calls] of Object.entries(part[key] ?? {})) added[name] = (added[name] ?? 0) + Number(calls);
      }
      assert.deepEqual(added, { ...whole[key] });
    }
  });

  test("a month's consumption is that of its days, for a month that has ended too", async (t) => {
    const group = await simulateGroup(t);
    const usage = await daily(group, '2026-10-02', '2026-10-31');
    const first = await daily(group, '2026-10-01', '2026-10-01');
    const days = [...Object.values(usage['daily'] ?? {}), ...Object.values(first['daily'] ?? {})];
    const rows = await group.all('/groups/G/users_consuming_quota/api_requests_monthly?period=2026-10&limit=40');
    assert.equal(consumed(rows), sum(days.flatMap((calls) => Object.values(calls))));
  });

  test('totals are the sums of the days, and every day is there', async (t) => {
    const group = await simulateGroup(t);
    const usage = await daily(group, '2026-10-24', '2026-11-22');
    assert.deepEqual(Object.keys(usage['daily'] ?? {}), eachDay('2026-10-24', '2026-11-22'));
    const files = Object.values(usage['daily'] ?? {}).map((calls) => calls['/api/v3/(files)'] ?? 0);
    assert.equal(sum(files), Number(usage['total']?.['/api/v3/(files)']));
    assert.deepEqual(Object.keys(usage), [
      'daily',
      'daily_endpoints_not_consuming_quota',
      'total',
      'total_endpoints_not_consuming_quota',
    ]);
  });

  test('a finished day stays as it is while the clock goes on; the present one grows', async (t) => {
    const group = await simulateGroup(t);
    const before = await daily(group, '2026-11-01', '2026-11-22');
    await group.clock.advance(6 * 3_600_000);
    const later = await daily(group, '2026-11-01', '2026-11-22');
    await group.clock.advance(7 * 86_400_000);
    const after = await daily(group, '2026-11-01', '2026-11-22');
    const { '2026-11-22': early, ...finished } = before['daily'] ?? {};
    const { '2026-11-22': evening, ...same } = later['daily'] ?? {};
    const { '2026-11-22': whole, ...still } = after['daily'] ?? {};
    assert.deepEqual(same, finished);
    assert.deepEqual(still, finished);
    assert.ok(sum(Object.values(early ?? {})) < sum(Object.values(evening ?? {})));
    assert.ok(sum(Object.values(evening ?? {})) < sum(Object.values(whole ?? {})));
  });

  test('one day nine days ago stands out, by one endpoint of one account', async (t) => {
    const group = await simulateGroup(t);
    const usage = await daily(group, '2026-10-24', '2026-11-21');
    const totals = Object.entries(usage['daily'] ?? {}).map(([day, calls]) => [day, sum(Object.values(calls))]);
    const [[peak], [second]] = totals.sort((a, b) => Number(b[1]) - Number(a[1])) as [[string], [string]];
    assert.equal(peak, '2026-11-13');
    const [top] = await group.all('/groups/G/users_consuming_quota/api_requests_daily?period=2026-11-13&limit=40');
    assert.equal(top?.['id'], 'northwind_dfir_soar');
    assert.notEqual(second, peak);
  });

  test('ranges: thirty days at most, sixty days back, in order, real dates', async (t) => {
    const { ask } = await simulateGroup(t);
    const status = async (query: string): Promise<number> => (await ask(`/groups/G/api_usage?${query}`)).status;
    assert.equal(await status('start_date=20260924&end_date=20261023'), 200);
    assert.equal(await status('start_date=20260923&end_date=20261022'), 400);
    assert.equal(await status('start_date=20261023&end_date=20261122'), 400);
    assert.equal(await status('start_date=20261122&end_date=20261121'), 400);
    assert.equal(await status('start_date=2026-11-01&end_date=20261121'), 400);
    assert.equal(await status('start_date=20260231'), 400);
    const { body } = await ask('/groups/G/api_usage');
    assert.equal(Object.keys(body['data']?.['daily'] ?? {}).length, 30);
  });

  test('consumers: order, reach, periods and names', async (t) => {
    const { ask, all } = await simulateGroup(t);
    const path = '/groups/G/users_consuming_quota';
    const rows = await all(`${path}/api_requests_monthly?limit=40`);
    const used = rows.map((row) => Number(row['context_attributes']?.['quota_consumed_from_group']));
    assert.deepEqual(
      used,
      used.toSorted((a, b) => b - a),
    );
    const ascending = await all(`${path}/api_requests_monthly?limit=40&order=asc`);
    assert.deepEqual(
      ascending.map((row) => text(row['id'])),
      rows.map((row) => text(row['id'])).toReversed(),
    );
    for (const bad of [
      'api_requests_hourly',
      'api_requests_daily?period=2026-08',
      'api_requests_daily?period=2026-12',
      'intelligence_searches_monthly?period=2026-11-01',
      'api_requests_daily?limit=41',
      'api_requests_daily?order=up',
    ]) {
      assert.equal((await ask(`${path}/${bad}`)).status, 400, bad);
    }
    assert.equal((await ask(`${path}/api_requests_daily?period=2026-09`)).status, 200);
  });

  test('daily counters start anew at midnight UTC and monthly ones on the first', async (t) => {
    const { ask, clock } = await simulateGroup(t, 'acme', { at: '2026-11-30T23:59:00Z' });
    const quotas = async (): Promise<Json> => (await ask('/groups/G')).body['data']?.['attributes']?.['quotas'] ?? {};
    const before = await quotas();
    await clock.advance(60_000);
    const after = await quotas();
    assert.ok(Number(before['api_requests_daily']?.['used']) > 1000);
    assert.equal(after['api_requests_daily']?.['used'], 0);
    assert.equal(after['api_requests_monthly']?.['used'], 0);
    assert.ok(Number(after['intelligence_searches_monthly']?.['used']) < 100);
    assert.equal(after['intelligence_hunting_rules']?.['used'], 241);
  });

  test('what a member who left has used stays used', async (t) => {
    const group = await simulateGroup(t);
    const before = await daily(group, '2026-10-24', '2026-11-21');
    await group.ask('/groups/G/relationships/users/bo.lindgren', { method: 'DELETE' });
    assert.deepEqual(await daily(group, '2026-10-24', '2026-11-21'), before);
  });

  test('a hundred thousand members are served by the page', async (t) => {
    const scenario = generateWorld({ members: 100_000, seed: 'large' });
    const { ask } = await simulateGroup(t, scenario);
    const page = await ask('/groups/G/users?limit=40');
    assert.equal(page.body['meta']?.['count'], 100_000);
    const { body } = await ask('/groups/G/users_consuming_quota/api_requests_daily?period=2026-11-20&limit=40');
    assert.equal(body['data']?.['length'], 40);
  });
});
