import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAnswerTo, toRemediation } from '../../src/manage/remediate.ts';
import type { Finding } from '../../src/model/finding.ts';
import { buildFinding } from '../support/report-builder.ts';

const unapproved = (id: string, over: Partial<Finding> = {}): Finding =>
  buildFinding({
    id: `finding-of-${id}`,
    rule: 'administrators-are-approved',
    key: '',
    state: 'persisting',
    waiver: null,
    subject: { kind: 'member', id },
    evidence: { missingFrom: ['administrators'] },
    ...over,
  });
const stranger = (id: string): Finding =>
  unapproved(id, { id: `stranger-${id}`, rule: 'members-belong-to-approved-domains', evidence: {} });

const targets = (findings: readonly Finding[], cap: number | null = null) =>
  toRemediation(findings, { cap }).wishes.map(({ target }) => target);

test('revokes administrators that nobody approved', () => {
  assert.deepEqual(targets([unapproved('dmitri')]), [{ kind: 'revoke_administrator', id: 'dmitri' }]);
});

test('leaves reviews that are due, lists of service accounts, closed, unverified and waived findings alone', () => {
  const waiver: Finding['waiver'] = {
    rule: 'administrators-are-approved',
    subject: 'x',
    key: null,
    reason: 'r',
    approvedBy: 'a',
    expires: '2027-01-01',
    ticket: null,
    expired: false,
  } as unknown as Finding['waiver'];
  for (const finding of [
    unapproved('a', { key: 'review-due' }),
    unapproved('a', { evidence: { missingFrom: ['serviceAccounts'] } }),
    unapproved('a', { state: 'resolved' }),
    unapproved('a', { state: 'unverified' }),
    unapproved('a', { waiver }),
    unapproved('a', { rule: 'members-use-2fa' }),
  ])
    assert.deepEqual(targets([finding]), []);
});

test('removes members of domains that are not approved, which answers their administration too', () => {
  const { wishes } = toRemediation([unapproved('x'), stranger('x'), stranger('y')], { cap: null });
  assert.deepEqual(
    wishes.map(({ target, findings }) => [target.kind, findings]),
    [
      ['remove_member', ['stranger-x', 'finding-of-x']],
      ['remove_member', ['stranger-y']],
    ],
  );
});

test('caps service accounts only at a figure that somebody gave', () => {
  const finding = unapproved('acme_siem', {
    rule: 'service-accounts-are-capped',
    subject: { kind: 'service_account', id: 'acme_siem' },
  });
  assert.deepEqual(targets([finding]), []);
  assert.match(toRemediation([finding], { cap: null }).byHand[0]?.why ?? '', /--cap/);
  assert.deepEqual(targets([finding], 500), [{ kind: 'cap_account', id: 'acme_siem', daily: 500 }]);
});

test('an id that looks like a pattern is left to a person', () => {
  const { wishes, byHand } = toRemediation([unapproved('*'), unapproved('../x')], { cap: null });
  assert.deepEqual([wishes.length, byHand.length], [0, 2]);
});

test('a change answers the findings that ask for just it, and no others', () => {
  const revoke = { kind: 'revoke_administrator', id: 'dmitri' } as const;
  const remove = { kind: 'remove_member', id: 'dmitri' } as const;
  assert.equal(isAnswerTo([unapproved('dmitri')], revoke), true);
  assert.equal(isAnswerTo([unapproved('dmitri'), stranger('dmitri')], remove), true);
  assert.equal(isAnswerTo([], revoke), false);
  assert.equal(isAnswerTo([unapproved('ana')], revoke), false);
  assert.equal(isAnswerTo([unapproved('dmitri')], remove), false);
  assert.equal(isAnswerTo([unapproved('dmitri'), unapproved('ana')], revoke), false);
  const uncapped = buildFinding({
    rule: 'service-accounts-are-capped',
    subject: { kind: 'service_account', id: 'siem' },
  });
  assert.equal(isAnswerTo([uncapped], { kind: 'cap_account', id: 'siem', daily: 5 }), true);
  assert.equal(isAnswerTo([uncapped], { kind: 'cap_account', id: 'soar', daily: 5 }), false);
  assert.equal(isAnswerTo([uncapped], { kind: 'cap_account', id: 'siem', daily: null }), false);
});
