import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Step } from '../../src/manage/apply.ts';
import type { Target } from '../../src/model/change.ts';
import type { Fault } from '../../src/simulator/fault.ts';
import { startManageBench } from '../support/manage-bench.ts';

const caps = (...ids: string[]): Target[] => ids.map((id) => ({ kind: 'cap_account', id, daily: 50 }));
const THREE = caps('freja.holst', 'gustavo.pinto', 'dormant.one');

const results = (steps: readonly Step[]): readonly string[] => steps.map(({ result }) => result);

const IN_THE_MIDDLE: readonly { readonly what: string; readonly fault: Fault; readonly outcome: string }[] = [
  { what: '403', fault: { kind: 'status', status: 403 }, outcome: 'refused' },
  { what: '404', fault: { kind: 'status', status: 404 }, outcome: 'refused' },
  { what: '401', fault: { kind: 'status', status: 401 }, outcome: 'refused' },
  { what: '429 for the quota', fault: { kind: 'status', status: 429 }, outcome: 'refused' },
  {
    what: '429 for the rate',
    fault: { kind: 'status', status: 429, code: 'TooManyRequestsError' },
    outcome: 'refused',
  },
  { what: '500', fault: { kind: 'status', status: 500 }, outcome: 'unknown' },
  { what: '502', fault: { kind: 'status', status: 502 }, outcome: 'unknown' },
  { what: '503', fault: { kind: 'status', status: 503 }, outcome: 'unknown' },
  { what: '504', fault: { kind: 'status', status: 504 }, outcome: 'unknown' },
  { what: 'a redirect', fault: { kind: 'redirect', to: 'http://127.0.0.1:9/elsewhere' }, outcome: 'refused' },
];

for (const { what, fault, outcome } of IN_THE_MIDDLE) {
  test(`stops at ${what} in the middle, says what was done and what not, and sends nothing twice`, async (t) => {
    const bench = await startManageBench(t, { faults: [{ on: 'PATCH', after: 1, fault }] });
    const steps = await bench.apply(await bench.plan(...THREE));
    assert.deepEqual(results(steps), ['done', outcome, 'not_sent']);
    assert.equal(bench.writes().length, 2, 'nothing is sent twice');
    assert.deepEqual(
      bench.ledger.map((change) => change.outcome),
      ['done', outcome],
    );
    assert.match(steps[1]?.note ?? '', outcome === 'unknown' ? /not known; look before/ : /^Could not cap/);
    assert.match(steps[2]?.note ?? '', /not sent because gustavo.pinto/);
  });
}

test('an answer that got lost after the change was made is found out by looking', async (t) => {
  const bench = await startManageBench(t, { faults: [{ on: 'PATCH', after: 1, times: 1, fault: { kind: 'reset' } }] });
  const steps = await bench.apply(await bench.plan(...THREE));
  assert.deepEqual(results(steps), ['done', 'done', 'done']);
  assert.match(steps[1]?.note ?? '', /done nevertheless/);
  assert.equal(bench.writes().length, 3);
});

test('an answer that never comes is not waited for for ever, nor asked for again', async (t) => {
  const bench = await startManageBench(t, { timeoutSeconds: 0.3 });
  const plan = await bench.plan(...THREE);
  const sent = { patch: false };
  bench.simulator.setFaults([
    {
      // Neither the change nor any look after it is answered.
      on(request) {
        sent.patch ||= request.startsWith('PATCH');
        return sent.patch;
      },
      fault: { kind: 'hang' },
    },
  ]);
  const steps = await bench.apply(plan);
  assert.deepEqual(results(steps), ['unknown', 'not_sent', 'not_sent']);
  assert.deepEqual([bench.writes().length, bench.ledger[0]?.outcome, bench.ledger[0]?.after], [1, 'unknown', null]);
});

test('what could not be looked at right before is not sent', async (t) => {
  const bench = await startManageBench(t);
  const plan = await bench.plan(...THREE);
  bench.simulator.setFaults([{ on: 'GET /users/freja', fault: { kind: 'status', status: 503 } }]);
  const steps = await bench.apply(plan);
  assert.deepEqual(results(steps), ['not_sent', 'not_sent', 'not_sent']);
  assert.match(steps[0]?.note ?? '', /could not be looked at/);
  assert.deepEqual([bench.writes(), bench.ledger], [[], []]);
});

test('what the API took and cannot be looked at afterwards is called accepted, not done', async (t) => {
  const bench = await startManageBench(t);
  const plan = await bench.plan(...caps('freja.holst', 'gustavo.pinto'));
  const looks = { seen: false };
  bench.simulator.setFaults([
    {
      on(request) {
        looks.seen ||= request.startsWith('PATCH');
        return looks.seen && request.startsWith('GET');
      },
      fault: { kind: 'status', status: 403 },
    },
  ]);
  const steps = await bench.apply(plan);
  assert.deepEqual(results(steps), ['accepted', 'not_sent']);
});

test('an invitation is accepted and not done, and the plan goes on', async (t) => {
  const bench = await startManageBench(t);
  const steps = await bench.apply(
    await bench.plan(
      { kind: 'add_member', address: 'new.one@northwind.example' },
      { kind: 'add_member', address: 'wanda.ito@northwind.example' },
    ),
  );
  assert.deepEqual(results(steps), ['accepted', 'done']);
  assert.match(steps[0]?.note ?? '', /invited/);
});

test('somebody of another group is refused, whichever way the API says it', async (t) => {
  const bench = await startManageBench(t);
  const [step] = await bench.apply(await bench.plan({ kind: 'add_member', address: 'analyst@southwind.example' }));
  assert.equal(step?.result, 'refused');
});

test('records the intention before anything is sent; what cannot be recorded is not sent', async (t) => {
  const bench = await startManageBench(t);
  const steps = await bench.apply(await bench.plan(...THREE), {
    ledger: {
      intendChange: () => {
        throw new Error('The disk is full');
      },
      finishChange: () => undefined,
    },
  });
  assert.deepEqual(results(steps), ['not_sent', 'not_sent', 'not_sent']);
  assert.match(steps[0]?.note ?? '', /could not be recorded, so it was not sent: The disk is full/);
  assert.deepEqual(bench.writes(), []);
});

test('a change that was made and could not be recorded is told, stays an intention, and stops the rest', async (t) => {
  const bench = await startManageBench(t);
  const ledger: string[] = [];
  const steps = await bench.apply(await bench.plan(...THREE), {
    ledger: {
      intendChange: ({ id, outcome, finishedAt }) => void ledger.push(`${id} ${outcome} ${finishedAt}`),
      finishChange: () => {
        throw new Error('The database is locked');
      },
    },
  });
  assert.deepEqual(results(steps), ['done', 'not_sent', 'not_sent']);
  assert.match(steps[0]?.note ?? '', /`changes` lists it as unknown: The database is locked/);
  assert.deepEqual(
    steps.map(({ asPlanned }) => asPlanned),
    [false, false, false],
  );
  assert.deepEqual([ledger.length, bench.writes().length], [1, 1]);
  assert.match(ledger[0] ?? '', /null null$/);
});

/** The page of a proxy: 200, and the API never saw the request. */
const NOTHING_CHANGED: Fault = { kind: 'html' };

test('an answer of 200 that changed nothing is found out by looking, and is not as planned', async (t) => {
  const bench = await startManageBench(t, { faults: [{ on: '^(PATCH|DELETE)', fault: NOTHING_CHANGED }] });
  const removals: Target[] = [
    { kind: 'remove_member', id: 'hugo.lacroix' },
    { kind: 'revoke_administrator', id: 'dmitri.volkov' },
    ...caps('freja.holst'),
    { kind: 'set_auto_join', patterns: [] },
  ];
  for (const target of removals) {
    const [step, rest] = await bench.apply(await bench.plan(target, ...caps('gustavo.pinto')));
    assert.deepEqual([step?.result, step?.asPlanned, rest?.result], ['accepted', false, 'not_sent'], target.kind);
    assert.match(step?.note ?? '', /does not show yet/);
  }
});

test('what shows only a moment after it was accepted is waited for', async (t) => {
  const bench = await startManageBench(t);
  const plan = await bench.plan({ kind: 'add_member', address: 'wanda.ito@northwind.example' });
  const stale = { looks: 0 };
  bench.simulator.setFaults([
    {
      // Two looks after it was added say that nobody of that id is a member.
      on(request) {
        if (request.startsWith('POST')) stale.looks = 2;
        if (!request.startsWith('GET') || !request.includes('/relationships/users/') || stale.looks === 0) return false;
        stale.looks -= 1;
        return true;
      },
      fault: { kind: 'status', status: 404 },
    },
  ]);
  const [step] = await bench.apply(plan);
  assert.deepEqual([step?.result, stale.looks], ['done', 0]);
});

test('after Ctrl-C nothing more is sent, and what was on its way is recorded', async (t) => {
  const bench = await startManageBench(t);
  const plan = await bench.plan(...THREE);
  const stop = new AbortController();
  const steps = await bench.apply(plan, { stop: stop.signal, tell: () => stop.abort() });
  assert.deepEqual(results(steps), ['done', 'not_sent', 'not_sent']);
  assert.match(steps[1]?.note ?? '', /stopped by hand/);
  assert.equal(bench.writes().length, 1);
});

test('a second Ctrl-C gives up waiting for the answer', async (t) => {
  const bench = await startManageBench(t);
  const plan = await bench.plan(...THREE);
  const abandon = new AbortController();
  bench.simulator.setFaults([
    {
      on(request) {
        if (!request.startsWith('PATCH')) return false;
        setImmediate(() => abandon.abort());
        return true;
      },
      fault: { kind: 'hang' },
    },
  ]);
  const steps = await bench.apply(plan, { abandon: abandon.signal });
  // The simulator makes the change and then hangs, so looking afterwards shows it.
  assert.equal(steps[0]?.result, 'done');
  assert.equal(bench.ledger[0]?.outcome, 'done');
});

test('says what became of each change as it ends, with who and why on record', async (t) => {
  const bench = await startManageBench(t);
  const told: string[] = [];
  await bench.apply(await bench.plan(...caps('freja.holst')), {
    tell: ({ id, result }) => void told.push(`${id} ${result}`),
  });
  assert.deepEqual(told, ['change-1 done']);
  const [record] = bench.ledger;
  assert.deepEqual(
    [record?.by, record?.reason, record?.before, record?.after, record?.intendedAt !== undefined, record?.outcome],
    [
      'ana@northwind.example',
      'GRC-7',
      { kind: 'member', dailyCap: null, address: 'freja.holst@northwind.example' },
      { kind: 'member', dailyCap: 50, address: 'freja.holst@northwind.example' },
      true,
      'done',
    ],
  );
  assert.doesNotMatch(JSON.stringify(bench.ledger), new RegExp(bench.simulator.keys.administrator));
});
