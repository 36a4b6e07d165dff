import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterMembers, type InventorySources, toAdministratorRows, toMemberRows } from '../../src/manage/inventory.ts';
import { known, unknown } from '../../src/model/fact.ts';
import { administrator, approved, consumption, member, quota, serviceAccount } from '../support/snapshot-builder.ts';

const AT = new Date('2026-11-23T08:00:00Z');
const NOTHING: InventorySources = { administrators: null, roles: null, consumption: null };
const rows = (members: Parameters<typeof toMemberRows>[0], sources: Partial<InventorySources> = {}) =>
  toMemberRows(members, [], { ...NOTHING, ...sources });
const old = known('2020-01-01T00:00:00.000Z');
const API = consumption('api_requests_monthly', { busy: 12 });

test('what may not be seen is not taken for nothing', () => {
  const [row] = rows([
    member('jdoe', {
      email: unknown('not_visible'),
      lastLoginAt: unknown('not_visible'),
      quotas: unknown('not_visible'),
    }),
  ]);
  assert.deepEqual(
    [row?.address.known, row?.lastSignInAt.known, row?.dailyCap.known, row?.roles.known, row?.consumed.known],
    [false, false, false, false, false],
  );
});

test('a cap is what is below the vendor’s "none"', () => {
  const caps = [undefined, quota(1_000_000_000, 5), quota(999_999_999, 5), quota(0, 0)].map((daily, index) => {
    const [row] = rows([
      member(`m${index}`, { quotas: known(daily === undefined ? {} : { api_requests_daily: daily }) }),
    ]);
    return row?.dailyCap;
  });
  assert.deepEqual(caps, [known(null), known(null), known(999_999_999), known(0)]);
});

test('leaves service accounts out where the API lists them among the members', () => {
  const machine = serviceAccount('siem');
  assert.deepEqual(
    toMemberRows([member('jdoe'), member(machine.id)], [machine], NOTHING).map(({ id }) => id),
    ['jdoe'],
  );
});

test('whoever is missing from a list that was cut short is not said to have used nothing', () => {
  const [whole] = rows([member('idle')], { consumption: [{ ...API, complete: true }] });
  const [cut] = rows([member('idle')], { consumption: [{ ...API, complete: false }] });
  assert.deepEqual(whole?.consumed, known({ api_requests_monthly: 0 }));
  assert.deepEqual(cut?.consumed, known({}));
});

const WITHOUT = { without2fa: null, inactiveDays: null, domain: null };

test('inactive is who neither signed in nor used the API; who cannot be told is counted', () => {
  const all = rows(
    [
      member('idle', { lastLoginAt: known('2026-10-08T00:00:00.000Z'), createdAt: old }),
      member('edge', { lastLoginAt: known('2026-10-09T00:00:00.000Z'), createdAt: old }),
      member('never', { lastLoginAt: known(null), createdAt: old }),
      member('joined', { lastLoginAt: known(null), createdAt: known('2026-11-20T00:00:00.000Z') }),
      member('busy', { lastLoginAt: known(null), createdAt: old }),
      member('hidden', { lastLoginAt: unknown('not_visible'), createdAt: old }),
    ],
    { consumption: [{ ...API, complete: true }] },
  );
  const { rows: picked, doubts } = filterMembers(all, { ...WITHOUT, inactiveDays: 45 }, AT);
  assert.deepEqual(
    picked.map(({ id }) => id),
    ['idle', 'never'],
  );
  assert.match(doubts.join(), /^1 member is not listed because the last sign-in/);
});

test('a domain is the whole domain, or with *. those below it', () => {
  const all = rows([
    member('a', { email: known('a@acme.example') }),
    member('b', { email: known('b@Sub.Acme.example') }),
    member('c', { email: known('c@notacme.example') }),
    member('d', { email: unknown('not_on_record') }),
  ]);
  const ids = (domain: string) => filterMembers(all, { ...WITHOUT, domain }, AT).rows.map(({ id }) => id);
  assert.deepEqual([ids('acme.example'), ids('@ACME.example'), ids('*.acme.example')], [['a'], ['a'], ['b']]);
  assert.equal(filterMembers(all, { ...WITHOUT, domain: 'acme.example' }, AT).doubts.length, 1);
});

test('administrators are those of the relationship and of the role, approved by id or address', () => {
  const machine = serviceAccount('bot');
  const listed = toAdministratorRows({
    administrators: [administrator('jdoe'), administrator('eve', { email: known('Eve@acme.example') })],
    members: [member('mlee', { email: unknown('not_visible') })],
    serviceAccounts: [machine],
    roles: {
      visible: true,
      byAccount: { mlee: ['USER_ROLE_GROUP_ADMIN'], [machine.id]: ['USER_ROLE_GROUP_ADMIN'], other: [] },
    },
    consumption: null,
    approved: [approved('eve@ACME.example'), approved(machine.id)],
    breakGlass: [approved('JDOE')],
  });
  assert.deepEqual(
    listed.map(({ id, kind, by, approved: approval }) => [id, kind, by.join(), approval]),
    [
      [machine.id, 'service account', 'role', 'yes'],
      ['eve', 'member', 'relationship', 'yes'],
      ['jdoe', 'member', 'relationship', 'emergency'],
      ['mlee', 'member', 'role', 'unclear'],
    ].toSorted((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1)),
  );
});
