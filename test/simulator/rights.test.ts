import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { loadScenario } from '../../src/simulator/scenario.ts';
import { type Json, simulateGroup, text } from '../support/simulated-group.ts';

const PUBLIC = ['first_name', 'last_name', 'profile_phrase', 'reputation', 'status', 'user_since'];

function attributesOf(rows: readonly Json[], id: string): readonly string[] {
  return Object.keys(rows.find((row) => text(row['id']) === id)?.['attributes'] ?? {}).sort();
}

suite('rights', () => {
  test('no key, a wrong key and the key of nobody are 401 with different codes', async (t) => {
    const { ask } = await simulateGroup(t);
    assert.deepEqual((await ask('/groups/G', { key: null })).body, {
      error: { code: 'AuthenticationRequiredError', message: 'X-Apikey header is missing' },
    });
    const wrong = await ask('/groups/G', { key: 'f'.repeat(64) });
    assert.equal(wrong.status, 401);
    assert.equal(wrong.body['error']?.['code'], 'WrongCredentialsError');
  });

  test('the key of an account that is not active is refused with a code of its own', async (t) => {
    const scenario = loadScenario('quiet');
    const outsiders = scenario.outsiders.map((account) => ({ ...account, inactive: true }));
    const { ask, simulator } = await simulateGroup(t, { ...scenario, outsiders });
    const refused = await ask('/metadata', { key: simulator.keys.outsider });
    assert.deepEqual([refused.status, refused.body['error']?.['code']], [401, 'UserNotActiveError']);
  });

  test('an administrator sees of members all but key, factor, preferences and privileges', async (t) => {
    const { all } = await simulateGroup(t);
    const users = await all('/groups/G/users?limit=40');
    assert.deepEqual(attributesOf(users, 'freja.holst'), [...PUBLIC, 'email', 'last_login', 'quotas'].sort());
  });

  test('an administrator sees its own key in the member list', async (t) => {
    const { all, simulator } = await simulateGroup(t);
    const users = await all('/groups/G/users?limit=40');
    const own = users.find((row) => text(row['id']) === simulator.identity);
    assert.equal(own?.['attributes']?.['apikey'], simulator.keys.administrator);
    assert.equal(own?.['attributes']?.['has_2fa'], true);
  });

  test('a plain member sees public attributes of others and everything of itself, and nothing fails', async (t) => {
    const { all, ask, simulator } = await simulateGroup(t);
    const key = simulator.keys.member;
    const users = await all('/groups/G/users?limit=40', { key });
    assert.deepEqual(attributesOf(users, 'astrid.hauge'), PUBLIC);
    assert.deepEqual(
      attributesOf(users, 'freja.holst'),
      [...PUBLIC, 'apikey', 'email', 'has_2fa', 'last_login', 'preferences', 'privileges', 'quotas'].sort(),
    );
    const group = await ask('/groups/G', { key });
    assert.equal('auto_add_users' in (group.body['data']?.['attributes'] ?? {}), false);
    assert.equal('quotas' in (group.body['data']?.['attributes'] ?? {}), true);
    const roles = await all('/groups/G/relationships/users?limit=40', { key });
    assert.ok(roles.every((row) => !('context_attributes' in row)));
  });

  test('usage, consumers and the log are for administrators', async (t) => {
    const { ask, simulator } = await simulateGroup(t);
    for (const path of [
      '/groups/G/api_usage',
      '/groups/G/users_consuming_quota/api_requests_daily',
      '/groups/G/activity_log_entries',
      '/users/astrid.hauge/overall_quotas',
      '/users/astrid.hauge/api_usage',
    ]) {
      const answer = await ask(path, { key: simulator.keys.member });
      assert.equal(answer.status, 403, path);
      assert.equal(answer.body['error']?.['code'], 'ForbiddenError');
      assert.equal((await ask(path)).status, 200, path);
    }
  });

  test('a service account with the role is an administrator', async (t) => {
    const { ask, simulator } = await simulateGroup(t);
    const key = simulator.keys.serviceAccount;
    assert.equal((await ask('/groups/G/api_usage', { key })).status, 200);
    assert.ok('auto_add_users' in ((await ask('/groups/G', { key })).body['data']?.['attributes'] ?? {}));
    assert.deepEqual((await ask('/groups/G/relationships/administrators/northwind_dfir_auditor', { key })).body, {
      data: false,
    });
  });

  test('an outsider gets 403 from a group that exists and 404 from one that does not', async (t) => {
    const { ask, simulator } = await simulateGroup(t);
    const key = simulator.keys.outsider;
    for (const path of ['/groups/G', '/groups/G/users', '/groups/G/relationships/users', '/groups/southwind_soc']) {
      assert.equal((await ask(path, { key })).status, 403, path);
    }
    assert.equal((await ask('/groups/southwind_soc')).status, 403);
    const unknown = await ask('/groups/no_such_group');
    assert.equal(unknown.status, 404);
    assert.deepEqual(unknown.body, { error: { code: 'NotFoundError', message: 'Group "no_such_group" not found' } });
  });

  test('keys of service accounts are shown to administrators, unless the list of attributes leaves them out', async (t) => {
    const { ask, all, simulator } = await simulateGroup(t);
    const full = await all('/groups/G/service_accounts');
    assert.ok(full.every((row) => /^[0-9a-f]{64}$/.test(text(row['attributes']?.['apikey']))));
    const some = await ask('/groups/G/service_accounts?attributes=first_name,email,quotas');
    assert.equal(some.text.includes('apikey'), false);
    const member = await all('/groups/G/service_accounts', { key: simulator.keys.member });
    assert.deepEqual(attributesOf(member, 'northwind_dfir_siem'), ['first_name', 'reputation', 'status', 'user_since']);
  });

  test('a user is found by id, by address and, by itself or its administrator, by key', async (t) => {
    const { ask, simulator } = await simulateGroup(t);
    assert.equal((await ask('/users/freja.holst@northwind.example')).body['data']?.['id'], 'freja.holst');
    assert.equal((await ask(`/users/${simulator.keys.member}`)).body['data']?.['id'], 'freja.holst');
    const foreign = await ask(`/users/${simulator.keys.administrator}`, { key: simulator.keys.member });
    assert.equal(foreign.status, 403);
    assert.equal((await ask('/users/nobody')).status, 404);
    assert.deepEqual(
      Object.keys((await ask('/users/rival.analyst')).body['data']?.['attributes'] ?? {}).sort(),
      PUBLIC,
    );
  });

  test("a member's groups are its own business, a service account's its administrator's too", async (t) => {
    const { ask, simulator } = await simulateGroup(t);
    assert.equal((await ask('/users/freja.holst/groups')).status, 403);
    assert.equal((await ask('/users/freja.holst/groups', { key: simulator.keys.member })).status, 200);
    assert.equal((await ask('/users/northwind_dfir_siem/groups')).status, 200);
    assert.deepEqual((await ask('/users/bo.lindgren/relationships/groups_managed')).body['data'], [
      { type: 'group', id: 'northwind_dfir' },
    ]);
  });
});
