import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inPool } from '../../src/evaluate/pool.ts';

test('works on so many at a time and keeps their order', async () => {
  let running = 0;
  let most = 0;
  const results = await inPool([5, 1, 3, 2, 4], 2, async (turns) => {
    running += 1;
    most = Math.max(most, running);
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    running -= 1;
    return turns * 10;
  });
  assert.deepEqual([results, most, running], [[50, 10, 30, 20, 40], 2, 0]);
  assert.deepEqual(await inPool([], 4, async () => 1), []);
});

test('begins nothing more once a piece of work has failed', async () => {
  const begun: number[] = [];
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    await Promise.resolve();
    if (item === 1) throw new Error('enough');
  };
  await assert.rejects(inPool([1, 2, 3, 4, 5, 6], 2, work), /enough/);
  assert.ok(begun.length <= 3, String(begun));
});
