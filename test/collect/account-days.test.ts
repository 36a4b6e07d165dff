import assert from 'node:assert/strict';
import test from 'node:test';
import { planAccountReading } from '../../src/collect/account-days.ts';
import { selectPeakAccounts } from '../../src/collect/peak-accounts.ts';
import { addDays, type Day, eachDay } from '../../src/model/instant.ts';
import type { AccountDay } from '../../src/model/snapshot.ts';
import type { Fault } from '../../src/simulator/fault.ts';
import { loadScenario, type Scenario } from '../../src/simulator/scenario.ts';
import { startBench } from '../support/collect-from.ts';
import { generateWorld } from '../support/generate-world.ts';

const AT = new Date('2026-11-23T08:00:00.000Z');
const DAY_LISTS = /users_consuming_quota\/api_requests_daily\?/u;

/** A day that was read long enough after its end. */
function read(day: Day, used: AccountDay['used'] = { siem: 100 }, over: Partial<AccountDay> = {}): AccountDay {
  return { day, readOn: addDays(day, 2), complete: true, used, ...over };
}

const daysOf = (known: readonly AccountDay[], requests?: number) =>
  planAccountReading(known, AT, requests === undefined ? {} : { requests }).days;

test('a first run reads the last ten days, newest first', () => {
  assert.deepEqual(daysOf([]), eachDay('2026-11-13', '2026-11-22').toReversed());
});

test('a later run reads what is new and, of what is old, what makes ten', () => {
  const lastWeek = eachDay('2026-11-06', '2026-11-15').map((day) => read(day));
  assert.deepEqual(daysOf(lastWeek), [
    ...eachDay('2026-11-16', '2026-11-22').toReversed(),
    ...eachDay('2026-11-03', '2026-11-05').toReversed(),
  ]);
});

test('once sixty days are known, a daily run reads yesterday, and once more what was yesterday then', () => {
  const known = eachDay('2026-09-24', '2026-11-20').map((day) => read(day));
  const soon = read('2026-11-21', {}, { readOn: '2026-11-22' });
  assert.deepEqual(daysOf([...known, soon]), ['2026-11-22', '2026-11-21']);
  const today = [soon, read('2026-11-22')].map((one) => ({ ...one, readOn: '2026-11-23' }));
  assert.deepEqual(daysOf([...known, ...today]), [], 'a second run on the same day asks for nothing');
});

test('never asks for days before the two last months, of which the API tells nothing', () => {
  const reading = planAccountReading(
    eachDay('2026-01-05', '2026-02-28').map((day) => read(day)),
    new Date('2026-03-01T08:00:00.000Z'),
  );
  assert.deepEqual(reading.days, eachDay('2026-01-01', '2026-01-04').toReversed());
});

test('reads as much as there are requests for, the days first', () => {
  const asked = (requests: number) => {
    const { days, accounts } = planAccountReading([], AT, { requests });
    return [days.length, accounts];
  };
  assert.deepEqual([-4, 0, 1, 10, 12, 13, 500].map(asked), [
    [0, 0],
    [0, 0],
    [1, 0],
    [10, 0],
    [10, 2],
    [10, 3],
    [10, 3],
  ]);
});

test('reads who used the API on single days, and shares the lists that others read', async (t) => {
  const bench = await startBench(t);
  const { snapshot, planned, made } = await bench.collect({
    sections: ['accountDays', 'peakDays', 'recentDays', 'groupUsage'],
  });
  const days = snapshot.accountDays?.present === true ? snapshot.accountDays.value : [];
  assert.deepEqual(
    days.map(({ day, readOn, complete }) => [day, readOn, complete]),
    eachDay('2026-11-13', '2026-11-22').map((day) => [day, '2026-11-23', true]),
  );
  const asked = bench.simulator.requests.map(({ path, query }) => `${path}?${query}`);
  assert.equal(new Set(asked).size, asked.length);
  assert.ok(made <= planned, `${made} of ${planned}`);
  const usage = snapshot.groupUsage?.present === true ? snapshot.groupUsage.value : [];
  for (const { day, used } of days) {
    const calls = Object.values(usage.find((one) => one.day === day)?.calls ?? {}).reduce((sum, n) => sum + n, 0);
    assert.equal(
      Object.values(used).reduce((sum, n) => sum + n, 0),
      calls,
      day,
    );
  }
});

test('reads one page of a day on which more accounts used the API, and says that it is not all', async (t) => {
  const bench = await startBench(t, { scenario: generateWorld({ members: 900, seed: 'long' }) });
  const { snapshot, made } = await bench.collect({ sections: ['accountDays'] });
  const days = snapshot.accountDays?.present === true ? snapshot.accountDays.value : [];
  assert.ok(days.every(({ complete, used }) => !complete && Object.keys(used).length === 40));
  assert.equal(made, 10 + 2, 'the days, the rights, and whose key it is');
});

test('says that it was not collected when any of its days could not be read', async (t) => {
  const faults: readonly Fault[] = [
    { kind: 'status', status: 500 },
    { kind: 'noData' },
    { kind: 'emptyPage', count: 'zero' },
  ];
  const bench = await startBench(t);
  for (const fault of faults) {
    bench.simulator.setFaults([{ on: /api_requests_daily\?.*period=2026-11-20/u, fault }]);
    const { snapshot } = await bench.collect({ sections: ['accountDays', 'peakAccounts', 'groupUsage'] });
    assert.equal(snapshot.accountDays?.present, false, JSON.stringify(fault));
    assert.equal(snapshot.peakAccounts?.present, fault.kind === 'emptyPage');
  }
});

/** The quiet group in which one account downloads for a day. */
function downloading(account: string, calls: number): Scenario {
  const quiet = loadScenario('quiet');
  const spikes = [{ daysAgo: 3, account, endpoint: 'file_download', calls }];
  return { ...quiet, usage: { ...quiet.usage, spikes } };
}

test('asks the account that stands out what it called, with one request', async (t) => {
  const bench = await startBench(t, { scenario: downloading('pia_hb', 400) });
  const { snapshot, made } = await bench.collect({ sections: ['peakAccounts'] });
  const [account, ...others] = snapshot.peakAccounts?.present === true ? snapshot.peakAccounts.value : [];
  // Days, the account, the group's own use that the days are held against (and that proves the rights), the identity.
  assert.deepEqual([account?.id, others.length, made], ['pia_hb', 0, 10 + 1 + 2 + 1]);
  assert.deepEqual(
    account?.days.map(({ day }) => day),
    eachDay('2026-10-24', '2026-11-22'),
  );
  assert.equal(account?.days.find(({ day }) => day === '2026-11-20')?.calls['file_download'], 400);
});

test('an account that the API does not show is left out, a fault is not', async (t) => {
  const bench = await startBench(t, { scenario: downloading('pia_hb', 400) });
  const collectWith = async (status: number) => {
    bench.simulator.setFaults([{ on: /users\/pia_hb\/api_usage/u, fault: { kind: 'status', status } }]);
    return (await bench.collect({ sections: ['peakAccounts'] })).snapshot;
  };
  for (const status of [403, 404])
    assert.deepEqual((await collectWith(status)).peakAccounts, { present: true, value: [] });
  const { peakAccounts, accountDays } = await collectWith(500);
  assert.deepEqual([peakAccounts?.present, accountDays?.present], [false, true]);
});

test('asks for no list of a day when there is no request left for one', async (t) => {
  const bench = await startBench(t);
  const { snapshot } = await bench.collect({
    sections: ['accountDays', 'peakAccounts'],
    accountReading: planAccountReading([], AT, { requests: 0 }),
  });
  assert.deepEqual(
    [snapshot.accountDays, snapshot.peakAccounts],
    [
      { present: true, value: [] },
      { present: true, value: [] },
    ],
  );
  assert.ok(bench.simulator.requests.every(({ path, query }) => !DAY_LISTS.test(`${path}?${query}`)));
});

test('looks at the accounts that stand out most above their own middle day', () => {
  const days = eachDay('2026-10-14', '2026-11-22').map((day, index) =>
    read(day, {
      steady: 1000 + (index % 5),
      small: 4,
      ...(day === '2026-11-10' ? { small: 60, steady: 4000 } : {}),
      ...(day === '2026-11-12' ? { other: 1000 } : {}),
      ...(day === '2026-10-20' ? { old: 5000 } : {}),
    }),
  );
  const range = { from: '2026-10-24', to: '2026-11-22' };
  assert.deepEqual(selectPeakAccounts(days, range), ['other', 'steady', 'small']);
});

test('an account outside a list that was cut short can have used what the last one named did', () => {
  const days = eachDay('2026-11-01', '2026-11-22').map((day, index) =>
    read(day, index % 2 === 0 ? { a: 400, b: 150 } : { a: 400, c: 150 }, { complete: false }),
  );
  const range = { from: '2026-11-01', to: '2026-11-22' };
  assert.deepEqual(
    selectPeakAccounts([...days, read('2026-11-22', { b: 449, c: 1 }, { readOn: '2026-11-25' })], range),
    [],
  );
  assert.deepEqual(
    selectPeakAccounts([...days, read('2026-11-22', { b: 450, c: 1 }, { readOn: '2026-11-25' })], range),
    ['b'],
  );
});
