import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Target } from '../../src/model/change.ts';
import { loadScenario, type Scenario } from '../../src/simulator/scenario.ts';
import { type ManageBench, startManageBench } from '../support/manage-bench.ts';

const ACME = loadScenario('acme');

const remove = (id: string): Target => ({ kind: 'remove_member', id });
const revoke = (id: string): Target => ({ kind: 'revoke_administrator', id });
const cap = (id: string): Target => ({ kind: 'cap_account', id, daily: 1 });

/** A group whose administrators by relationship are only these; nobody is one by role. */
function administeredBy(ids: readonly string[], over: Partial<Scenario> = {}): Scenario {
  return {
    ...ACME,
    members: ACME.members.map(({ roles: _roles, ...member }) => ({
      ...member,
      administrator: ids.includes(member.id),
    })),
    serviceAccounts: ACME.serviceAccounts,
    ...over,
  };
}

/** Nothing may be planned or sent, and the reason says why. */
async function assertRefused(bench: ManageBench, target: Target, why: RegExp): Promise<void> {
  const plan = await bench.plan(target);
  assert.equal(plan.changes.length, 0, `${target.kind} was planned`);
  assert.match(plan.refused[0]?.why ?? '', why);
  assert.deepEqual(bench.writes(), []);
}

test('spares the account whose key makes the changes, a member or a service account', async (t) => {
  const person = await startManageBench(t);
  for (const target of [remove('astrid.hauge'), revoke('astrid.hauge'), cap('astrid.hauge')])
    await assertRefused(person, target, /whose key makes the changes/);
  const machine = await startManageBench(t, { key: 'serviceAccount' });
  for (const target of [revoke('northwind_dfir_auditor'), cap('northwind_dfir_auditor')])
    await assertRefused(machine, target, /whose key makes the changes/);
});

test('spares the account that audits, by id and by address, in any case', async (t) => {
  for (const identity of ['bo.lindgren', 'BO.Lindgren@Northwind.example']) {
    const bench = await startManageBench(t, { protect: { identity } });
    for (const target of [remove('bo.lindgren'), revoke('bo.lindgren'), cap('bo.lindgren')])
      await assertRefused(bench, target, /audits the group/);
  }
});

test('spares the account whose key audits, though nobody wrote its name into the configuration, or a wrong one', async (t) => {
  for (const identity of [null, 'carmen.reyes']) {
    const person = await startManageBench(t, {
      key: 'serviceAccount',
      auditor: 'administrator',
      protect: { identity },
    });
    for (const target of [remove('astrid.hauge'), revoke('astrid.hauge'), cap('astrid.hauge')])
      await assertRefused(person, target, /whose key audits the group/);
  }
  const machine = await startManageBench(t, { auditor: 'serviceAccount' });
  for (const target of [revoke('northwind_dfir_auditor'), cap('northwind_dfir_auditor')])
    await assertRefused(machine, target, /whose key audits the group/);
});

test('looks at whose account it is right before as well', async (t) => {
  const bench = await startManageBench(t);
  const plan = await bench.plan(cap('freja.holst'));
  const [step] = await bench.apply(plan, { isAuditors: async () => true });
  assert.deepEqual([step?.result, bench.writes()], ['not_sent', []]);
});

test('an unclear address keeps a service account from being changed as well', async (t) => {
  const hidden = { kind: 'hiddenAttributes', names: ['email'] } as const;
  const bench = await startManageBench(t, {
    protect: { breakGlass: ['soar@northwind_dfir.example'] },
    faults: [{ on: 'GET /groups/[^/]+/service_accounts', fault: hidden }],
  });
  await assertRefused(bench, cap('northwind_dfir_soar'), /address of northwind_dfir_soar is not visible/);
  await assertRefused(
    bench,
    { kind: 'set_service_account_roles', id: 'northwind_dfir_soar', roles: ['USER_ROLE_X'] },
    /address of northwind_dfir_soar is not visible/,
  );
});

test('does not count an administrator whose account is not active', async (t) => {
  const scenario = administeredBy(['astrid.hauge', 'bo.lindgren']);
  const members = scenario.members.map((member) =>
    member.id === 'bo.lindgren' ? { ...member, inactive: true } : member,
  );
  const bench = await startManageBench(t, { scenario: { ...scenario, members }, key: 'serviceAccount' });
  await assertRefused(bench, revoke('astrid.hauge'), /nobody would be left/);
});

test('spares emergency accounts, by id and by address', async (t) => {
  for (const entry of ['northwind.breakglass', 'BreakGlass@northwind.example']) {
    const bench = await startManageBench(t, { protect: { breakGlass: [entry] } });
    for (const id of ['northwind.breakglass'])
      for (const target of [remove(id), revoke(id), cap(id)]) await assertRefused(bench, target, /emergency account/);
  }
});

test('does not touch an account that may be the emergency account because its address is hidden', async (t) => {
  const bench = await startManageBench(t, { protect: { breakGlass: ['ghost@northwind.example'] } });
  await assertRefused(bench, remove('ghost.account'), /address of ghost.account is not visible/);
});

test('leaves an administrator, whoever else is gone', async (t) => {
  const bench = await startManageBench(t, {
    scenario: administeredBy(['astrid.hauge', 'bo.lindgren']),
    key: 'serviceAccount',
  });
  const both = await bench.plan(revoke('astrid.hauge'), remove('bo.lindgren'));
  assert.deepEqual([both.changes.length, both.refused.length], [0, 2]);
  assert.match(both.refused[0]?.why ?? '', /nobody would be left/);
  const one = await bench.plan(revoke('bo.lindgren'));
  assert.equal(one.changes.length, 1);
});

test('does not count emergency, service and unreadable accounts as administrators that are left', async (t) => {
  const members = administeredBy(['astrid.hauge', 'northwind.breakglass', 'lost.record']).members;
  const scenario = administeredBy([], { members, switches: { roleAdministratorsListed: true } });
  const bench = await startManageBench(t, {
    scenario,
    key: 'serviceAccount',
    protect: { breakGlass: ['breakglass@northwind.example'] },
  });
  await assertRefused(bench, revoke('astrid.hauge'), /nobody would be left/);
  await assertRefused(bench, remove('astrid.hauge'), /nobody would be left/);
});

test('counts an administrator by role, unless it is an emergency account known by its address', async (t) => {
  const withRole = (id: string): Scenario => {
    const scenario = administeredBy(['astrid.hauge']);
    const members = scenario.members.map((member) =>
      member.id === id ? { ...member, roles: ['USER_ROLE_GROUP_ADMIN'] } : member,
    );
    return { ...scenario, members };
  };
  const some = await startManageBench(t, { scenario: withRole('elena.marchetti'), key: 'serviceAccount' });
  assert.equal((await some.plan(revoke('astrid.hauge'))).changes.length, 1);
  const none = await startManageBench(t, {
    scenario: withRole('northwind.breakglass'),
    key: 'serviceAccount',
    protect: { breakGlass: ['breakglass@northwind.example'] },
  });
  await assertRefused(none, revoke('astrid.hauge'), /nobody would be left/);
});

test('looks again right before: somebody else revoked the other administrator meanwhile', async (t) => {
  const bench = await startManageBench(t, {
    scenario: administeredBy(['astrid.hauge', 'bo.lindgren']),
    key: 'serviceAccount',
  });
  const plan = await bench.plan(revoke('bo.lindgren'));
  await bench.meanwhile('DELETE', '/groups/G/relationships/administrators/astrid.hauge').catch(() => undefined);
  const [step] = await bench.apply(plan);
  assert.equal(step?.result, 'not_sent');
  assert.match(step?.note ?? '', /nobody would be left/);
  assert.deepEqual([bench.writes(), bench.ledger], [[], []]);
});

const CONCURRENT: readonly {
  readonly target: Target;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}[] = [
  { target: remove('hugo.lacroix'), method: 'DELETE', path: '/groups/G/relationships/users/hugo.lacroix' },
  {
    target: remove('hugo.lacroix'),
    method: 'POST',
    path: '/groups/G/relationships/administrators',
    body: { data: [{ type: 'user', id: 'hugo.lacroix@contractor.example' }] },
  },
  { target: revoke('dmitri.volkov'), method: 'DELETE', path: '/groups/G/relationships/administrators/dmitri.volkov' },
  {
    target: cap('freja.holst'),
    method: 'PATCH',
    path: '/users/freja.holst',
    body: { data: { type: 'user', attributes: { quotas: { api_requests_daily: { allowed: 77 } } } } },
  },
  {
    target: { kind: 'set_auto_join', patterns: [] },
    method: 'PATCH',
    path: '/groups/G',
    body: { data: { type: 'group', attributes: { auto_add_users: ['*@nw-response.example'] } } },
  },
  {
    target: { kind: 'add_member', address: 'wanda.ito@northwind.example' },
    method: 'POST',
    path: '/groups/G/relationships/users',
    body: { data: [{ type: 'user', id: 'wanda.ito@northwind.example' }] },
  },
  {
    target: { kind: 'create_service_account', name: 'twin' },
    method: 'POST',
    path: '/groups/G/relationships/service_accounts',
    body: { data: [{ type: 'service_account', id: 'twin' }] },
  },
];

for (const { target, method, path, body } of CONCURRENT) {
  test(`refuses a plan that no longer fits: ${target.kind} after ${method} ${path}`, async (t) => {
    const bench = await startManageBench(t);
    const plan = await bench.plan(target, cap('gustavo.pinto'));
    assert.equal(plan.changes.length, 2);
    await bench.meanwhile(method, path, body);
    const steps = await bench.apply(plan);
    assert.deepEqual(
      steps.map(({ result }) => result),
      ['not_sent', 'not_sent'],
    );
    assert.match(steps[0]?.note ?? '', /no longer fits/);
    assert.deepEqual([bench.writes(), bench.ledger], [[], []]);
  });
}

test('changes nothing that it may not see', async (t) => {
  const hide = (on: string, names: readonly string[]) =>
    startManageBench(t, { faults: [{ on, fault: { kind: 'hiddenAttributes', names } }] });
  await assertRefused(await hide('GET /users/', ['quotas']), cap('freja.holst'), /may not see the cap/);
  await assertRefused(
    await hide('GET /groups/[^/?]+(\\?|$)', ['auto_add_users']),
    { kind: 'set_auto_join', patterns: [] },
    /may not see who joins/,
  );
  await assertRefused(
    await startManageBench(t, { scenario: { ...ACME, switches: { rolesShown: false } } }),
    revoke('northwind_dfir_soar'),
    /may not see the roles/,
  );
});

test('makes nobody an administrator who is no member, and caps nobody from outside', async (t) => {
  const bench = await startManageBench(t);
  await assertRefused(bench, { kind: 'grant_administrator', address: 'wanda.ito@northwind.example' }, /not a member/);
  await assertRefused(bench, cap('solo.researcher'), /neither a member nor a service account/);
});

test('takes an id exactly as the group has it, though the API may not mind the case of letters', async (t) => {
  const bench = await startManageBench(t);
  await assertRefused(bench, remove('HUGO.lacroix'), /no member with exactly the id/);
  await assertRefused(bench, revoke('Dmitri.Volkov'), /no member with exactly the id/);
  const unreadable = await bench.plan(remove('lost.record'));
  assert.equal(unreadable.changes.length, 1, 'an account that cannot be read can be removed');
});
