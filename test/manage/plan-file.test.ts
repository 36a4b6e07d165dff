import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe } from '../../src/manage/describe.ts';
import { requireFew } from '../../src/manage/plan.ts';
import { readPlan, writePlan } from '../../src/manage/plan-file.ts';
import { toReviewedRequest, toWrite } from '../../src/manage/to-write.ts';
import type { Facts, Target } from '../../src/model/change.ts';
import { digestOf } from '../../src/model/finding.ts';

const AT = new Date('2026-11-23T08:00:00Z');
const HOUR_MS = 3_600_000;
const later = (hours: number): Date => new Date(AT.getTime() + hours * HOUR_MS);

const change = (target: Target, before: Facts) => ({
  target,
  findings: ['f1'],
  before,
  description: describe(target, before),
  request: toReviewedRequest(toWrite('acme_soc', target, before)),
});

const TEXT = writePlan({
  group: 'acme_soc',
  basis: { run: '20261123T080000Z-00000000', sections: 'abc' },
  changes: [
    change({ kind: 'remove_member', id: 'jdoe' }, { member: true, administrator: false, address: 'j@acme.example' }),
    change(
      { kind: 'cap_account', id: 'acme_soc_siem', daily: 500 },
      { kind: 'service_account', dailyCap: null, address: null },
    ),
    change(
      { kind: 'revoke_administrator', id: 'acme_soc_bot' },
      { kind: 'service_account', administrator: 'role', address: null, roles: ['A', 'USER_ROLE_GROUP_ADMIN'] },
    ),
  ],
  at: AT,
});

test('reads back what it wrote', () => {
  const plan = readPlan(TEXT, later(23));
  assert.equal(plan.group, 'acme_soc');
  assert.deepEqual(
    plan.changes.map(({ target }) => target.kind),
    ['remove_member', 'cap_account', 'revoke_administrator'],
  );
  assert.deepEqual(plan.changes[2]?.before['roles'], ['A', 'USER_ROLE_GROUP_ADMIN']);
});

test('is good for 24 hours and not before it was written', () => {
  assert.doesNotThrow(() => readPlan(TEXT, new Date(later(24).getTime() - 1)));
  assert.throws(() => readPlan(TEXT, later(24)), /expired/);
  assert.throws(() => readPlan(TEXT, later(-1)), /future/);
});

test('notices an edit, also of the time it expires', () => {
  for (const [from, to] of [
    ['"jdoe"', '"boss"'],
    ['acme_soc"', 'other"'],
    ['2026-11-24T08', '2027-11-24T08'],
    ['"daily": 500', '"daily": 5'],
    ['"f1"', '"f2"'],
  ] as const)
    assert.throws(() => readPlan(TEXT.replace(from, to), AT), /edited|not a plan/, from);
});

test('takes nothing that remediation does not write', () => {
  for (const text of [
    '',
    'null',
    '[]',
    '{}',
    TEXT.slice(0, -20),
    TEXT.replace('remove_member', 'add_member'),
    TEXT.replace('"version": 1', '"version": 2'),
  ])
    assert.throws(() => readPlan(text, AT), { name: 'Refusal' });
});

test('many changes at once are said twice', () => {
  assert.doesNotThrow(() => requireFew(5, 5));
  assert.throws(() => requireFew(6, 5), /--max-changes 6/);
});

/** A plan with another text and a digest that fits it: what somebody can write who means harm. */
function forged(edit: (plan: { changes: { summary: string; request: { path: string } }[] }) => void): string {
  const { digest: _digest, ...plan } = JSON.parse(TEXT);
  edit(plan);
  return JSON.stringify({ ...plan, digest: digestOf(JSON.stringify(plan)) });
}

test('does not tell its reviewers something else than it would do, whatever its digest says', () => {
  assert.doesNotThrow(() =>
    readPlan(
      forged(() => undefined),
      later(1),
    ),
  );
  for (const edit of [
    (first: { summary: string }) => {
      first.summary = first.summary.replace('jdoe', 'nobody.important');
    },
    (first: { request: { path: string } }) => {
      first.request.path = '/groups/acme_soc';
    },
  ])
    assert.throws(
      () =>
        readPlan(
          forged(({ changes: [first] }) => first && edit(first)),
          later(1),
        ),
      /something else/,
    );
});
