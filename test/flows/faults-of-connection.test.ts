import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ALL_LISTS, assertHonest, auditFaulty, single } from '../support/flow-faults.ts';

it('tries again for seconds where connections break, not for ever, and then judges what it saw', async (t) => {
  const cases = [
    ...single('reset', ALL_LISTS, { kind: 'reset' }),
    ...single('a body cut in the middle', ALL_LISTS, { kind: 'cutBody' }),
  ];
  const faulted = await auditFaulty(t, cases);
  assert.equal(faulted.ended.code, 3);
  for (const each of cases) assertHonest(each, faulted.reportOf(each.name), faulted);
});
