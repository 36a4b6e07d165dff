import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../../src/model/message.ts';
import type { Store } from '../../src/store/store.ts';
import { buildCommit, buildMessage, temporaryStore } from '../support/store-builder.ts';

const start = new Date('2026-11-23T07:00:00.000Z');
const later = (ms: number) => new Date(start.getTime() + ms);
const HOUR = 3_600_000;
const nobody = { accepted: [], refused: [] };
const done: Outcome = { kind: 'delivered', recipients: nobody, response: '204' };
const again: Outcome = {
  kind: 'retry',
  error: 'busy',
  retryAfterMs: null,
  recipients: nobody,
  maybeDuplicate: false,
  patience: 'long',
};

function attempt(store: Store, id: string, outcome: Outcome, at: Date, nextAt: Date | null = null): void {
  const begun = store.beginAttempt(id, 'daemon', at);
  assert.notEqual(begun, null, id);
  const number = begun?.delivery.attempts ?? 0;
  store.finishAttempt({
    id,
    attempt: number,
    outcome,
    at,
    nextAttemptAt: nextAt?.toISOString() ?? null,
    standing: null,
  });
}

const due = (store: Store, at: Date) => store.dueDeliveries(at, 100).map(({ id }) => id);

test('a message is sent once, and its receipt stays', (t) => {
  const { store } = temporaryStore(t);
  store.commitRun(buildCommit('one', { messages: [buildMessage('m')], at: start }));
  assert.deepEqual(due(store, start), ['m']);
  const begun = store.beginAttempt('m', 'daemon', start);
  assert.deepEqual(begun?.message, buildMessage('m'));
  assert.deepEqual(begun?.round, { attempts: 1, shortAttempts: 0, startedAt: start.toISOString() });
  assert.equal(store.beginAttempt('m', 'command', start), null, 'nobody else gets it meanwhile');
  assert.deepEqual(due(store, start), []);
  store.finishAttempt({ id: 'm', attempt: 1, outcome: done, at: later(1000), nextAttemptAt: null, standing: null });
  const [delivery] = store.deliveries({ limit: 1 });
  assert.equal(delivery?.state, 'delivered');
  assert.equal(delivery?.deliveredAt, later(1000).toISOString());
  assert.equal(delivery?.wireId, 'wire_m');
  assert.deepEqual(store.attempts('m'), [
    {
      delivery: 'm',
      number: 1,
      startedAt: start.toISOString(),
      finishedAt: later(1000).toISOString(),
      outcome: 'delivered',
      detail: '204',
    },
  ]);
  store.prune({ at: later(91 * 24 * HOUR), keepDays: { snapshots: 550, messages: 90 } });
  assert.equal(store.attempts('m').length, 1);
  assert.equal(store.deliveries({ limit: 1 })[0]?.state, 'delivered');
});

test('what waits is due again at its time, and what is given up is failed', (t) => {
  const { store } = temporaryStore(t);
  store.enqueue([buildMessage('m')], start);
  attempt(store, 'm', again, start, later(60_000));
  assert.deepEqual(due(store, later(59_000)), []);
  assert.equal(store.nextDueAt(start), later(60_000).toISOString());
  assert.deepEqual(due(store, later(60_000)), ['m']);
  attempt(store, 'm', again, later(60_000), null);
  const [failed] = store.deliveries({ limit: 1, state: 'failed' });
  assert.equal(failed?.lastError, 'Given up: busy');
  assert.equal(store.nextDueAt(start), null);
  store.prune({ at: later(30 * 24 * HOUR), keepDays: { snapshots: 550, messages: 90 } });
  assert.equal(store.retryDelivery('m', later(2 * HOUR)), true);
  const begun = store.beginAttempt('m', 'command', later(2 * HOUR));
  assert.deepEqual(begun?.round, { attempts: 1, shortAttempts: 0, startedAt: later(2 * HOUR).toISOString() });
  assert.equal(begun?.delivery.attempts, 3);
  assert.equal(store.retryDelivery('unknown', start), false);
});

test('a message whose body was pruned is not retried', (t) => {
  const { store } = temporaryStore(t);
  store.enqueue([buildMessage('m')], start);
  attempt(store, 'm', again, start, null);
  const pruned = store.prune({ at: later(91 * 24 * HOUR), keepDays: { snapshots: 550, messages: 90 } });
  assert.equal(pruned.messages, 1);
  assert.equal(store.retryDelivery('m', later(91 * 24 * HOUR)), false);
});

test('keeps the order within a channel and key, and channels apart', (t) => {
  const { store } = temporaryStore(t);
  store.enqueue(
    [
      buildMessage('a'),
      buildMessage('b'),
      buildMessage('c', { channel: 'other' }),
      buildMessage('d', { key: 'finding' }),
    ],
    start,
  );
  assert.deepEqual(due(store, start), ['a', 'c', 'd']);
  attempt(store, 'a', again, start, later(HOUR));
  assert.deepEqual(due(store, later(60_000)), ['c', 'd']);
  attempt(store, 'a', done, later(HOUR));
  assert.deepEqual(due(store, later(HOUR)), ['b', 'c', 'd']);
});

test('a report that somebody already has, or that was refused for a day, does not hold back the next', (t) => {
  const { store } = temporaryStore(t);
  store.enqueue([buildMessage('a'), buildMessage('b')], start);
  const partly: Outcome = { ...again, recipients: { accepted: ['ana@acme.example'], refused: [] } };
  attempt(store, 'a', partly, start, later(48 * HOUR));
  assert.deepEqual(due(store, start), ['b']);

  store.enqueue([buildMessage('x', { channel: 'slow' }), buildMessage('y', { channel: 'slow' })], start);
  attempt(store, 'x', again, start, later(48 * HOUR));
  assert.deepEqual(due(store, later(23 * HOUR)), ['b']);
  assert.deepEqual(due(store, later(25 * HOUR)), ['b', 'y']);
});

test('a newer message of a finding replaces one that waits, a report never', (t) => {
  const { store } = temporaryStore(t);
  store.enqueue([buildMessage('old', { key: 'finding' }), buildMessage('report')], start);
  store.enqueue([buildMessage('new', { key: 'finding' }), buildMessage('next report')], later(1));
  const states = Object.fromEntries(store.deliveries({ limit: 9 }).map(({ id, state }) => [id, state]));
  assert.deepEqual(states, { old: 'superseded', new: 'pending', report: 'pending', 'next report': 'pending' });
  assert.equal(store.beginAttempt('old', 'daemon', later(1)), null);
});

test('what a dead daemon was sending is pending again, flagged as perhaps sent', (t) => {
  const { store } = temporaryStore(t);
  store.enqueue([buildMessage('m')], start);
  store.beginAttempt('m', 'daemon', start);
  assert.deepEqual(store.recoverInterrupted('command', later(1000)), [], 'it may be alive');
  assert.deepEqual(store.recoverInterrupted('daemon', later(1000)), ['m']);
  const [delivery] = store.deliveries({ limit: 1 });
  assert.equal(delivery?.state, 'pending');
  assert.equal(delivery?.maybeDuplicate, true);
  assert.equal(store.attempts('m')[0]?.outcome, 'interrupted');
  assert.equal(store.beginAttempt('m', 'daemon', later(2000))?.message.wireId, 'wire_m');
});

test('what a command was sending is taken over only after the longest time an attempt may take', (t) => {
  const { store } = temporaryStore(t);
  store.enqueue([buildMessage('m')], start);
  store.beginAttempt('m', 'command', start);
  assert.deepEqual(store.recoverInterrupted('daemon', later(149_000)), []);
  assert.deepEqual(store.recoverInterrupted('daemon', later(151_000)), ['m']);
  store.finishAttempt({ id: 'm', attempt: 1, outcome: done, at: later(152_000), nextAttemptAt: null, standing: null });
  assert.equal(store.deliveries({ limit: 1 })[0]?.state, 'delivered', 'a late answer still counts');
});

test('an answer to an earlier attempt does not end a later one', (t) => {
  const { store } = temporaryStore(t);
  store.enqueue([buildMessage('m')], start);
  store.beginAttempt('m', 'command', start);
  store.recoverInterrupted('daemon', later(200_000));
  store.beginAttempt('m', 'daemon', later(200_000));
  const failed: Outcome = { kind: 'failed', error: 'too late', recipients: nobody };
  store.finishAttempt({
    id: 'm',
    attempt: 1,
    outcome: failed,
    at: later(201_000),
    nextAttemptAt: null,
    standing: null,
  });
  assert.equal(store.deliveries({ limit: 1 })[0]?.state, 'pending');
});

test('a delivered mail says whom the server refused', (t) => {
  const { store } = temporaryStore(t);
  store.enqueue([buildMessage('m')], start);
  const recipients = {
    accepted: ['ana@acme.example'],
    refused: [{ recipient: 'bo@acme.example', error: '550 no such user' }],
  };
  attempt(store, 'm', { kind: 'delivered', recipients, response: '250' }, start);
  const [delivery] = store.deliveries({ limit: 1 });
  assert.equal(delivery?.lastError, 'Refused for 1 of 2 recipients: 550 no such user');
  assert.deepEqual(delivery?.recipients, recipients);
});

test('a report names what its readers have not got', (t) => {
  const { store } = temporaryStore(t);
  store.commitRun(
    buildCommit('one', {
      messages: ['fresh', 'waiting', 'dead'].map((id) => buildMessage(id, { channel: id })),
      at: start,
    }),
  );
  attempt(store, 'waiting', again, start, later(HOUR));
  attempt(store, 'dead', { kind: 'failed', error: 'gone', recipients: nobody }, start);
  const owed = (since: Date) =>
    store.owedDeliveries('northwind_dfir', since.toISOString()).map(({ channel, state }) => [channel, state]);
  assert.deepEqual(owed(later(-1)), [
    ['waiting', 'pending'],
    ['dead', 'failed'],
  ]);
  assert.deepEqual(owed(start), [['waiting', 'pending']]);
  assert.deepEqual(store.owedDeliveries('another', later(-1).toISOString()), []);
});

test('what waits for an instant that nobody can have meant was given it by a wrong clock, and is due', (t) => {
  const { store } = temporaryStore(t);
  const wrong = later(5 * 365 * 24 * HOUR);
  store.meetChannels({ endpoints: { siem: 'somewhere' }, at: start, isStart: true });
  store.enqueue([buildMessage('a', { key: 'a' }), buildMessage('b', { key: 'b' })], wrong);
  attempt(store, 'a', again, wrong, new Date(wrong.getTime() + HOUR));
  const standing = {
    failures: 10,
    heldSince: wrong.toISOString(),
    nextTryAt: new Date(wrong.getTime() + HOUR).toISOString(),
  };
  const begun = store.beginAttempt('b', 'daemon', wrong);
  store.finishAttempt({
    id: 'b',
    attempt: begun?.delivery.attempts ?? 0,
    outcome: again,
    at: wrong,
    nextAttemptAt: standing.nextTryAt,
    standing,
  });
  assert.deepEqual(due(store, new Date(wrong.getTime() + 1)), []);
  assert.deepEqual(due(store, start), ['a', 'b']);
  assert.equal(store.beginAttempt('a', 'daemon', start)?.round.startedAt, start.toISOString());
});

test('a postponed delivery waits without an attempt and says why', (t) => {
  const { store } = temporaryStore(t);
  store.enqueue([buildMessage('m')], start);
  store.postponeDelivery('m', later(HOUR), 'no such channel');
  const [delivery] = store.deliveries({ limit: 1 });
  assert.deepEqual([delivery?.state, delivery?.attempts, delivery?.lastError], ['pending', 0, 'no such channel']);
  assert.deepEqual(due(store, later(HOUR)), ['m']);
});

test('what a message that was given up would have told is untold again, and nothing else', (t) => {
  const { store } = temporaryStore(t);
  const reader = { audit: 'weekly-review', channel: 'siem', group: 'acme_soc' };
  const base = buildCommit('one').run;
  const told = (finding: string, state: string, at = start) =>
    ({ audit: base.audit, channel: 'siem', finding, severity: 'high', state, at: at.toISOString(), count: 1 }) as const;
  const states = () =>
    Object.fromEntries(
      store.told({ ...reader, audit: base.audit, group: base.group }).map(({ finding, state }) => [finding, state]),
    );
  store.commitRun(
    buildCommit('one', {
      at: start,
      told: [told('a', 'open'), told('b', 'closed'), told('status', 'partial'), told('c', 'open')],
      messages: [buildMessage('m')],
    }),
  );
  store.commitRun(
    buildCommit('two', {
      at: later(HOUR),
      basedOn: 'one',
      told: [told('c', 'open', later(HOUR))],
      messages: [buildMessage('n'), buildMessage('p', { key: 'c' })],
    }),
  );
  attempt(store, 'm', again, later(HOUR), later(2 * HOUR));
  assert.deepEqual(states(), { a: 'open', b: 'closed', c: 'open', status: 'partial' }, 'while it is still being tried');
  attempt(store, 'm', again, later(2 * HOUR));
  assert.deepEqual(states(), { a: 'unheard', b: 'open', c: 'open', status: 'unheard' });
  attempt(store, 'p', { kind: 'failed', error: 'gone', recipients: nobody }, later(2 * HOUR));
  assert.deepEqual(states(), { a: 'unheard', b: 'open', c: 'unheard', status: 'unheard' });
  attempt(store, 'n', done, later(2 * HOUR));
  assert.deepEqual(states(), { a: 'unheard', b: 'open', c: 'unheard', status: 'unheard' });
});
