import assert from 'node:assert/strict';
import test from 'node:test';
import { readAll } from '../../src/collect/read-all.ts';
import { loadScenario } from '../../src/simulator/scenario.ts';
import { startBench } from '../support/collect-from.ts';

const ACME = loadScenario('acme');
const AUDITOR = ACME.keyHolders.administrator;
const PLAIN = ACME.keyHolders.member;

test('tells members and administrators from others, however "no" is said', async (t) => {
  for (const nonMemberCheck of ['false', 'not-found'] as const) {
    const { client } = await startBench(t, { scenario: { ...ACME, switches: { ...ACME.switches, nonMemberCheck } } });
    assert.deepEqual(
      await Promise.all([
        client.isMember(PLAIN),
        client.isMember('nobody.at.all'),
        client.isAdministrator(AUDITOR),
        client.isAdministrator(PLAIN),
      ]),
      [true, false, true, false],
    );
  }
});

test("reads an account's quotas beside the pools that it draws on", async (t) => {
  const { client, simulator } = await startBench(t);
  const quotas = await client.overallQuotas(AUDITOR);
  assert.equal(quotas['api_requests_daily']?.group?.inheritedFrom, simulator.groupId);
  assert.equal(quotas['api_requests_daily']?.group?.allowed, 60_000);
});

test("reads an account's use by day", async (t) => {
  const { client } = await startBench(t);
  const usage = await client.accountUsage('northwind_dfir_siem', { from: '2026-11-16', to: '2026-11-20' });
  assert.deepEqual(Object.keys(usage.daily).sort().at(0), '2026-11-16');
  assert.ok(Object.values(usage.daily).some((calls) => (calls['files'] ?? 0) > 0));
});

test('reads who changed what, from the activity log', async (t) => {
  const { client } = await startBench(t);
  const entries = await readAll(() => client.activityLog({ from: null }));
  assert.equal(entries.length, ACME.activityLog.length);
  const recent = await readAll(() => client.activityLog({ from: '2026-10-01' }));
  assert.ok(recent.length > 0 && recent.length <= entries.length);
  for (const { actor, affected, date } of recent) {
    assert.ok(actor !== null && affected !== null);
    assert.ok(date >= Date.parse('2026-10-01') / 1_000);
  }
});

test('reads the consumers of a quota, most first', async (t) => {
  const { client } = await startBench(t);
  const used = (
    await readAll(() => client.usersConsumingQuota({ quota: 'api_requests_monthly', period: '2026-11' }))
  ).map((consumer) => consumer.used);
  assert.deepEqual(
    used,
    used.toSorted((a, b) => b - a),
  );
});

test('never puts an id into the path that would lead elsewhere', async (t) => {
  const { client, simulator } = await startBench(t);
  await assert.rejects(client.isMember('..'), /id cannot be/u);
  await client.isMember('../administrators/x?y#z').catch(() => {});
  for (const { path } of simulator.requests)
    assert.match(path, /\/relationships\/users\/\.\.%2Fadministrators%2Fx%3Fy%23z$/u);
});

test('reads one account of each kind, without its key', async (t) => {
  const { client } = await startBench(t);
  const account = await client.account(PLAIN);
  assert.equal(account.id, PLAIN);
  assert.notEqual(account.email, null);
  const service = await client.serviceAccount('northwind_dfir_siem');
  assert.equal(service.id, 'northwind_dfir_siem');
  assert.doesNotMatch(JSON.stringify([account, service]), /[0-9a-f]{64}|apikey/iu);
});

test('follows relationships of the group, known ones and others, in both forms', async (t) => {
  const { client } = await startBench(t);
  const administrators = await readAll(() => client.groupRelationship('administrators'));
  assert.ok(administrators.some(({ id }) => id === AUDITOR));
  assert.deepEqual(
    (await readAll(() => client.relatedToGroup({ other: 'administrators' }))).map(({ id }) => id),
    administrators.map(({ id }) => id),
  );
});

test('follows relationships of an account, to one group or to many', async (t) => {
  const { client, simulator } = await startBench(t);
  const group = [{ id: simulator.groupId, type: 'group', roles: null }];
  assert.deepEqual(await client.accountRelationship(AUDITOR, 'api_quota_group'), group);
  assert.deepEqual(
    (await client.relatedToAccount(AUDITOR, 'groups_managed')).map(({ id }) => id),
    [simulator.groupId],
  );
});

test('reads the names of privileges', async (t) => {
  const { client } = await startBench(t);
  assert.ok((await client.privilegeNames()).includes('intelligence'));
});
