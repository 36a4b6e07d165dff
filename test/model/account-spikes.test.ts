import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountsInput, judgeAccounts } from '../../src/model/account-spikes.ts';
import { addDays, eachDay, weekdayOf } from '../../src/model/instant.ts';

const TO = '2026-10-31';
const DAYS = eachDay(addDays(TO, -59), TO);

/** Sixty days on which some accounts call so often, from a day on. */
function inputOf(accounts: Readonly<Record<string, (index: number) => number>>): AccountsInput {
  const days = DAYS.map((day, index) => ({
    day,
    readOn: addDays(day, 2),
    complete: true,
    used: Object.fromEntries(
      Object.entries(accounts)
        .map(([id, callsOn]) => [id, callsOn(index)] as const)
        .filter(([, calls]) => calls > 0),
    ),
  }));
  const group = DAYS.map((day) => ({ day, weekday: weekdayOf(day), calls: 1_000 }));
  return {
    from: DAYS[0] ?? TO,
    to: TO,
    days,
    own: [],
    group,
    judgedFrom: addDays(TO, -29),
    times: 4,
    minimumCalls: 100,
  };
}

test('counts every account that is known for long enough, whether or not its days are worth a look', () => {
  const { judged, spikes, tooNew } = judgeAccounts(
    inputOf({
      quiet: () => 3,
      busy: () => 150,
      late: (index) => (index >= 33 ? 3 : 0),
      soon: (index) => (index >= 32 ? 3 : 0),
    }),
  );
  assert.deepEqual({ judged, spikes, tooNew }, { judged: 3, spikes: [], tooNew: [] });
});

test('finds the odd day of an account that is quiet otherwise, and tells of a new one only that it is new', () => {
  const { judged, spikes, tooNew } = judgeAccounts(
    inputOf({ odd: (index) => (index === 55 ? 900 : 5), fresh: (index) => (index >= 50 ? 400 : 0) }),
  );
  assert.equal(judged, 1);
  assert.deepEqual(
    spikes.map(({ id, day, calls }) => ({ id, day, calls })),
    [{ id: 'odd', day: DAYS[55], calls: 900 }],
  );
  assert.deepEqual(tooNew, [{ id: 'fresh', since: DAYS[50] }]);
});

test('looks at an account whose own figures are known, however little the lists show of it', () => {
  const own = [{ id: 'asked', days: [{ day: DAYS[57] ?? TO, calls: { files: 800 }, freeCalls: {} }] }];
  const input = inputOf({ asked: (index) => (index % 2 === 0 ? 20 : 21) });
  const days = input.days.map((one) => (one.day === DAYS[57] ? { ...one, complete: false, used: { other: 15 } } : one));
  const { spikes } = judgeAccounts({ ...input, days, own });
  assert.deepEqual(
    spikes.map(({ id, day, calls }) => ({ id, day, calls })),
    [{ id: 'asked', day: DAYS[57], calls: 800 }],
  );
});
