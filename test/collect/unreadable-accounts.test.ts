import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toMembers, toServiceAccounts } from '../../src/collect/accounts.ts';
import { known, unknown } from '../../src/model/fact.ts';
import type { Member } from '../../src/model/snapshot.ts';
import { wireAccount } from '../../src/virustotal/wire/account.ts';
import { wirePage } from '../../src/virustotal/wire/envelope.ts';

const QUOTAS = { api_requests_daily: { allowed: 500, used: 3 } };

const ATTRIBUTES = {
  email: 'ana@acme.example',
  status: 'active',
  last_login: 1_795_000_000,
  user_since: 1_700_000_000,
  quotas: QUOTAS,
};

/** Members as a page of the API has them: ana, of whom some attributes are spoilt, and bela, who is whole. */
function listed(spoilt: Readonly<Record<string, unknown>>): readonly Member[] {
  const page = wirePage(wireAccount).parse({
    data: [
      { type: 'user', id: 'ana', attributes: { ...ATTRIBUTES, ...spoilt } },
      { type: 'user', id: 'bela', attributes: { ...ATTRIBUTES, email: 'bela@acme.example' } },
    ],
  });
  return toMembers(page.data, true);
}

const [whole] = listed({});

test('what cannot be read of a member costs that fact of that member, and not the list', () => {
  const lost = unknown('not_collected');
  const cases = [
    [{ quotas: { api_requests_daily: { allowed: 'plenty', used: 3 } } }, { quotas: lost }],
    [{ quotas: 7 }, { quotas: lost }],
    [{ last_login: -1 }, { lastLoginAt: lost }],
    [{ last_login: 'yesterday' }, { lastLoginAt: lost }],
    [{ user_since: {} }, { createdAt: lost }],
    [{ email: ['ana'] }, { email: lost }],
    [{ status: 3 }, { status: null }],
    [{ first_name: {}, last_name: 4 }, { name: null }],
  ] as const;
  for (const [spoilt, facts] of cases) {
    const [ana, bela] = listed(spoilt);
    assert.deepEqual(ana, { ...whole, ...facts }, JSON.stringify(spoilt));
    assert.deepEqual(bela?.quotas, known(QUOTAS));
  }
});

test('an unreadable cap of a service account is not the lack of one', () => {
  const page = wirePage(wireAccount).parse({
    data: [{ type: 'service_account', id: 'acme_siem', attributes: { quotas: { api_requests_daily: null } } }],
  });
  assert.deepEqual(toServiceAccounts(page.data, true)[0]?.quotas, unknown('not_collected'));
});

test('an element without an id still spoils the list: nobody knows who it is', () => {
  const parsed = wirePage(wireAccount).safeParse({ data: [{ type: 'user', attributes: ATTRIBUTES }] });
  assert.equal(parsed.success, false);
});
