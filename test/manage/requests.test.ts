import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Target } from '../../src/model/change.ts';
import { Secret } from '../../src/model/secret.ts';
import { loadScenario } from '../../src/simulator/scenario.ts';
import { startManageBench } from '../support/manage-bench.ts';

const G = 'northwind_dfir';

/** What the scripts of the vendor's two administrators' guides send, and where there is no script, the guide's text. */
const SCRIPTS: readonly { readonly what: string; readonly target: Target; readonly sent: readonly unknown[] }[] = [
  {
    what: 'adding_users_to_group',
    target: { kind: 'add_member', address: 'wanda.ito@northwind.example' },
    sent: ['POST', `/groups/${G}/relationships/users`, { data: [{ type: 'user', id: 'wanda.ito@northwind.example' }] }],
  },
  {
    what: 'remove_users_from_group',
    target: { kind: 'remove_member', id: 'hugo.lacroix' },
    sent: ['DELETE', `/groups/${G}/relationships/users/hugo.lacroix`, null],
  },
  {
    what: 'managing_users_privileges, granting',
    target: { kind: 'grant_administrator', address: 'freja.holst@northwind.example' },
    sent: [
      'POST',
      `/groups/${G}/relationships/administrators`,
      { data: [{ type: 'user', id: 'freja.holst@northwind.example' }] },
    ],
  },
  {
    what: 'managing_users_privileges, revoking',
    target: { kind: 'revoke_administrator', id: 'dmitri.volkov' },
    sent: ['DELETE', `/groups/${G}/relationships/administrators/dmitri.volkov`, null],
  },
  {
    what: 'the guide of 2026, revoking who is administrator by role',
    target: { kind: 'revoke_administrator', id: 'elena.marchetti' },
    sent: [
      'PATCH',
      `/groups/${G}/relationships/users`,
      {
        data: [
          {
            type: 'user',
            id: 'elena.marchetti',
            context_attributes: { remove_roles: ['USER_ROLE_GROUP_ADMIN'] },
          },
        ],
      },
    ],
  },
  {
    what: 'managing_users_api_allowance',
    target: { kind: 'cap_account', id: 'freja.holst', daily: 300 },
    sent: [
      'PATCH',
      '/users/freja.holst',
      { data: { type: 'user', attributes: { quotas: { api_requests_daily: { allowed: 300 } } } } },
    ],
  },
  {
    what: 'the newest documents, the allowance of a service account',
    target: { kind: 'cap_account', id: 'northwind_dfir_soar', daily: 300 },
    sent: [
      'PATCH',
      `/groups/${G}/relationships/service_accounts`,
      {
        data: [
          {
            type: 'service_account',
            id: 'northwind_dfir_soar',
            context_attributes: { quota_limits: { api_requests_daily: { allowed: 300 } } },
          },
        ],
      },
    ],
  },
  {
    what: 'the guide, creating a service account',
    target: { kind: 'create_service_account', name: 'siem_enrich' },
    sent: [
      'POST',
      `/groups/${G}/relationships/service_accounts`,
      { data: [{ type: 'service_account', id: 'siem_enrich' }] },
    ],
  },
  {
    what: 'the guide, automatic joining',
    target: { kind: 'set_auto_join', patterns: ['*@northwind.example'] },
    sent: [
      'PATCH',
      `/groups/${G}`,
      { data: { type: 'group', attributes: { auto_add_users: ['*@northwind.example'] } } },
    ],
  },
];

for (const { what, target, sent } of SCRIPTS) {
  test(`sends one request, the one of: ${what}`, async (t) => {
    const bench = await startManageBench(t);
    const plan = await bench.plan(target);
    assert.deepEqual(bench.writes(), [], 'planning sent something');
    const [change] = plan.changes;
    assert.deepEqual([change?.request.method, change?.request.path, change?.request.body], sent);
    const [step] = await bench.apply(plan);
    assert.equal(step?.result, 'done', step?.note ?? '');
    const [written, ...more] = bench.writes();
    assert.deepEqual([[written?.method, written?.path, written?.body], more], [sent, []]);
    assert.equal(written?.headers['content-type'], sent[2] === null ? undefined : 'application/json');
    assert.equal(written?.headers['x-apikey'], bench.simulator.keys.administrator);
    const again = await bench.plan(target);
    assert.deepEqual([again.changes.length, again.settled.length], [0, 1], 'done, and there is nothing left to do');
  });
}

test('taking administration from a service account keeps its other roles', async (t) => {
  const acme = loadScenario('acme');
  const serviceAccounts = acme.serviceAccounts.map((account) => ({
    ...account,
    ...(account.id.endsWith('_soar') ? { roles: ['USER_ROLE_FILE_DOWNLOADS', 'USER_ROLE_GROUP_ADMIN'] } : {}),
  }));
  const bench = await startManageBench(t, { scenario: { ...acme, serviceAccounts } });
  const [step] = await bench.apply(await bench.plan({ kind: 'revoke_administrator', id: 'northwind_dfir_soar' }));
  assert.equal(step?.result, 'done');
  assert.deepEqual(bench.writes()[0]?.body, {
    data: [
      {
        type: 'service_account',
        id: 'northwind_dfir_soar',
        context_attributes: { roles: ['USER_ROLE_FILE_DOWNLOADS'] },
      },
    ],
  });
});

test('deletes an account only with its own key, and the password only as a header', async (t) => {
  const bench = await startManageBench(t);
  const password = new Secret('correct horse');
  await assert.rejects(bench.client.deleteUser('freja.holst', password), /no right to it/);
  await bench.client.deleteUser('astrid.hauge', password);
  const sent = bench
    .writes()
    .map(({ method, path, body, headers }) => [method, path, body, headers['x-user-password']]);
  assert.deepEqual(sent, [
    ['DELETE', '/users/freja.holst', null, 'correct horse'],
    ['DELETE', '/users/astrid.hauge', null, 'correct horse'],
  ]);
});

test('copes with an empty answer where an object was promised', async (t) => {
  const acme = loadScenario('acme');
  const bench = await startManageBench(t, { scenario: { ...acme, switches: { patchUserAnswer: 'empty' } } });
  const [step] = await bench.apply(await bench.plan({ kind: 'cap_account', id: 'freja.holst', daily: 10 }));
  assert.equal(step?.result, 'done');
});
