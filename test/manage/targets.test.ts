import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  toAdditions,
  toAutoJoin,
  toCaps,
  toGrants,
  toRemovals,
  toRevocations,
  toServiceAccount,
} from '../../src/manage/targets.ts';

const NOT_IDS = [
  '*',
  'a*',
  'j?oe',
  '[a-z]',
  '{a,b}',
  '',
  ' ',
  'a b',
  'a,b',
  '.',
  '..',
  '../x',
  'a/b',
  'jane@acme.example',
  'a\u0000b',
  'a\u202Eb',
  '"a"',
  'x'.repeat(201),
];

test('takes no pattern, no address and no trick for an id', () => {
  for (const typed of NOT_IDS) {
    for (const parse of [toRemovals, toRevocations, (ids: readonly string[]) => toCaps(ids, 1)])
      assert.throws(() => parse(['jdoe', typed]), { name: 'Refusal' }, JSON.stringify(typed));
  }
});

const NOT_ADDRESSES = [
  '*@acme.example',
  'jdoe',
  'jane@',
  '@acme.example',
  'jane@acme',
  'a@b@acme.example',
  'ja ne@acme.example',
  'jane@ac me.example',
  'jane@*.example',
  'jane@acme.example,bob@acme.example',
  'Jane <jane@acme.example>',
  'j\nane@acme.example',
];

test('takes one plain address where the API wants one', () => {
  for (const typed of NOT_ADDRESSES) {
    for (const parse of [toAdditions, toGrants])
      assert.throws(() => parse([typed]), { name: 'Refusal' }, JSON.stringify(typed));
  }
  assert.deepEqual(toAdditions(['ana@acme.example', 'o_neil+vt@müller.example']).length, 2);
});

test('what was typed twice is meant once', () => {
  assert.deepEqual(toRemovals(['jdoe', 'mlee', 'jdoe']), [
    { kind: 'remove_member', id: 'jdoe' },
    { kind: 'remove_member', id: 'mlee' },
  ]);
  assert.equal(toAdditions(['ana@acme.example', 'ANA@acme.example']).length, 1);
});

test('wants the bare name of a service account', () => {
  assert.deepEqual(toServiceAccount('siem', 'acme_soc'), { kind: 'create_service_account', name: 'siem' });
  assert.throws(() => toServiceAccount('acme_soc_siem', 'acme_soc'), /bare name/);
  for (const name of ['', 'a b', 'siem*', 'ä', 'x'.repeat(51)])
    assert.throws(() => toServiceAccount(name, 'g'), { name: 'Refusal' });
});

test('lets nobody open the group to everybody', () => {
  for (const pattern of [
    '*',
    '*@*',
    '*@*.example',
    '*@com',
    '@acme.example',
    'a*@acme.example',
    '*@acme.example ',
    'acme.example',
  ])
    assert.throws(() => toAutoJoin([pattern]), { name: 'Refusal' }, pattern);
  assert.deepEqual(toAutoJoin(['*@acme.example', 'ana@other.example']), {
    kind: 'set_auto_join',
    patterns: ['*@acme.example', 'ana@other.example'],
  });
  assert.deepEqual(toAutoJoin([]), { kind: 'set_auto_join', patterns: [] });
});
