import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountDay } from '../../src/model/snapshot.ts';
import type { Store } from '../../src/store/store.ts';
import { buildCommit, temporaryStore } from '../support/store-builder.ts';

const GROUP = 'harbor_soc';

function commit(store: Store, id: string, accountDays: readonly AccountDay[], group = GROUP): void {
  const basedOn = store.lastRun(group)?.run.id ?? null;
  assert.deepEqual(store.commitRun(buildCommit(id, { basedOn, accountDays, runOver: { group } })), { committed: true });
}

const day = (readOn: string, used: AccountDay['used'], over: Partial<AccountDay> = {}): AccountDay => ({
  day: '2026-11-20',
  readOn,
  complete: true,
  used,
  ...over,
});

test('keeps who used the API on each day of each group, as it was read last', (t) => {
  const { store } = temporaryStore(t);
  const earlier = day('2026-11-21', { amy: 4 }, { day: '2026-11-19', complete: false });
  commit(store, 'one', [day('2026-11-22', { amy: 9, ['__proto__']: 3 }), earlier]);
  commit(store, 'two', [day('2026-11-21', { amy: 7 })]);
  commit(store, 'other', [day('2026-11-23', { zoe: 1 })], 'quay_soc');
  assert.deepEqual(store.accountDays(GROUP), [earlier, day('2026-11-22', { amy: 9, ['__proto__']: 3 })]);
  commit(store, 'three', [day('2026-11-23', { amy: 10 })]);
  assert.deepEqual(store.accountDays(GROUP), [earlier, day('2026-11-23', { amy: 10 })]);
  assert.deepEqual(store.accountDays('nobody'), []);
});

test('deletes them with the sections, because they name people', (t) => {
  const { store } = temporaryStore(t);
  commit(
    store,
    'one',
    ['2026-05-26', '2026-05-27', '2026-11-20'].map((name) => day('2026-11-22', { amy: 1 }, { day: name })),
  );
  store.prune({ at: new Date('2026-11-23T07:00:00.000Z'), keepDays: { snapshots: 180, messages: 90 } });
  assert.deepEqual(
    store.accountDays(GROUP).map((kept) => kept.day),
    ['2026-05-27', '2026-11-20'],
  );
});
