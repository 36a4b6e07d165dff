import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Answered, type SimulatedGroup, simulateGroup, text } from '../support/simulated-group.ts';

const RELATIONSHIPS = '/groups/G/relationships';

function send(group: SimulatedGroup, method: string, path: string, body?: unknown): Promise<Answered> {
  return group.ask(path, { method, ...(body !== undefined && { body }) });
}

function people(...ids: readonly string[]): unknown {
  return { data: ids.map((id) => ({ type: 'user', id })) };
}

async function isIn(group: SimulatedGroup, relationship: string, id: string): Promise<boolean> {
  const { body } = await group.ask(`${RELATIONSHIPS}/${relationship}/${id}`);
  return text(body['data']) === 'true';
}

suite('writes', () => {
  test('members are added by address; who has no account is invited and not listed', async (t) => {
    const group = await simulateGroup(t);
    const added = await send(
      group,
      'POST',
      `${RELATIONSHIPS}/users`,
      people('wanda.ito@northwind.example', 'new@new.example'),
    );
    assert.deepEqual([added.status, added.type, added.text], [200, 'text/plain; charset=utf-8', '']);
    assert.equal(await isIn(group, 'users', 'waiting.room'), true);
    assert.equal((await group.ask('/groups/G/users')).body['meta']?.['count'], 73);
  });

  test('a username instead of an address is refused in the vendor words, and nothing is changed', async (t) => {
    const group = await simulateGroup(t);
    const refused = await send(
      group,
      'POST',
      `${RELATIONSHIPS}/users`,
      people('wanda.ito@northwind.example', 'spellman'),
    );
    assert.equal(refused.status, 400);
    assert.deepEqual(refused.body, {
      error: { code: 'InvalidArgumentError', message: 'Invalid email address: "spellman"' },
    });
    assert.equal(await isIn(group, 'users', 'waiting.room'), false);
  });

  test('a member of another group cannot be added', async (t) => {
    const group = await simulateGroup(t);
    const refused = await send(group, 'POST', `${RELATIONSHIPS}/users`, people('analyst@southwind.example'));
    assert.deepEqual([refused.status, refused.body['error']?.['code']], [409, 'AlreadyExistsError']);
  });

  test('administration is granted to members and revoked without ending the membership', async (t) => {
    const group = await simulateGroup(t);
    const path = `${RELATIONSHIPS}/administrators`;
    assert.equal((await send(group, 'POST', path, people('freja.holst@northwind.example'))).status, 200);
    assert.equal(await isIn(group, 'administrators', 'freja.holst'), true);
    assert.equal((await group.ask('/groups/G/api_usage', { key: group.simulator.keys.member })).status, 200);
    assert.equal((await send(group, 'DELETE', `${path}/freja.holst`)).status, 200);
    assert.equal(await isIn(group, 'administrators', 'freja.holst'), false);
    assert.equal(await isIn(group, 'users', 'freja.holst'), true);
    assert.equal((await send(group, 'DELETE', `${path}/freja.holst`)).status, 400);
    assert.equal((await send(group, 'POST', path, people('wanda.ito@northwind.example'))).status, 404);
  });

  test('a removed member lives on as a free account, and the log says who did it', async (t) => {
    const group = await simulateGroup(t);
    const removed = await send(group, 'DELETE', `${RELATIONSHIPS}/users/hugo.lacroix`);
    assert.deepEqual([removed.status, removed.text], [200, '']);
    assert.equal(await isIn(group, 'users', 'hugo.lacroix'), false);
    assert.equal((await group.ask('/users/hugo.lacroix')).status, 200);
    const { body } = await group.ask('/groups/G/activity_log_entries?relationships=user&limit=1');
    assert.deepEqual(body['data']?.[0]?.['attributes']?.['info'], { user: 'hugo.lacroix' });
    assert.equal(body['data']?.[0]?.['relationships']?.['user']?.['data']?.['id'], 'astrid.hauge');
  });

  test('roles are replaced, added and taken; a cap goes with them', async (t) => {
    const group = await simulateGroup(t);
    const patch = (context: unknown): Promise<Answered> =>
      send(group, 'PATCH', `${RELATIONSHIPS}/users`, {
        data: [{ type: 'user', id: 'freja.holst', context_attributes: context }],
      });
    const roles = async (): Promise<unknown> => {
      const rows = await group.all(`${RELATIONSHIPS}/users?limit=40`);
      return rows.find((row) => text(row['id']) === 'freja.holst')?.['context_attributes']?.['roles'];
    };
    await patch({ roles: ['USER_ROLE_PRIVATE_SCANNING'], quota_limits: { api_requests_daily: { allowed: 300 } } });
    assert.deepEqual(await roles(), ['USER_ROLE_PRIVATE_SCANNING']);
    await patch({ add_roles: ['USER_ROLE_GROUP_ADMIN'], remove_roles: ['USER_ROLE_PRIVATE_SCANNING'] });
    assert.deepEqual(await roles(), ['USER_ROLE_GROUP_ADMIN']);
    const { body } = await group.ask('/users/freja.holst');
    assert.equal(body['data']?.['attributes']?.['quotas']?.['api_requests_daily']?.['allowed'], 300);
    assert.equal((await patch({ roles: ['USER_ROLE_KING'] })).status, 400);
    assert.equal((await patch({ quota_limits: { intelligence_searches_monthly: { allowed: 1 } } })).status, 400);
  });

  test('a service account is made from its bare name, once, and can be made administrator', async (t) => {
    const group = await simulateGroup(t);
    const path = `${RELATIONSHIPS}/service_accounts`;
    const body = { data: [{ type: 'service_account', id: 'enrich' }] };
    assert.deepEqual((await send(group, 'POST', path, body)).body, {
      data: [{ type: 'service_account', id: 'northwind_dfir_enrich' }],
    });
    assert.equal((await send(group, 'POST', path, body)).status, 409);
    const { body: read } = await group.ask('/service_accounts/northwind_dfir_enrich');
    const key = text(read['data']?.['attributes']?.['apikey']);
    assert.equal((await group.ask('/groups/G/api_usage', { key })).status, 403);
    const change = {
      data: [
        {
          type: 'service_account',
          id: 'northwind_dfir_enrich',
          context_attributes: { roles: ['USER_ROLE_GROUP_ADMIN'] },
        },
      ],
    };
    assert.deepEqual((await send(group, 'PATCH', path, change)).body, {});
    assert.equal((await group.ask('/groups/G/api_usage', { key })).status, 200);
  });

  test('automatic joining can be set, and what is read-only cannot', async (t) => {
    const group = await simulateGroup(t);
    const patch = (attributes: unknown, id?: string): Promise<Answered> =>
      send(group, 'PATCH', '/groups/G', { data: { type: 'group', ...(id !== undefined && { id }), attributes } });
    const changed = await patch({ auto_add_users: ['*@northwind.example'] });
    assert.deepEqual(changed.body['data']?.['attributes']?.['auto_add_users'], ['*@northwind.example']);
    assert.equal((await patch({ auto_add_users: ['everybody'] })).status, 400);
    assert.equal((await patch({ quotas: {} })).status, 400);
    assert.equal((await patch({ organization: 'Other' }, 'another_group')).status, 400);
    assert.equal((await send(group, 'PATCH', '/groups/G', { nonsense: 1 })).status, 400);
  });

  test('an administrator caps a user, the owner changes its own names, nobody the rest', async (t) => {
    const group = await simulateGroup(t);
    const patch = (attributes: unknown, key?: string): Promise<Answered> =>
      group.ask('/users/freja.holst', {
        method: 'PATCH',
        body: { data: { type: 'user', attributes } },
        ...(key !== undefined && { key }),
      });
    const cap = { quotas: { api_requests_daily: { allowed: 300 } } };
    const capped = await patch(cap);
    assert.equal(capped.body['data']?.['attributes']?.['quotas']?.['api_requests_daily']?.['allowed'], 300);
    assert.equal((await patch({ first_name: 'F.' })).status, 403);
    assert.equal((await patch({ first_name: 'F.' }, group.simulator.keys.member)).status, 200);
    assert.equal((await patch(cap, group.simulator.keys.member)).status, 403);
    assert.equal((await patch({ has_2fa: true }, group.simulator.keys.member)).status, 400);
  });

  test('only the owner, with a password, deletes an account', async (t) => {
    const group = await simulateGroup(t);
    const remove = (key: string, headers: Readonly<Record<string, string>>): Promise<Answered> =>
      group.ask('/users/freja.holst', { method: 'DELETE', key, headers });
    const { administrator, member } = group.simulator.keys;
    assert.equal((await remove(administrator, { 'x-user-password': 'x' })).status, 403);
    assert.equal((await remove(member, {})).status, 403);
    assert.equal((await remove(member, { 'x-user-password': 'x' })).status, 200);
    assert.equal((await group.ask('/users/freja.holst')).status, 404);
  });

  test('a plain member writes nothing', async (t) => {
    const group = await simulateGroup(t);
    const key = group.simulator.keys.member;
    for (const [method, path] of [
      ['PATCH', '/groups/G'],
      ['POST', `${RELATIONSHIPS}/users`],
      ['POST', `${RELATIONSHIPS}/administrators`],
      ['POST', `${RELATIONSHIPS}/service_accounts`],
      ['PATCH', `${RELATIONSHIPS}/users`],
      ['PATCH', `${RELATIONSHIPS}/service_accounts`],
      ['DELETE', `${RELATIONSHIPS}/users/bo.lindgren`],
      ['DELETE', `${RELATIONSHIPS}/administrators/bo.lindgren`],
    ] as const) {
      const refused = await group.ask(path, { method, key, body: people('a@b.example') });
      assert.equal(refused.status, 403, `${method} ${path}`);
    }
  });
});
