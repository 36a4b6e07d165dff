import assert from 'node:assert/strict';
import test from 'node:test';
import { startBench } from '../support/collect-from.ts';

test('groups that are collected at the same time share no key, no wait, no refusal and no result', async (t) => {
  const alone = [await startBench(t, { scenario: 'acme' }), await startBench(t, { scenario: 'quiet' })];
  const expected = [];
  for (const bench of alone) expected.push((await bench.collect()).snapshot);

  const acme = await startBench(t, { scenario: 'acme' });
  const quiet = await startBench(t, { scenario: 'quiet' });
  const both = await Promise.all([acme.collect(), quiet.collect()]);
  assert.deepEqual(
    both.map(({ snapshot }) => snapshot),
    expected,
  );
  for (const { simulator } of [acme, quiet]) {
    assert.ok(simulator.requests.every(({ whichKey }) => whichKey === 'administrator'));
    assert.ok(simulator.requests.every(({ path }) => path.includes(simulator.groupId) || path.startsWith('/users/')));
  }
});

test("one group's refusals neither slow nor spoil another", async (t) => {
  const refused = await startBench(t, {
    scenario: 'acme',
    faults: [{ on: /./u, fault: { kind: 'status', status: 429, code: 'QuotaExceededError' } }],
  });
  const quiet = await startBench(t, { scenario: 'quiet' });
  const [lost, whole] = await Promise.all([refused.collect(), quiet.collect()]);
  assert.equal(lost.quotaRefused, true);
  assert.ok(lost.summaries.every(({ complete }) => !complete));
  assert.equal(whole.quotaRefused, false);
  assert.ok(whole.summaries.every(({ complete }) => complete));
  assert.deepEqual(quiet.clock.sleeps, []);
});
