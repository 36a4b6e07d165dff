import assert from 'node:assert/strict';
import test from 'node:test';
import type { CollectedName } from '../../src/model/snapshot.ts';
import { startBench } from '../support/collect-from.ts';

const CALLERS = /users_consuming_quota\/api_requests_/u;
const OLDER_USAGE = /^GET \/groups\/northwind_dfir\/api_usage\?.*start_date=20260925/u;
const NEWER_USAGE = /^GET \/groups\/northwind_dfir\/api_usage\?.*start_date=20261025/u;

const SECTIONS: readonly CollectedName[] = ['group', 'groupUsage', 'accountActivity', 'recentDays', 'consumption'];

test('does not believe that nobody used what the group itself is said to have used', async (t) => {
  const bench = await startBench(t, { faults: [{ on: CALLERS, fault: { kind: 'emptyPage', count: 'zero' } }] });
  const { snapshot } = await bench.collect({ sections: SECTIONS });
  assert.equal(snapshot.groupUsage?.present, true);
  for (const name of ['accountActivity', 'recentDays', 'consumption'] as const) {
    const section = snapshot[name];
    assert.ok(section?.present === false, name);
    assert.equal(section.missing.kind, 'not_collected');
    assert.match(
      section.missing.text,
      /contradicted itself: in 2026-\d\d(?:-\d\d)? the group used the API, and nobody is listed/,
    );
  }
});

test('asks for the use of the group where a list is empty, although no rule wants it', async (t) => {
  const faults = [{ on: CALLERS, fault: { kind: 'emptyPage', count: 'zero' } }] as const;
  for (const name of ['accountActivity', 'recentDays', 'consumption'] as const) {
    const bench = await startBench(t, { faults });
    const { snapshot } = await bench.collect({ sections: [name] });
    const section = snapshot[name];
    assert.ok(section?.present === false, name);
    assert.match(section.missing.text, /contradicted itself/u);
    assert.equal(snapshot.groupUsage, undefined);
  }
  const bench = await startBench(t);
  await bench.collect({ sections: ['accountActivity', 'recentDays', 'consumption'] });
  assert.ok(!bench.simulator.requests.some(({ path }) => path === '/groups/northwind_dfir/api_usage'));
});

test('judges the use of thirty days where the API refuses to tell of earlier ones', async (t) => {
  const bench = await startBench(t, { faults: [{ on: OLDER_USAGE, fault: { kind: 'status', status: 400 } }] });
  const { snapshot, summaries } = await bench.collect({ sections: SECTIONS });
  assert.ok(snapshot.groupUsage?.present === true);
  const days = snapshot.groupUsage.value.map(({ day }) => day);
  assert.deepEqual([days.length, days[0], days.at(-1)], [30, '2026-10-25', '2026-11-23']);
  assert.equal(summaries.find(({ name }) => name === 'groupUsage')?.items, 30);
  assert.equal(snapshot.accountActivity?.present, true);
});

test('takes no other failure for a short memory', async (t) => {
  const bench = await startBench(t);
  for (const [on, status] of [
    [OLDER_USAGE, 403],
    [OLDER_USAGE, 404],
    [OLDER_USAGE, 500],
    [NEWER_USAGE, 400],
  ] as const) {
    bench.simulator.setFaults([{ on, fault: { kind: 'status', status } }]);
    const { snapshot } = await bench.collect({ sections: ['groupUsage'] });
    assert.equal(snapshot.groupUsage?.present, false, String(status));
  }
});
