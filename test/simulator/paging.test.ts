import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { simulateGroup, text } from '../support/simulated-group.ts';

suite('paging', () => {
  test('a page has ten rows unless forty or fewer are asked for', async (t) => {
    const { ask } = await simulateGroup(t);
    assert.equal((await ask('/groups/G/users')).body['data']?.['length'], 10);
    assert.equal((await ask('/groups/G/users?limit=40')).body['data']?.['length'], 40);
    for (const limit of ['0', '41', '-1', 'ten', '1.5', '']) {
      const refused = await ask(`/groups/G/users?limit=${limit}`);
      assert.equal(refused.status, 400, limit);
      assert.equal(refused.body['error']?.['code'], 'InvalidArgumentError');
    }
  });

  test('following next gives everybody once, and the count says how many', async (t) => {
    const { ask, all } = await simulateGroup(t);
    const rows = await all('/groups/G/users?limit=7&attributes=email');
    const ids = new Set(rows.map((row) => text(row['id'])));
    assert.equal(rows.length, 72);
    assert.equal(ids.size, 72);
    assert.equal((await ask('/groups/G/users')).body['meta']?.['count'], 72);
  });

  test('next repeats limit, attributes and filter; the last page has neither next nor cursor', async (t) => {
    const { ask, simulator } = await simulateGroup(t);
    const first = await ask('/groups/G/users?limit=3&attributes=email&filter=2fa_enabled:false');
    const next = new URL(text(first.body['links']?.['next']));
    assert.ok(next.href.startsWith(simulator.baseUrl));
    assert.deepEqual(
      [next.searchParams.get('limit'), next.searchParams.get('attributes'), next.searchParams.get('filter')],
      ['3', 'email', '2fa_enabled:false'],
    );
    assert.equal(next.searchParams.get('cursor'), first.body['meta']?.['cursor'] as unknown as string);
    const last = await ask(next.href.slice(simulator.baseUrl.length));
    assert.deepEqual(Object.keys(last.body['links'] ?? {}), ['self']);
    assert.deepEqual(last.body['meta'], { count: 4 });
    assert.equal(last.body['data']?.['length'], 1);
  });

  test('a cursor is worth nothing for another list, another filter or when it is made up', async (t) => {
    const { ask } = await simulateGroup(t);
    const { body } = await ask('/groups/G/users?limit=5');
    const cursor = text(body['meta']?.['cursor']);
    for (const path of [
      `/groups/G/administrators?limit=5&cursor=${cursor}`,
      `/groups/G/users?limit=5&filter=2fa_enabled:true&cursor=${cursor}`,
      `/groups/G/users?limit=5&attributes=email&cursor=${cursor}`,
      '/groups/G/users?limit=5&cursor=abcdef',
    ]) {
      const refused = await ask(path);
      assert.equal(refused.status, 400, path);
      assert.equal(refused.body['error']?.['code'], 'BadRequestError');
    }
    assert.equal((await ask(`/groups/G/users?limit=8&cursor=${cursor}`)).status, 200);
  });

  test('members with and without a second factor are together all members', async (t) => {
    const { all } = await simulateGroup(t);
    const without = await all('/groups/G/users?filter=2fa_enabled:false&limit=40');
    const withFactor = await all('/groups/G/users?filter=2fa_enabled:true&limit=40');
    assert.deepEqual(
      without.map((row) => text(row['id'])),
      ['bo.lindgren', 'freja.holst', 'gustavo.pinto', 'hugo.lacroix'],
    );
    assert.equal(without.length + withFactor.length, 72);
  });

  test('a filter nobody knows is refused', async (t) => {
    const { ask } = await simulateGroup(t);
    for (const filter of ['has_2fa:false', '2fa_enabled:no', 'anything']) {
      assert.equal((await ask(`/groups/G/users?filter=${filter}`)).status, 400, filter);
    }
  });
});
