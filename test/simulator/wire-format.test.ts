import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { findRoute, ROUTES } from '../../src/simulator/routes.ts';
import { simulateGroup, text } from '../support/simulated-group.ts';

/** The vendor's operations, those of its specification and those documented beside it. */
const OPERATIONS = [
  'GET /groups/g',
  'PATCH /groups/g',
  'GET /groups/g/relationships/administrators',
  'POST /groups/g/relationships/administrators',
  'DELETE /groups/g/relationships/administrators/u',
  'GET /groups/g/relationships/administrators/u',
  'GET /groups/g/relationships/users',
  'POST /groups/g/relationships/users',
  'DELETE /groups/g/relationships/users/u',
  'GET /groups/g/relationships/users/u',
  'GET /groups/g/relationships/graphs',
  'GET /groups/g/graphs',
  'GET /users/u/api_usage',
  'GET /users/u/overall_quotas',
  'GET /groups/g/api_usage',
  'GET /groups/g/relationships/service_accounts',
  'POST /groups/g/relationships/service_accounts',
  'GET /service_accounts/a',
  'DELETE /users/u',
  'GET /users/u',
  'PATCH /users/u',
  'GET /users/u/relationships/groups',
  'GET /users/u/groups',
  'PATCH /groups/g/relationships/users',
  'PATCH /groups/g/relationships/service_accounts',
  'GET /groups/g/activity_log_entries',
  'GET /groups/g/users_consuming_quota/api_requests_daily',
  'GET /metadata',
];

suite('wire format', () => {
  test('every operation has a route of its own, the specific before the general', () => {
    const handlers = OPERATIONS.map((operation) => {
      const [method = '', path = ''] = operation.split(' ');
      return findRoute(method, path)?.route;
    });
    assert.equal(handlers.includes(undefined), false);
    assert.equal(new Set(handlers).size, ROUTES.length);
    assert.equal(findRoute('GET', '/users/u/api_usage')?.route.path, '/users/{user}/api_usage');
    assert.equal(
      findRoute('GET', '/groups/g/activity_log_entries')?.route.path,
      '/groups/{group}/activity_log_entries',
    );
  });

  test('a group comes in the envelope, with quotas, privileges and its own address', async (t) => {
    const { ask, simulator } = await simulateGroup(t);
    const { status, type, body } = await ask('/groups/G');
    assert.equal(status, 200);
    assert.equal(type, 'application/json; charset=utf-8');
    assert.deepEqual(Object.keys(body), ['data']);
    assert.deepEqual(Object.keys(body['data'] ?? {}), ['type', 'id', 'links', 'attributes', 'context_attributes']);
    assert.deepEqual(body['data']?.['links'], { self: `${simulator.baseUrl}/groups/${simulator.groupId}` });
    const privileges = body['data']?.['attributes']?.['privileges'];
    assert.deepEqual(privileges?.['livehunt'], {
      granted: true,
      inherited_from: 'intelligence',
      inherited_via: 'privilege',
    });
    assert.deepEqual(privileges?.['file-feed'], { granted: false });
  });

  test('full objects and descriptors differ, and roles are in the context of descriptors', async (t) => {
    const { ask } = await simulateGroup(t);
    const objects = await ask('/groups/G/administrators?attributes=first_name');
    const descriptors = await ask('/groups/G/relationships/administrators');
    assert.deepEqual(objects.body['data']?.[0]?.['attributes'], { first_name: 'Astrid' });
    assert.deepEqual(descriptors.body['data']?.[0], {
      type: 'user',
      id: 'astrid.hauge',
      context_attributes: { roles: ['USER_ROLE_GROUP_ADMIN'] },
    });
  });

  test('an administrator by role only is in no administrators list but shows the role', async (t) => {
    const { all } = await simulateGroup(t);
    const listed = await all('/groups/G/relationships/administrators');
    const users = await all('/groups/G/relationships/users?limit=40');
    const elena = users.find((row) => text(row['id']) === 'elena.marchetti');
    assert.equal(
      listed.some((row) => text(row['id']) === 'elena.marchetti'),
      false,
    );
    assert.deepEqual(elena?.['context_attributes'], {
      roles: ['USER_ROLE_GROUP_ADMIN', 'USER_ROLE_PRIVATE_SCANNING'],
    });
  });

  test('times are whole seconds, and what is not on record is absent', async (t) => {
    const { all } = await simulateGroup(t);
    const users = await all('/groups/G/users?limit=40');
    const byId = new Map(users.map((row) => [text(row['id']), row['attributes']]));
    assert.ok(Number.isInteger(byId.get('astrid.hauge')?.['last_login']));
    assert.equal('last_login' in (byId.get('ingrid.solberg') ?? {}), false);
    assert.equal('email' in (byId.get('ghost.account') ?? {}), false);
  });

  test('a member that could not be loaded has an error and no attributes', async (t) => {
    const { all } = await simulateGroup(t);
    const users = await all('/groups/G/users?limit=40');
    assert.deepEqual(
      users.find((row) => text(row['id']) === 'lost.record'),
      { type: 'user', id: 'lost.record', error: { code: 'NotFoundError', message: 'User "lost.record" not found' } },
    );
  });

  test('a service account lives under /service_accounts and calls itself a user', async (t) => {
    const { ask, simulator } = await simulateGroup(t);
    const { body } = await ask('/service_accounts/northwind_dfir_siem');
    assert.equal(body['data']?.['type'], 'service_account');
    assert.deepEqual(body['data']?.['links'], { self: `${simulator.baseUrl}/users/northwind_dfir_siem` });
    const attributes = Object.keys(body['data']?.['attributes'] ?? {});
    for (const name of ['last_name', 'has_2fa', 'last_login']) assert.equal(attributes.includes(name), false, name);
    assert.equal((await ask('/users/northwind_dfir_siem/api_usage')).status, 200);
  });

  test('overall quotas have halves of which either may be missing', async (t) => {
    const { ask } = await simulateGroup(t);
    const { body } = await ask('/users/freja.holst/overall_quotas');
    assert.deepEqual(Object.keys(body['data']?.['api_requests_daily'] ?? {}), ['user', 'group']);
    assert.equal(body['data']?.['api_requests_daily']?.['group']?.['inherited_from'], 'northwind_dfir');
    assert.deepEqual(Object.keys(body['data']?.['cases_creation_monthly'] ?? {}), ['user']);
    assert.deepEqual(Object.keys(body['data']?.['monitor_storage_bytes'] ?? {}), ['group']);
    assert.equal(body['data']?.['api_requests_hourly']?.['user']?.['allowed'], 60_000_000_000);
  });

  test('membership checks answer true or false', async (t) => {
    const { ask } = await simulateGroup(t);
    assert.deepEqual((await ask('/groups/G/relationships/administrators/astrid.hauge')).body, { data: true });
    assert.deepEqual((await ask('/groups/G/relationships/administrators/freja.holst')).body, { data: false });
    assert.deepEqual((await ask('/groups/G/relationships/users/freja.holst')).body, { data: true });
  });

  test('the activity log names the actor only in the relationship', async (t) => {
    const { ask } = await simulateGroup(t);
    const filter = encodeURIComponent('date:2026-10-01+ AND action:ADD_GROUP_ADMIN');
    const { body } = await ask(`/groups/G/activity_log_entries?filter=${filter}&relationships=user`);
    assert.equal(body['meta']?.['count'], 1);
    assert.equal(body['data']?.[0]?.['attributes']?.['action'], 'Add admin to group');
    assert.deepEqual(body['data']?.[0]?.['attributes']?.['info'], { user: 'dmitri.volkov' });
    assert.deepEqual(body['data']?.[0]?.['relationships']?.['user']?.['data'], { type: 'user', id: 'bo.lindgren' });
  });

  test('the filter of the activity log counts dates both ways and refuses what it does not know', async (t) => {
    const { ask } = await simulateGroup(t);
    const count = async (filter: string): Promise<unknown> =>
      (await ask(`/groups/G/activity_log_entries?filter=${encodeURIComponent(filter)}`)).body['meta']?.['count'];
    assert.equal(await count('user:bo.lindgren'), 2);
    assert.equal(await count('date:2026-10-01-'), 3);
    assert.equal(await count('target:northwind_dfir'), 6);
    assert.equal((await ask('/groups/G/activity_log_entries?filter=who:me')).status, 400);
  });

  test('a one-to-one relationship is an object, and metadata lists privileges', async (t) => {
    const { ask, simulator } = await simulateGroup(t);
    assert.deepEqual((await ask('/users/freja.holst/relationships/api_quota_group')).body, {
      data: { type: 'group', id: 'northwind_dfir' },
      links: { self: `${simulator.baseUrl}/users/freja.holst/relationships/api_quota_group` },
    });
    const { body } = await ask('/metadata');
    assert.ok(
      Object.values(body['data']?.['privileges'] ?? {})
        .map(text)
        .includes('activity-logs'),
    );
  });

  test('embedded relationships come only when asked for', async (t) => {
    const { ask } = await simulateGroup(t);
    const { body } = await ask('/users/freja.holst?relationships=groups,api_quota_group');
    assert.deepEqual(Object.keys(body['data']?.['relationships'] ?? {}), ['api_quota_group']);
    assert.equal('relationships' in (await ask('/users/freja.holst')).body, false);
  });

  test('the strange scenario speaks the other dialect', async (t) => {
    const { ask, all } = await simulateGroup(t, 'strange');
    const usage = await ask('/groups/G/api_usage?start_date=20261116&end_date=20261122');
    assert.deepEqual(Object.keys(usage.body), ['daily', 'total']);
    assert.deepEqual(Object.keys(usage.body['daily'] ?? {}), [
      '2026-11-16',
      '2026-11-17',
      '2026-11-18',
      '2026-11-19',
      '2026-11-20',
    ]);
    assert.ok('files' in (usage.body['total'] ?? {}));
    const page = await ask('/groups/G/users');
    assert.equal('count' in (page.body['meta'] ?? {}), false);
    const descriptors = await all('/groups/G/relationships/users?limit=40');
    assert.ok(descriptors.every((row) => !('context_attributes' in row)));
    assert.ok(descriptors.some((row) => text(row['type']) === 'service_account'));
    assert.equal((await ask('/groups/G/relationships/users/nobody-here')).status, 404);
    assert.equal((await ask('/groups/G/users?filter=colour:red')).status, 200);
  });
});
