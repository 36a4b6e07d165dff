import assert from 'node:assert/strict';
import test from 'node:test';
import type { Collected } from '../../src/collect/collect.ts';
import { COLLECTED_SECTIONS, type CollectedName } from '../../src/model/snapshot.ts';
import { type Fault, isAnsweredFault, isContentFault } from '../../src/simulator/fault.ts';
import { type Bench, startBench } from '../support/collect-from.ts';

/** Requests that only this section makes, and the sections that fall with it. */
const REQUESTS: readonly (readonly [CollectedName, RegExp, readonly CollectedName[]])[] = [
  ['group', /^GET \/groups\/northwind_dfir(?:\?|$)/u, ['consumption', 'accountActivity']],
  ['members', /^GET \/groups\/northwind_dfir\/users\?(?!.*filter=)/u, ['membersWithout2fa']],
  ['membersWithout2fa', /^GET \/groups\/northwind_dfir\/users\?.*filter=2fa_enabled:false/u, []],
  ['membersWithout2fa', /^GET \/groups\/northwind_dfir\/users\?.*filter=2fa_enabled:true/u, []],
  ['administrators', /^GET \/groups\/northwind_dfir\/administrators\?/u, []],
  ['roles', /^GET \/groups\/northwind_dfir\/relationships\/users\?/u, []],
  ['roles', /^GET \/groups\/northwind_dfir\/relationships\/service_accounts\?/u, []],
  ['serviceAccounts', /^GET \/groups\/northwind_dfir\/service_accounts\?/u, []],
  ['groupUsage', /^GET \/groups\/northwind_dfir\/api_usage\?/u, ['peakDays']],
  ['consumption', /users_consuming_quota\/intelligence_retrohunt_jobs_monthly\?/u, []],
  [
    'peakDays',
    /users_consuming_quota\/api_requests_daily\?.*period=2026-11-(?!23)/u,
    ['recentDays', 'accountDays', 'peakAccounts'],
  ],
  ['accountDays', /users_consuming_quota\/api_requests_daily\?.*period=2026-11-16/u, ['peakAccounts']],
  ['accountActivity', /users_consuming_quota\/\w+\?.*period=2026-09/u, []],
];

const ANY_FAULTS: readonly Fault[] = [
  { kind: 'status', status: 400 },
  { kind: 'status', status: 403 },
  { kind: 'status', status: 404 },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503, retryAfter: { seconds: 9, form: 'date' } },
  { kind: 'status', status: 429, code: 'QuotaExceededError' },
  { kind: 'status', status: 429, code: 'TooManyRequestsError' },
  { kind: 'html' },
  { kind: 'redirect', to: 'http://127.0.0.1:9/' },
  { kind: 'reset' },
  { kind: 'cutBody', keep: 0.5, how: 'connection' },
  { kind: 'cutBody', keep: 0.5, how: 'length' },
  { kind: 'noData' },
];

/** Faults of pages that go unnoticed where a page is looked at carelessly. */
const LIST_FAULTS: readonly Fault[] = [
  { kind: 'emptyPage', count: 'kept' },
  { kind: 'shortPage', keep: 1 },
  { kind: 'repeatedCursor' },
];

const LISTS: ReadonlySet<CollectedName> = new Set<CollectedName>([
  'members',
  'membersWithout2fa',
  'administrators',
  'roles',
  'serviceAccounts',
]);

for (const [section, on, dependents] of REQUESTS) {
  const faults = LISTS.has(section) ? [...ANY_FAULTS, ...LIST_FAULTS] : ANY_FAULTS;
  test(`a fault in ${on.source} costs ${section} and nothing else`, async (t) => {
    const asking = await startBench(t);
    const remembering = await startBench(t, { unspoilt: 'once' });
    const clean = await asking.collect();
    assert.deepEqual((await remembering.collect()).snapshot, clean.snapshot);
    for (const fault of faults) {
      // A connection that breaks may take a neighbour's request with it: then all of them are sent.
      const bench = isContentFault(fault) || isAnsweredFault(fault) ? remembering : asking;
      bench.setFaults([{ on, fault }]);
      const spoilt = await bench.collect();
      const name = `${section} with ${JSON.stringify(fault)}`;
      for (const other of COLLECTED_SECTIONS) {
        const lost = other === section || dependents.includes(other);
        if (lost) assertMissing(spoilt, other, name);
        else assert.deepEqual(spoilt.snapshot[other], expectedOf(clean, other, section), `${other}: ${name}`);
      }
      assertSecretFree(bench, spoilt);
    }
  });
}

/** Proofs of rights shrink with the section that carried one; they are never lost altogether. */
function expectedOf(clean: Collected, other: CollectedName, section: CollectedName): unknown {
  const expected = clean.snapshot[other];
  const proofs = { group: 'who joins', groupUsage: "the group's use", members: 'members' } as const;
  if (other !== 'rights' || !(section in proofs) || clean.snapshot.rights?.present !== true) return expected;
  const lost = proofs[section as keyof typeof proofs];
  const { value } = clean.snapshot.rights;
  return { present: true, value: { ...value, proofs: value.proofs.filter((proof) => !proof.includes(lost)) } };
}

function assertMissing(collected: Collected, section: CollectedName, name: string): void {
  const found = collected.snapshot[section];
  assert.equal(found?.present, false, `${section} is present: ${name}`);
  assert.equal(found?.missing.kind, 'not_collected', name);
  assert.match(found?.missing.text ?? '', /was not collected\. .+\.$/u, name);
  const summary = collected.summaries.find((each) => each.name === section);
  assert.deepEqual([summary?.items, summary?.complete], [null, false]);
}

function assertSecretFree({ simulator }: Bench, collected: Collected): void {
  const text = JSON.stringify(collected);
  for (const key of Object.values(simulator.keys)) assert.ok(!text.includes(key));
  assert.doesNotMatch(text, /[0-9a-f]{64}/u);
  assert.doesNotMatch(text, /apikey/iu);
  for (const { path, query } of simulator.requests) assert.doesNotMatch(path + query, /[0-9a-f]{64}|apikey/iu);
}

test('a fault that passes is not noticed', async (t) => {
  const bench = await startBench(t);
  const clean = await bench.collect();
  for (const fault of [{ kind: 'status', status: 503 }, { kind: 'reset' }, { kind: 'status', status: 429 }] as const) {
    bench.simulator.setFaults([{ on: /users/u, times: 2, fault }]);
    assert.deepEqual((await bench.collect()).snapshot, clean.snapshot);
  }
});

test('a hanging answer costs its section after the time-outs', async (t) => {
  const bench = await startBench(t, {
    timeoutSeconds: 0.2,
    faults: [{ on: /\/administrators\?/u, fault: { kind: 'hang' } }],
  });
  const collected = await bench.collect({ sections: ['administrators', 'group'] });
  assert.equal(collected.snapshot.administrators?.present, false);
  assert.equal(collected.snapshot.group?.present, true);
});

test('an answer that grows without end costs its section', async (t) => {
  const bench = await startBench(t, {
    faults: [{ on: /\/administrators\?/u, fault: { kind: 'oversized', bytes: 52 * 1024 * 1024 } }],
  });
  const collected = await bench.collect({ sections: ['administrators'] });
  assertMissing(collected, 'administrators', 'oversized');
});

test('an ignored two-factor filter costs its section, in numbers', async (t) => {
  const bench = await startBench(t, { faults: [{ on: /filter=2fa_enabled/u, fault: { kind: 'ignoredFilter' } }] });
  const { snapshot } = await bench.collect();
  const { membersWithout2fa } = snapshot;
  assert.match(
    membersWithout2fa?.present === false ? membersWithout2fa.missing.text : 'present',
    /of 72 members the API listed 72 without and 72 with it \(72 in both lists/u,
  );
  assert.equal(snapshot.members?.present, true);
});

test('a link to another host costs its section, and no request goes there', async (t) => {
  for (const cursor of ['kept', 'gone'] as const) {
    const bench = await startBench(t, {
      faults: [
        {
          on: /northwind_dfir\/users\?(?!.*filter)/u,
          fault: { kind: 'foreignNext', origin: 'http://127.0.0.1:9', cursor },
        },
      ],
    });
    const { snapshot } = await bench.collect({ sections: ['members'] });
    assert.match(snapshot.members?.present === false ? snapshot.members.missing.text : '', /another place/u);
  }
});

test('lists that are empty without a sign of it are not believed', async (t) => {
  const bench = await startBench(t);
  for (const section of ['members', 'administrators', 'serviceAccounts'] as const) {
    const on = REQUESTS.find(([name]) => name === section)?.[1] ?? /never/u;
    bench.simulator.setFaults([
      { on, fault: { kind: 'emptyPage', count: 'zero' } },
      { on: /relationships\/(?:users|service_accounts)/u, fault: { kind: 'hiddenAttributes', names: ['roles'] } },
    ]);
    const collected = await bench.collect({ sections: [section, 'roles'] });
    assertMissing(collected, section, 'an empty list');
  }
});

test('reads everything once more when somebody joined between two pages', async (t) => {
  const bench = await startBench(t);
  const clean = await bench.collect();
  bench.simulator.setFaults([{ on: /filter=2fa_enabled:true/u, times: 1, fault: { kind: 'shortPage', keep: 39 } }]);
  const again = await bench.collect();
  assert.deepEqual(again.snapshot.membersWithout2fa, clean.snapshot.membersWithout2fa);
  assert.deepEqual(again.snapshot.members, clean.snapshot.members);
});

test('reads any list once more that does not add up, and only once', async (t) => {
  const bench = await startBench(t);
  const clean = await bench.collect();
  const lists = ['members', 'administrators', 'roles', 'serviceAccounts'] as const;
  for (const section of lists) {
    for (const [, on] of REQUESTS.filter(([name]) => name === section)) {
      bench.simulator.setFaults([{ on, times: 1, fault: { kind: 'shortPage', keep: 1 } }]);
      const again = await bench.collect();
      assert.deepEqual(again.snapshot, clean.snapshot, section);
      bench.simulator.setFaults([{ on, fault: { kind: 'shortPage', keep: 1 } }]);
      const before = bench.simulator.requests.length;
      const { summaries } = await bench.collect({ sections: [section] });
      assert.equal(summaries.find(({ name }) => name === section)?.complete, false);
      const asked = bench.simulator.requests.slice(before).filter(({ path, query }) => on.test(`GET ${path}?${query}`));
      assert.equal(asked.length, 2, section);
    }
  }
});

test('a key that is refused leaves nothing, after one request a section in flight', async (t) => {
  const bench = await startBench(t, { faults: [{ on: /./u, fault: { kind: 'status', status: 401 } }] });
  const { snapshot, made } = await bench.collect();
  for (const section of COLLECTED_SECTIONS) {
    const found = snapshot[section];
    assert.equal(found?.present, false, section);
    assert.match(found?.missing.text ?? '', /does not accept the key/u);
  }
  assert.ok(made <= 4, `${made} requests`);
});

test('a budget that is used up leaves the rest missing', async (t) => {
  const bench = await startBench(t);
  const { snapshot, made } = await bench.collect({ budget: 6 });
  assert.equal(made, 6);
  const missing = COLLECTED_SECTIONS.filter((name) => snapshot[name]?.present === false);
  assert.ok(missing.length > 0 && missing.length < COLLECTED_SECTIONS.length);
  for (const name of missing) {
    const found = snapshot[name];
    assert.match(found?.present === false ? found.missing.text : '', /budget of 6 requests|No answer came/u);
  }
});

test('remembers that the quota was refused', async (t) => {
  const bench = await startBench(t, {
    faults: [{ on: /\/administrators\?/u, fault: { kind: 'status', status: 429, code: 'QuotaExceededError' } }],
  });
  const collected = await bench.collect();
  assert.equal(collected.quotaRefused, true);
  assert.equal(collected.snapshot.members?.present, true);
});

test('a collection that is stopped leaves nothing and asks nothing more', async (t) => {
  const controller = new AbortController();
  const bench = await startBench(t, { signal: controller.signal });
  const stopped = new Error('stopped');
  const progress = (done: number): void => {
    if (done === 3) controller.abort(stopped);
  };
  await assert.rejects(bench.collect({ progress }), stopped);
  assert.equal(bench.client.requestsMade, 3);
});
