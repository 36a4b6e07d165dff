import assert from 'node:assert/strict';
import test from 'node:test';
import { toMembers } from '../../src/collect/accounts.ts';
import { type LastSeen, sizesOf } from '../../src/collect/request-plan.ts';
import { known, unknown } from '../../src/model/fact.ts';
import { COLLECTED_SECTIONS, type CollectedName, type Snapshot } from '../../src/model/snapshot.ts';
import { type KeyName, loadScenario } from '../../src/simulator/scenario.ts';
import { wireAccount } from '../../src/virustotal/wire/account.ts';
import { startBench } from '../support/collect-from.ts';
import { generateWorld } from '../support/generate-world.ts';

const ACME = loadScenario('acme');

test('collects exactly who is in the group and who lacks a second factor', async (t) => {
  for (const name of ['acme', 'quiet', 'strange']) {
    const scenario = loadScenario(name);
    const bench = await startBench(t, { scenario });
    const { snapshot } = await bench.collect();
    const { members, membersWithout2fa, administrators, serviceAccounts } = snapshot;
    // Where service accounts are listed among the users they are kept: whose they are is for the rules to say.
    const others = new Set(scenario.serviceAccounts.map(({ id }) => id));
    const isPerson = (id: string): boolean => !others.has(id);
    assert.deepEqual(
      members?.present === true && members.value.map(({ id }) => id).filter(isPerson),
      scenario.members.map(({ id }) => id).sort(),
      name,
    );
    assert.deepEqual(
      membersWithout2fa?.present === true && membersWithout2fa.value.filter(isPerson),
      scenario.members
        .filter(({ has2fa }) => !has2fa)
        .map(({ id }) => id)
        .sort(),
      name,
    );
    assert.deepEqual(
      administrators?.present === true && administrators.value.map(({ id }) => id),
      scenario.members
        .filter(({ administrator }) => administrator === true)
        .map(({ id }) => id)
        .sort(),
      name,
    );
    assert.deepEqual(
      serviceAccounts?.present === true && serviceAccounts.value.map(({ id }) => id),
      scenario.serviceAccounts.map(({ id }) => id).sort(),
      name,
    );
  }
});

test('does not take a broken member for one without facts', async (t) => {
  const bench = await startBench(t, {
    faults: [{ on: /northwind_dfir\/users\?(?!.*filter)/u, fault: { kind: 'brokenMember', index: 3 } }],
  });
  const { snapshot } = await bench.collect();
  const broken = snapshot.members?.present === true ? snapshot.members.value.filter((member) => member.broken) : [];
  assert.ok(broken.length >= 2);
  for (const member of broken) {
    assert.deepEqual(member.email, unknown('not_on_record'));
    assert.deepEqual(member.lastLoginAt, unknown('not_on_record'));
    assert.deepEqual(member.quotas, unknown('not_on_record'));
  }
  assert.equal(snapshot.membersWithout2fa?.present, true);
});

test('an element that failed for any other reason than having no record was not collected', () => {
  for (const error of [{ code: 'TransientError', message: 'try again' }, { message: 'no code' }, 'a word', 7]) {
    const account = wireAccount.parse({ type: 'user', id: 'lost', error });
    assert.deepEqual(toMembers([account], true)[0]?.email, unknown('not_collected'));
  }
  const bare = wireAccount.parse({ type: 'user', id: 'lost' });
  assert.deepEqual(toMembers([bare], true)[0]?.lastLoginAt, unknown('not_collected'));
});

test('an absent address is unknown, an absent sign-in is none on record, to a key whose rights are proven', async (t) => {
  const bench = await startBench(t);
  const { snapshot } = await bench.collect();
  const { rights, members } = snapshot;
  assert.equal(rights?.present === true && rights.value.proven, true);
  const never = ACME.members.find((member) => member.lastLoginDaysAgo === undefined && member.broken !== true);
  const found = members?.present === true ? members.value.find(({ id }) => id === never?.id) : undefined;
  assert.deepEqual(found?.lastLoginAt, known(null));
  const nameless = ACME.members.find((member) => member.email === undefined && member.broken !== true);
  const seen = members?.present === true ? members.value.find(({ id }) => id === nameless?.id) : undefined;
  assert.deepEqual(seen?.email, nameless === undefined ? undefined : unknown('not_on_record'));
});

test('believes nothing that only administrators see without a proof, though identity names an administrator', async (t) => {
  for (const key of ['member', 'outsider'] as const satisfies readonly KeyName[]) {
    const bench = await startBench(t, { key });
    const { snapshot } = await bench.collect({ identity: ACME.keyHolders.administrator });
    const { rights, members, serviceAccounts, group, membersWithout2fa } = snapshot;
    if (rights?.present === true) assert.deepEqual([rights.value.proven, rights.value.proofs], [false, []]);
    for (const member of members?.present === true ? members.value : []) {
      const why = member.broken ? 'not_on_record' : 'not_visible';
      assert.deepEqual([member.email, member.lastLoginAt, member.quotas], Array(3).fill(unknown(why)));
    }
    for (const account of serviceAccounts?.present === true ? serviceAccounts.value : []) {
      assert.deepEqual([account.email, account.quotas], Array(2).fill(unknown('not_visible')));
    }
    if (group?.present === true) assert.deepEqual(group.value.autoAddUsers, unknown('not_visible'));
    assert.equal(membersWithout2fa?.present, false);
  }
});

test('says what the claimed identity is, and that it proves nothing', async (t) => {
  const bench = await startBench(t, { key: 'member' });
  const { snapshot } = await bench.collect({ sections: ['members', 'administrators'] });
  assert.deepEqual(snapshot.rights, {
    present: true,
    value: { proven: false, proofs: [], identityIsAdministrator: true },
  });
});

/** A group in which nobody joins by themselves may not show the attribute at all. */
const SILENT_GROUP = {
  on: /GET \/groups\/northwind_dfir(?:\?|$)/u,
  fault: { kind: 'hiddenAttributes', names: ['auto_add_users'] },
} as const;

test('three empty lists of members agree with each other and are not believed', async (t) => {
  const bench = await startBench(t, {
    faults: [{ on: /northwind_dfir\/users\?/u, fault: { kind: 'emptyPage', count: 'zero' } }],
  });
  const { snapshot } = await bench.collect();
  assert.equal(snapshot.members?.present, false);
  assert.equal(snapshot.membersWithout2fa?.present, false);
});

test('takes what only administrators see of the group for a proof', async (t) => {
  const bench = await startBench(t);
  const { snapshot, made } = await bench.collect({ sections: ['group'], identity: null });
  assert.deepEqual(snapshot.rights?.present === true && snapshot.rights.value.proofs, [
    'the API showed who joins automatically',
  ]);
  assert.equal(made, 1);
});

test('finds out the rights with one free request where nothing else shows them', async (t) => {
  const bench = await startBench(t, { faults: [SILENT_GROUP] });
  const { snapshot, made } = await bench.collect({ sections: ['group'], identity: null });
  assert.equal(snapshot.rights?.present === true && snapshot.rights.value.proven, true);
  assert.equal(made, 2);
  assert.match(bench.simulator.requests[1]?.path ?? '', /api_usage$/u);
});

test('does not say that a key has no rights when nobody could tell', async (t) => {
  const bench = await startBench(t, {
    faults: [SILENT_GROUP, { on: /api_usage/u, fault: { kind: 'status', status: 500 } }],
  });
  const { snapshot } = await bench.collect({ sections: ['group'] });
  assert.equal(snapshot.rights?.present, false);
  assert.deepEqual(snapshot.group?.present === true && snapshot.group.value.autoAddUsers, unknown('not_visible'));
});

test('an attribute that no account shows is withheld, not absent', async (t) => {
  const bench = await startBench(t, {
    faults: [{ on: /northwind_dfir\/users\?/u, fault: { kind: 'hiddenAttributes', names: ['last_login', 'quotas'] } }],
  });
  const { snapshot } = await bench.collect();
  const whole = snapshot.members?.present === true ? snapshot.members.value.filter(({ broken }) => !broken) : [];
  assert.ok(whole.length > 0);
  for (const { lastLoginAt, quotas } of whole) {
    assert.deepEqual([lastLoginAt, quotas], [unknown('not_visible'), unknown('not_visible')]);
  }
});

test('roles that no account shows are not visible', async (t) => {
  const bench = await startBench(t, {
    faults: [{ on: /relationships/u, fault: { kind: 'hiddenAttributes', names: ['roles'] } }],
  });
  const { snapshot } = await bench.collect({ sections: ['roles'] });
  assert.deepEqual(snapshot.roles, { present: true, value: { visible: false, byAccount: {} } });
});

test('the same group gives the same bytes', async (t) => {
  const first = await startBench(t);
  const second = await startBench(t);
  assert.equal(JSON.stringify((await first.collect()).snapshot), JSON.stringify((await second.collect()).snapshot));
});

test('never lets a key into a section or an address, and never asks for one', async (t) => {
  const bench = await startBench(t);
  const text = JSON.stringify(await bench.collect());
  assert.doesNotMatch(text, /[0-9a-f]{64}|apikey/iu);
  for (const { path, query, whichKey } of bench.simulator.requests) {
    assert.doesNotMatch(path + query, /[0-9a-f]{64}|apikey/iu);
    assert.equal(whichKey, 'administrator');
  }
});

/** What these read another may read, too, and how many accounts stand out is known last: the plan says the most that it can be. */
const SHARING: ReadonlySet<CollectedName> = new Set<CollectedName>(['recentDays', 'accountDays', 'peakAccounts']);

test('plans what it then makes, once the size of the group is known', async (t) => {
  for (const scenario of ['acme', 'quiet', 'strange']) {
    const bench = await startBench(t, { scenario });
    const sections = COLLECTED_SECTIONS.filter((name) => !SHARING.has(name));
    const { snapshot } = await bench.collect({ sections });
    const { planned, made } = await bench.collect({ sections, sizes: sizesOf(lastSeen(snapshot)) });
    assert.equal(made, planned, scenario);
  }
});

test('plans a large group to within two per cent', async (t) => {
  const bench = await startBench(t, { scenario: generateWorld({ members: 600, seed: 'plan' }) });
  const sections = COLLECTED_SECTIONS.filter((name) => !SHARING.has(name));
  const { snapshot } = await bench.collect({ sections });
  const { planned, made } = await bench.collect({ sections, sizes: sizesOf(lastSeen(snapshot)) });
  assert.ok(Math.abs(planned / made - 1) <= 0.02, `planned ${planned}, made ${made}`);
});

function lastSeen(snapshot: Snapshot): LastSeen {
  const length = (name: 'members' | 'membersWithout2fa' | 'serviceAccounts' | 'administrators'): number | null => {
    const section = snapshot[name];
    return section?.present === true ? section.value.length : null;
  };
  return {
    ...snapshot,
    members: length('members'),
    membersWithout2fa: length('membersWithout2fa'),
    serviceAccounts: length('serviceAccounts'),
    administrators: length('administrators'),
  };
}

test('asks for each thing once', async (t) => {
  const bench = await startBench(t);
  const { made } = await bench.collect();
  const asked = bench.simulator.requests.map(({ path, query }) => `${path}?${query}`);
  assert.equal(new Set(asked).size, asked.length);
  assert.equal(made, asked.length);
});

test('reports progress and counts every request of a section', async (t) => {
  const bench = await startBench(t);
  const done: number[] = [];
  const { summaries, made } = await bench.collect({ progress: (count) => done.push(count) });
  assert.deepEqual(
    done,
    Array.from({ length: made }, (_, index) => index + 1),
  );
  assert.equal(
    summaries.reduce((sum, { requests }) => sum + requests, 0),
    made,
  );
  assert.deepEqual(
    summaries.map(({ name }) => name),
    COLLECTED_SECTIONS,
  );
});

test('finds who was behind the day that stands out', async (t) => {
  const bench = await startBench(t);
  const { snapshot } = await bench.collect({ sections: ['peakDays'] });
  const [spike] = ACME.usage.spikes.toSorted((a, b) => b.calls - a.calls);
  const days = snapshot.peakDays?.present === true ? snapshot.peakDays.value : [];
  assert.ok(days.some(({ quota, consumers }) => quota === 'api_requests_daily' && consumers[0]?.id === spike?.account));
  assert.ok(days.some(({ quota }) => quota === 'api_requests_monthly'));
});

test('a quota that is used up ends the run after one minute, not after one for each question', async (t) => {
  const bench = await startBench(t, {
    faults: [{ on: /./u, fault: { kind: 'status', status: 429, code: 'QuotaExceededError' } }],
  });
  const before = bench.clock.now().getTime();
  const { quotaRefused } = await bench.collect();
  assert.equal(quotaRefused, true);
  assert.ok(bench.clock.now().getTime() - before < 90_000, `${bench.clock.now().getTime() - before} ms`);
});
