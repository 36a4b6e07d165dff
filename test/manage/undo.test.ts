import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planUndo } from '../../src/manage/undo.ts';
import type { Target } from '../../src/model/change.ts';
import { type ManageBench, startManageBench } from '../support/manage-bench.ts';

async function make(bench: ManageBench, target: Target): Promise<void> {
  const [step] = await bench.apply(await bench.plan(target));
  assert.ok(step?.result === 'done' || step?.result === 'accepted', step?.note ?? 'nothing to do');
}

async function inverse(bench: ManageBench): Promise<Target> {
  const record = bench.ledger.at(-1);
  if (record === undefined) throw new Error('nothing was recorded');
  return planUndo(record, { group: bench.simulator.groupId, reads: bench.client.reads });
}

const PAIRS: readonly (readonly [Target, Target])[] = [
  [
    { kind: 'add_member', address: 'wanda.ito@northwind.example' },
    { kind: 'remove_member', id: 'waiting.room' },
  ],
  [
    { kind: 'remove_member', id: 'hugo.lacroix' },
    { kind: 'add_member', address: 'hugo.lacroix@contractor.example' },
  ],
  [
    { kind: 'grant_administrator', address: 'freja.holst@northwind.example' },
    { kind: 'revoke_administrator', id: 'freja.holst' },
  ],
  [
    { kind: 'revoke_administrator', id: 'dmitri.volkov' },
    { kind: 'grant_administrator', address: 'dmitri.volkov@nw-response.example' },
  ],
  [
    { kind: 'revoke_administrator', id: 'northwind_dfir_auditor' },
    { kind: 'set_service_account_roles', id: 'northwind_dfir_auditor', roles: ['USER_ROLE_GROUP_ADMIN'] },
  ],
  [
    { kind: 'cap_account', id: 'capped.intern', daily: 5 },
    { kind: 'cap_account', id: 'capped.intern', daily: 200 },
  ],
  [
    { kind: 'cap_account', id: 'freja.holst', daily: 5 },
    { kind: 'cap_account', id: 'freja.holst', daily: null },
  ],
  [
    { kind: 'set_auto_join', patterns: [] },
    {
      kind: 'set_auto_join',
      patterns: ['*@gmail.com', '*@northwind.example', 'carmen.reyes@nw-response.example'],
    },
  ],
];

for (const [target, back] of PAIRS) {
  test(`${target.kind} is undone by ${back.kind}, and both come to nothing`, async (t) => {
    const bench = await startManageBench(t);
    await make(bench, target);
    assert.deepEqual(await inverse(bench), back);
    await make(bench, back);
    const again = await bench.plan(target);
    assert.equal(again.changes.length, 1, 'it can be made once more');
  });
}

test('says what the API cannot take back', async (t) => {
  const bench = await startManageBench(t);
  await make(bench, { kind: 'create_service_account', name: 'twin' });
  await assert.rejects(inverse(bench), /cannot delete a service account/);
  await make(bench, { kind: 'add_member', address: 'new.one@northwind.example' });
  await assert.rejects(inverse(bench), /not in force/);
  await make(bench, { kind: 'remove_member', id: 'ghost.account' });
  await assert.rejects(inverse(bench), /address of the account was not visible/);
});

test('does not undo what somebody changed since', async (t) => {
  const bench = await startManageBench(t);
  await make(bench, { kind: 'cap_account', id: 'freja.holst', daily: 5 });
  await bench.meanwhile('PATCH', '/users/freja.holst', {
    data: { type: 'user', attributes: { quotas: { api_requests_daily: { allowed: 7 } } } },
  });
  await assert.rejects(inverse(bench), /not in force/);
});
