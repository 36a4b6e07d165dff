import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordedChange, Target } from '../../src/model/change.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Subject } from '../../src/model/judgement.ts';
import { findResolvingChange } from '../../src/reconcile/resolving-change.ts';
import { buildFinding, buildRule } from '../support/report-builder.ts';

const SEEN = '2026-11-09T08:00:00.000Z';
const LATER = '2026-11-10T09:30:00.000Z';

function changed(target: Target, extra: Partial<RecordedChange> = {}): RecordedChange {
  return {
    id: 'c1',
    group: 'northwind_dfir',
    target,
    request: { method: 'DELETE', path: '/x', body: null },
    before: {},
    after: null,
    by: 'ana@northwind.example',
    reason: 'GRC-7',
    undoes: null,
    findings: [],
    intendedAt: LATER,
    finishedAt: LATER,
    outcome: 'done',
    note: null,
    ...extra,
  };
}

function found(rule: string, subject: Subject): Finding {
  return buildFinding({ rule, subject, lastSeenAt: SEEN });
}

const UNAPPROVED = found('administrators-are-approved', { kind: 'member', id: 'dmitri.volkov' });
const REVOKED: Target = { kind: 'revoke_administrator', id: 'dmitri.volkov' };

const resolving = (finding: Finding, ...changes: readonly RecordedChange[]): string | null =>
  findResolvingChange(finding, changes, undefined)?.change ?? null;

test('a revocation since the breach was last seen is what the closing goes back to, with who, when, why and what', () => {
  assert.deepEqual(findResolvingChange(UNAPPROVED, [changed(REVOKED)], undefined), {
    change: 'c1',
    by: 'ana@northwind.example',
    reason: 'GRC-7',
    at: LATER,
    what: 'revoke administration rights',
  });
});

test('a change before the breach was last seen, a refused one and one that was taken back answer nothing', () => {
  assert.equal(resolving(UNAPPROVED, changed(REVOKED, { intendedAt: '2026-11-09T07:59:59.999Z' })), null);
  assert.equal(resolving(UNAPPROVED, changed(REVOKED, { intendedAt: SEEN })), 'c1');
  assert.equal(resolving(UNAPPROVED, changed(REVOKED, { outcome: 'refused' })), null);
  const back = changed({ kind: 'grant_administrator', address: 'd@northwind.example' }, { id: 'c2', undoes: 'c1' });
  assert.equal(resolving(UNAPPROVED, changed(REVOKED), back), null);
  assert.equal(resolving(UNAPPROVED, changed(REVOKED), { ...back, outcome: 'refused' }), 'c1');
});

test('a change whose end nobody knows counts: that the breach is gone is what tells', () => {
  assert.equal(resolving(UNAPPROVED, changed(REVOKED, { outcome: null, finishedAt: null })), 'c1');
  assert.equal(resolving(UNAPPROVED, changed(REVOKED, { outcome: 'unknown' })), 'c1');
});

test('of several changes the newest is named', () => {
  const newer = changed(
    { kind: 'remove_member', id: 'dmitri.volkov' },
    { id: 'c2', intendedAt: '2026-11-11T00:00:00Z' },
  );
  assert.equal(resolving(UNAPPROVED, changed(REVOKED), newer), 'c2');
  assert.equal(resolving(UNAPPROVED, newer, changed(REVOKED)), 'c2');
});

test('a change of somebody else, or one that has nothing to do with the rule, answers nothing', () => {
  const without2fa = found('members-use-2fa', { kind: 'member', id: 'dmitri.volkov' });
  assert.equal(resolving(UNAPPROVED, changed({ kind: 'revoke_administrator', id: 'other' })), null);
  assert.equal(resolving(UNAPPROVED, changed({ kind: 'revoke_administrator', id: 'Dmitri.Volkov' })), null);
  assert.equal(resolving(without2fa, changed(REVOKED)), null);
  assert.equal(resolving(without2fa, changed({ kind: 'cap_account', id: 'dmitri.volkov', daily: 5 })), null);
  assert.equal(resolving(without2fa, changed({ kind: 'remove_member', id: 'dmitri.volkov' })), 'c1');
});

test('a plan names its findings, whatever rule they are of', () => {
  const finding = found('members-use-2fa', { kind: 'member', id: 'dmitri.volkov' });
  assert.equal(resolving(finding, changed(REVOKED, { findings: [finding.id] })), 'c1');
});

test('findings about the group go back to what changes the group', () => {
  const few = found('administrators-are-few', { kind: 'group', id: 'northwind_dfir' });
  const joining = found('auto-join-is-restricted', { kind: 'group', id: 'northwind_dfir' });
  const licence = found('privileges-are-current', { kind: 'group', id: 'northwind_dfir' });
  const patterns = changed({ kind: 'set_auto_join', patterns: [] });
  assert.deepEqual(
    [few, joining, licence].map((one) => resolving(one, patterns)),
    [null, 'c1', null],
  );
  assert.deepEqual(
    [few, joining, licence].map((one) => resolving(one, changed(REVOKED))),
    ['c1', null, null],
  );
});

test('who is named by address in one place and by id in the other is the same', () => {
  const missing = found('expected-accounts-exist', { kind: 'member', id: 'Freja@northwind.example' });
  const known = found('expected-accounts-exist', { kind: 'member', id: 'freja.holst' });
  const mail = found('expected-accounts-exist', { kind: 'member', id: 'f', email: 'FREJA@northwind.example' });
  const account = found('expected-accounts-exist', { kind: 'service_account', id: 'northwind_dfir_siem' });
  const added = changed(
    { kind: 'add_member', address: 'freja@northwind.example' },
    { before: { account: 'freja.holst', member: false } },
  );
  assert.deepEqual(
    [missing, known, mail, account].map((one) => resolving(one, added)),
    ['c1', 'c1', 'c1', null],
  );
  assert.equal(resolving(account, changed({ kind: 'create_service_account', name: 'siem' })), 'c1');
  assert.equal(resolving(account, changed({ kind: 'create_service_account', name: 'soar' })), null);
});

test('what a custom rule looks at is not known, so any change of its account counts', () => {
  const custom = found('caps-are-small', { kind: 'member', id: 'jdoe' });
  const { requirement } = buildRule('caps-are-small', {});
  const capped = [changed({ kind: 'cap_account', id: 'jdoe', daily: 5 })];
  assert.equal(findResolvingChange(custom, capped, { ...requirement, source: 'custom' })?.change, 'c1');
  assert.equal(findResolvingChange(custom, capped, requirement), null);
});
