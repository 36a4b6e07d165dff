import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type BuiltInRule, loadBuiltInRules } from '../../src/evaluate/catalogue.ts';
import { judge } from '../../src/evaluate/judge.ts';
import { known } from '../../src/model/fact.ts';
import type { RuleResult } from '../../src/model/judgement.ts';
import type { Sections, Snapshot } from '../../src/model/snapshot.ts';
import {
  AT,
  accountDays,
  administrator,
  approved,
  buildGroup,
  buildHealth,
  buildSections,
  buildSnapshot,
  consumption,
  GROUP_ID,
  member,
  monthsOfUse,
  privilege,
  quota,
  serviceAccount,
  usageDays,
} from '../support/snapshot-builder.ts';

const siem = `${GROUP_ID}_siem`;
const soar = `${GROUP_ID}_soar`;

/** A group in which every requirement is met, also those that ask for an emergency account and for a second service account. */
const CLEAN: Sections = buildSections({
  members: [
    ...['amy', 'bela', 'chen', 'dora', 'emil'].map((id) => member(id)),
    member('glass', { lastLoginAt: known('2025-12-01T10:00:00.000Z') }),
  ],
  breakGlass: [approved('glass')],
  previousMembers: { at: '2026-11-16T07:00:00.000Z', ids: ['amy', 'bela', 'chen', 'dora', 'emil', 'glass'] },
  serviceAccounts: [serviceAccount('siem'), serviceAccount('soar')],
  approvedServiceAccounts: [approved(siem), approved(soar)],
  previousServiceAccounts: { at: '2026-11-16T07:00:00.000Z', ids: [siem, soar] },
  accountActivity: monthsOfUse({ amy: 40, bela: 12, [siem]: 3000, [soar]: 80 }),
});

const world = (overrides: Partial<Sections>): Snapshot => buildSnapshot({ ...CLEAN, ...overrides });
const people = (change: Readonly<Record<string, Parameters<typeof member>[1]>>) =>
  CLEAN.members.map((one) => ({ ...one, ...change[one.id] }));
const quotas = (changed: Readonly<Record<string, ReturnType<typeof quota>>>) => {
  const group = buildGroup();
  return { ...group, quotas: known({ ...(group.quotas.known ? group.quotas.value : {}), ...changed }) };
};
const busyDay = (endpoint: string, calls: number) =>
  usageDays('2026-11-23', 60, { '2026-11-19': { file_lookup: 800, url_lookup: 200, [endpoint]: calls } });

/** For each rule the least that makes it, and no other, breach. */
const WORLDS: Readonly<Record<string, Snapshot>> = {
  'administrators-are-approved': world({ approvedAdministrators: [approved('amy')] }),
  'administrators-are-few': world({ identity: { id: 'bela' } }),
  'auditor-is-healthy': world({ auditorHealth: buildHealth({ quotaRefused: true }) }),
  'auto-join-is-restricted': world({ group: buildGroup({ autoAddUsers: known(['*@gmail.com']) }) }),
  'break-glass-accounts-are-idle': world({
    members: people({ glass: { lastLoginAt: known('2026-11-20T10:00:00.000Z') } }),
  }),
  'consumption-is-spread': world({
    group: quotas({ intelligence_searches_monthly: quota(2000, 1100) }),
    consumption: [consumption('intelligence_searches_monthly', { amy: 900, chen: 200 })],
  }),
  'endpoints-are-familiar': world({ groupUsage: busyDay('intelligence_search', 2) }),
  'expected-accounts-exist': world({ approvedServiceAccounts: [approved(siem), approved(soar), approved('gone')] }),
  'members-are-active': world({ members: people({ dora: { lastLoginAt: known('2026-08-01T10:00:00.000Z') } }) }),
  'members-belong-to-approved-domains': world({ members: people({ dora: { email: known('dora@quay.example') } }) }),
  'members-use-2fa': world({ membersWithout2fa: ['dora'] }),
  'membership-changes-are-approved': world({
    members: CLEAN.members.filter(({ id }) => id === 'amy' || id === 'bela' || id === 'glass'),
    previousMembers: { at: '2026-11-16T07:00:00.000Z', ids: ['amy', 'bela', 'glass', 'p1', 'p2', 'p3', 'p4', 'p5'] },
  }),
  'personal-caps-have-room': world({
    members: people({ amy: { quotas: known({ api_requests_daily: quota(2, 2) }) } }),
  }),
  'privileges-are-current': world({
    group: buildGroup({ privileges: known([privilege('intelligence', { expiresAt: '2026-12-20T00:00:00.000Z' })]) }),
  }),
  'quota-within-limit': world({ group: quotas({ intelligence_downloads_monthly: quota(500, 490) }) }),
  'service-accounts-are-approved': world({ approvedServiceAccounts: [approved(siem)] }),
  'service-accounts-are-capped': world({
    serviceAccounts: [serviceAccount('siem'), serviceAccount('soar', { quotas: known({}) })],
  }),
  'service-accounts-are-used': world({ accountActivity: monthsOfUse({ amy: 40, bela: 12, [siem]: 3000 }) }),
  'usage-without-spikes': world({ groupUsage: busyDay('file_lookup', 9000) }),
};

let rules: readonly BuiltInRule[] = [];

before(async () => {
  rules = await loadBuiltInRules();
});

function judgeAll(snapshot: Snapshot): readonly RuleResult[] {
  return rules.map((rule) => judge({ rule, snapshot, options: rule.options.parse({}), at: AT, open: new Set() }));
}

function breaching(snapshot: Snapshot): readonly string[] {
  return judgeAll(snapshot).flatMap(({ rule, verdict }) => (verdict === 'breached' ? [rule] : []));
}

describe('worlds', () => {
  test('there is one for every built-in rule', () => {
    assert.deepEqual(
      Object.keys(WORLDS).sort(),
      rules.map(({ id }) => id),
    );
  });

  test('a clean world meets every requirement, those that are off by default included', () => {
    const others = judgeAll(world({})).filter(({ verdict }) => verdict !== 'passed');
    assert.deepEqual(
      others.map(({ rule, verdict, reason, breaches }) => ({ rule, verdict, reason, breaches })),
      [],
    );
  });

  for (const [id, snapshot] of Object.entries(WORLDS)) {
    test(`in its own world exactly ${id} is breached`, () => assert.deepEqual(breaching(snapshot), [id]));
  }

  test('one account that does six times its usual breaches the same rule as the group would', () => {
    const day = '2026-11-19';
    const storedAccountDays = accountDays('2026-11-21', 59, { [day]: { [siem]: 640, amy: 20 } });
    assert.deepEqual(breaching(world({ storedAccountDays })), ['usage-without-spikes']);
  });

  test('an administrator whom nobody knows is a breach of what it should be', () => {
    const administrators = [...CLEAN.administrators, administrator('stranger')];
    assert.deepEqual(breaching(world({ administrators })), [
      'administrators-are-approved',
      'membership-changes-are-approved',
    ]);
  });

  test('a group that cannot be read meets nothing, and breaches nothing', () => {
    const verdicts = new Set(judgeAll({}).map(({ verdict }) => verdict));
    assert.deepEqual([...verdicts], ['not_evaluated']);
  });
});
