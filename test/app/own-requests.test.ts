import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noteRequests } from '../../src/app/own-requests.ts';
import { startBench } from '../support/collect-from.ts';
import { temporaryStore } from '../support/store-builder.ts';

test('every request is counted by day, too many while it runs and exactly when it is closed', async (t) => {
  const { store } = temporaryStore(t);
  const { client, clock, simulator } = await startBench(t);
  const group = 'northwind_dfir';
  const noted = noteRequests(client, { group, store, clock });
  const within = noted.limitedTo({ maxRequests: 50 });
  for (let count = 0; count < 21; count += 1) await within.group();
  assert.equal(store.ownRequests(group)['2026-11-23'], 40, 'a program that is killed now has counted too many');
  assert.deepEqual([noted.requestsMade, within.requestsMade, simulator.requests.length], [21, 21, 21]);
  noted.close();
  assert.deepEqual(store.ownRequests(group), { '2026-11-23': 21 });
});
