import assert from 'node:assert/strict';
import test from 'node:test';
import { toMembers } from '../../src/collect/accounts.ts';
import { unknown } from '../../src/model/fact.ts';
import { wireAccount } from '../../src/virustotal/wire/account.ts';

/** What an element of the list becomes. */
function memberOf(attributes: object) {
  return toMembers([wireAccount.parse({ type: 'user', id: 'kestrel', attributes })], true)[0];
}

test('a name or an address without end cannot make a rule fail', () => {
  const long = 'x'.repeat(5_000);
  const member = memberOf({ first_name: long, last_name: long, email: `${long}@harbor.example` });
  assert.equal(member?.name, `${'x'.repeat(200)}…`);
  assert.deepEqual(member?.email, unknown('not_on_record'));
  assert.equal(memberOf({ first_name: 'x'.repeat(200) })?.name, 'x'.repeat(200));
});

test('an id without end is no account', () => {
  assert.equal(wireAccount.safeParse({ type: 'user', id: 'x'.repeat(501), attributes: {} }).success, false);
});
