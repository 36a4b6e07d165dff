import assert from 'node:assert/strict';
import test from 'node:test';
import { COLLECTED_SECTIONS, type CollectedName } from '../../src/model/snapshot.ts';
import type { Fault } from '../../src/simulator/fault.ts';
import { loadScenario } from '../../src/simulator/scenario.ts';
import { startBench } from '../support/collect-from.ts';

const LOG = /activity_log_entries/u;
const OWN = /users\/astrid\.hauge\/api_usage/u;

const only = (...sections: readonly CollectedName[]) => ({ sections });

test('reads who used the API, searched or downloaded in three months, to the last account', async (t) => {
  const bench = await startBench(t);
  const { snapshot } = await bench.collect(only('accountActivity'));
  const uses = snapshot.accountActivity?.present === true ? snapshot.accountActivity.value : [];
  assert.deepEqual(
    uses.map(({ quota, month }) => `${quota} ${month}`),
    ['api_requests_monthly', 'intelligence_searches_monthly', 'intelligence_downloads_monthly'].flatMap((quota) =>
      ['2026-09', '2026-10', '2026-11'].map((month) => `${quota} ${month}`),
    ),
  );
  assert.ok(
    uses.every(({ readOn, used }) => readOn === '2026-11-23' && Object.values(used).every((count) => count > 0)),
  );
  assert.ok((uses[2]?.used['api.only'] ?? 0) > 0, 'somebody who uses the API but never signs in');
  assert.ok(
    uses.every(({ used }) => !Object.hasOwn(used, 'dormant.one')),
    'somebody who does neither',
  );
});

test('reads the newest entries of the log, with who did what to whom', async (t) => {
  const bench = await startBench(t);
  const { snapshot, made } = await bench.collect(only('activityLog'));
  const log = snapshot.activityLog?.present === true ? snapshot.activityLog.value : null;
  assert.equal(log?.available, true);
  assert.deepEqual(
    log.entries.map(({ action, affected, actor }) => [action, affected, actor]),
    [
      ['Add service account to group', 'northwind_dfir_labtest', 'dmitri.volkov'],
      ['Add admin to group', 'dmitri.volkov', 'bo.lindgren'],
      ['Remove user from group', 'former.colleague', 'carmen.reyes'],
    ],
  );
  assert.equal(log.since, '2026-10-09T00:00:00.000Z');
  assert.ok(made <= 3, 'the log and the rights');
});

test('a log that the licence does not show is no fault, one that cannot be read is', async (t) => {
  const bench = await startBench(t);
  for (const status of [400, 403, 404]) {
    bench.simulator.setFaults([{ on: LOG, fault: { kind: 'status', status } }]);
    const { snapshot } = await bench.collect(only('activityLog'));
    assert.ok(snapshot.activityLog?.present === true && !snapshot.activityLog.value.available, `${status}`);
  }
  const faults: readonly Fault[] = [{ kind: 'status', status: 500 }, { kind: 'html' }, { kind: 'noData' }];
  for (const fault of faults) {
    bench.simulator.setFaults([{ on: LOG, fault }]);
    const { snapshot } = await bench.collect(only('activityLog'));
    assert.ok(snapshot.activityLog?.present === false && snapshot.activityLog.missing.kind === 'not_collected');
  }
});

test('reads the use of the key that it is said to have, in one request', async (t) => {
  const bench = await startBench(t);
  const { snapshot, summaries } = await bench.collect(only('identityUsage'));
  const usage = snapshot.identityUsage?.present === true ? snapshot.identityUsage.value : [];
  assert.deepEqual([usage.length, usage[0]?.day, usage.at(-1)?.day], [30, '2026-10-25', '2026-11-23']);
  assert.equal(summaries.find(({ name }) => name === 'identityUsage')?.requests, 1);
});

test('an identity that is not configured or not known is no fault, an answer that does not come is', async (t) => {
  const bench = await startBench(t);
  const kindOf = async (identity: string | null) => {
    const { snapshot } = await bench.collect({ ...only('identityUsage'), identity });
    return snapshot.identityUsage?.present === false ? snapshot.identityUsage.missing.kind : 'present';
  };
  assert.equal(await kindOf(null), 'not_configured');
  assert.equal(await kindOf('nobody.at.all'), 'not_on_record');
  bench.simulator.setFaults([{ on: OWN, fault: { kind: 'status', status: 500 } }]);
  assert.equal(await kindOf('astrid.hauge'), 'not_collected');
});

test('reads whose pool each quota is drawn from, in one request', async (t) => {
  const acme = loadScenario('acme');
  const elsewhere = { allowed: 500, used: 12, inheritedFrom: 'northwind_parent' };
  const quotas = { ...acme.group.quotas, intelligence_searches_monthly: elsewhere };
  const bench = await startBench(t, { scenario: { ...acme, group: { ...acme.group, quotas } } });
  const { snapshot, summaries } = await bench.collect(only('quotaPools'));
  const pools = snapshot.quotaPools?.present === true ? snapshot.quotaPools.value : {};
  assert.equal(pools['api_requests_daily'], 'northwind_dfir');
  assert.equal(pools['intelligence_searches_monthly'], 'northwind_parent');
  assert.equal(summaries.find(({ name }) => name === 'quotaPools')?.requests, 1);
});

test('whose pools they are is not on record for an identity that there is not', async (t) => {
  const bench = await startBench(t);
  const { snapshot } = await bench.collect({ ...only('quotaPools'), identity: 'nobody.at.all' });
  assert.ok(snapshot.quotaPools?.present === false && snapshot.quotaPools.missing.kind === 'not_on_record');
});

test('reads the last five finished days to the last account', async (t) => {
  const bench = await startBench(t);
  const { snapshot } = await bench.collect(only('recentDays'));
  const days = snapshot.recentDays?.present === true ? snapshot.recentDays.value : [];
  assert.deepEqual(
    days.map(({ period, complete }) => [period, complete]),
    ['18', '19', '20', '21', '22'].map((day) => [`2026-11-${day}`, true]),
  );
});

test('all default sections cost at most 12 requests and three listings of the members, beside the pages of consumers', async (t) => {
  for (const scenario of ['acme', 'quiet', 'strange']) {
    const bench = await startBench(t, { scenario });
    const { snapshot } = await bench.collect({ sections: COLLECTED_SECTIONS.filter((name) => name !== 'recentDays') });
    const members = snapshot.members?.present === true ? snapshot.members.value.length : 0;
    const others = bench.simulator.requests.filter(({ path }) => !path.includes('users_consuming_quota')).length;
    assert.ok(others <= 12 + 3 * Math.ceil(members / 40), `${scenario}: ${others} for ${members} members`);
  }
});
