import { known } from '../../src/model/fact.ts';
import { addDays, type Day, eachDay, toDay, weekdayOf } from '../../src/model/instant.ts';
import {
  type AccountDay,
  type Administrator,
  type ApprovedEntry,
  type AuditorHealth,
  COLLECTED_SECTIONS,
  type Consumption,
  type Group,
  INTENDED_SECTIONS,
  type Member,
  type Privilege,
  present,
  type Quota,
  REMEMBERED_SECTIONS,
  type Sections,
  type ServiceAccount,
  type Snapshot,
  type UsageDay,
  type UseOfMonth,
} from '../../src/model/snapshot.ts';

/** The instant of the audits in tests: a Monday morning. */
export const AT = new Date('2026-11-23T07:00:00.000Z');

/** When the audit before it began. */
export const LAST_WEEK = '2026-11-16T07:00:00.000Z';

/** The group of the clean sections. */
export const GROUP_ID = 'harbor_soc';

/** The domain of its members. */
export const DOMAIN = 'harbor.example';

/** A member of the group's domain who signed in yesterday. */
export function member(id: string, overrides: Partial<Member> = {}): Member {
  return {
    id,
    name: `${id} Harbor`,
    email: known(`${id}@${DOMAIN}`),
    status: 'active',
    createdAt: known('2024-03-14T09:10:00.000Z'),
    quotas: known({}),
    broken: false,
    lastLoginAt: known('2026-11-22T10:00:00.000Z'),
    ...overrides,
  };
}

/** A service account of the group; `name` is the bare one that precedes no group. */
export function serviceAccount(name: string, overrides: Partial<ServiceAccount> = {}): ServiceAccount {
  return {
    id: `${GROUP_ID}_${name}`,
    name,
    email: known(`${name}@${GROUP_ID}.example`),
    status: 'active',
    createdAt: known('2025-02-03T09:00:00.000Z'),
    quotas: known({ api_requests_daily: quota(5000, 120) }),
    broken: false,
    ...overrides,
  };
}

/** An entry of the administrators relationship for a member of the group's domain. */
export function administrator(id: string, overrides: Partial<Administrator> = {}): Administrator {
  return { id, name: `${id} Harbor`, email: known(`${id}@${DOMAIN}`), ...overrides };
}

/** An approved account without owner, ticket or date of review. */
export function approved(id: string, overrides: Partial<ApprovedEntry> = {}): ApprovedEntry {
  return { id, owner: null, ticket: null, reviewBy: null, ...overrides };
}

/** A pool or cap of `allowed` of which `used` are spent. */
export function quota(allowed: number, used: number): Quota {
  return { allowed, used };
}

/** A granted privilege that does not expire. */
export function privilege(name: string, overrides: Partial<Privilege> = {}): Privilege {
  return { name, granted: true, expiresAt: null, inheritedFrom: null, inheritedVia: null, ...overrides };
}

/** One day of calls by endpoint. */
export function usageDay(
  day: Day,
  calls: Readonly<Record<string, number>>,
  freeCalls: UsageDay['freeCalls'] = {},
): UsageDay {
  return { day, calls, freeCalls };
}

/**
 * Ordinary days that end on `last`: about a thousand calls on working days, a tenth on weekends, with a small ripple that has no period
 * of seven days. Days named in `overrides` get those calls instead.
 */
export function usageDays(
  last: Day,
  count: number,
  overrides: Readonly<Record<Day, Readonly<Record<string, number>>>> = {},
): readonly UsageDay[] {
  return eachDay(addDays(last, 1 - count), last).map((day, index) => {
    const weekend = weekdayOf(day) === 0 || weekdayOf(day) === 6;
    const lookups = (weekend ? 80 : 800) + ((index * 37) % 11);
    return usageDay(day, overrides[day] ?? { file_lookup: lookups, url_lookup: Math.round(lookups / 4) });
  });
}

/**
 * Who used the API on the days that end on `last`: the siem every day, amy on working days, with ripples that have no period of seven
 * days. Days named in `overrides` have those users instead.
 */
export function accountDays(
  last: Day,
  count: number,
  overrides: Readonly<Record<Day, AccountDay['used']>> = {},
): readonly AccountDay[] {
  return eachDay(addDays(last, 1 - count), last).map((day, index) => {
    const weekend = weekdayOf(day) === 0 || weekdayOf(day) === 6;
    const usual = { [`${GROUP_ID}_siem`]: 100 + ((index * 37) % 11), ...(weekend ? {} : { amy: 20 + (index % 3) }) };
    return { day, readOn: addDays(day, 2), complete: true, used: overrides[day] ?? usual };
  });
}

/** The clean group itself. */
export function buildGroup(overrides: Partial<Group> = {}): Group {
  return {
    id: GROUP_ID,
    domain: DOMAIN,
    quotas: known({
      api_requests_hourly: quota(60_000_000_000, 412),
      api_requests_daily: quota(30_000, 1200),
      api_requests_monthly: quota(1_000_000_000, 24_000),
      intelligence_searches_monthly: quota(2000, 310),
      intelligence_downloads_monthly: quota(500, 40),
      intelligence_hunting_rules: quota(25, 9),
      private_scans_monthly: quota(0, 0),
    }),
    privileges: known([privilege('intelligence', { expiresAt: '2028-01-01T00:00:00.000Z' }), privilege('big-files')]),
    autoAddUsers: known([]),
    forceOidcLogin: known(false),
    ...overrides,
  };
}

/** Sections of a small group in which every requirement is met, with some of them replaced. */
export function buildSections(overrides: Partial<Sections> = {}): Sections {
  return {
    group: buildGroup(),
    members: ['amy', 'bela', 'chen', 'dora', 'emil'].map((id) => member(id)),
    membersWithout2fa: [],
    administrators: [administrator('amy'), administrator('bela')],
    roles: { visible: true, byAccount: {} },
    serviceAccounts: [serviceAccount('siem')],
    groupUsage: usageDays(toDay(AT), 60, { [toDay(AT)]: { file_lookup: 12, url_lookup: 3 } }),
    consumption: [consumption('intelligence_searches_monthly', { amy: 200, chen: 110 })],
    peakDays: [],
    rights: { proven: true, proofs: ['group usage'], identityIsAdministrator: true },
    approvedAdministrators: [approved('amy'), approved('bela')],
    approvedServiceAccounts: [approved(`${GROUP_ID}_siem`)],
    approvedDomains: [DOMAIN],
    breakGlass: [],
    singleSignOn: { attestation: null },
    identity: { id: `${GROUP_ID}_siem` },
    storedUsage: [],
    quotaReadings: [],
    lastJudged: {},
    accountActivity: monthsOfUse({ amy: 40, bela: 12, [`${GROUP_ID}_siem`]: 3000 }),
    activityLog: { available: true, entries: [], since: '2026-10-09T00:00:00.000Z' },
    quotaPools: { api_requests_daily: GROUP_ID, api_requests_monthly: GROUP_ID },
    identityUsage: usageDays(toDay(AT), 30).map(({ day }) => usageDay(day, { users: 9 }, { groups: 3 })),
    recentDays: eachDay('2026-11-18', '2026-11-22').map((day) =>
      consumption('api_requests_daily', { [`${GROUP_ID}_siem`]: 120, amy: 2 }, day),
    ),
    accountDays: accountDays(addDays(toDay(AT), -1), 1),
    peakAccounts: [],
    storedAccountDays: accountDays(addDays(toDay(AT), -2), 59),
    previousMembers: { at: LAST_WEEK, ids: ['amy', 'bela', 'chen', 'dora', 'emil'] },
    previousServiceAccounts: { at: LAST_WEEK, ids: [`${GROUP_ID}_siem`] },
    previousAdministrators: { at: LAST_WEEK, ids: ['amy', 'bela'], byRole: [] },
    previousActivity: [],
    approvedSince: {
      administrators: { amy: '2026-02-02', bela: '2026-02-02' },
      serviceAccounts: { [`${GROUP_ID}_siem`]: '2026-02-02' },
      breakGlass: {},
    },
    auditorHealth: buildHealth(),
    ...overrides,
  };
}

/** An auditor that is well: it made twelve requests on every day, and knows its key since February. */
export function buildHealth(overrides: Partial<AuditorHealth> = {}): AuditorHealth {
  return {
    program: {
      lateSlots: [],
      undelivered: [],
      failingRules: [],
      waivers: { inForce: [], bad: [], readable: true },
    },
    keyFirstSeenAt: '2026-02-02T07:00:00.000Z',
    quotaRefused: false,
    ownRequests: {
      since: '2026-02-02',
      byDay: Object.fromEntries(eachDay('2026-10-01', toDay(AT)).map((day) => [day, 12])),
    },
    ...overrides,
  };
}

/** Who used the API in this month and the two before it, alike in each; both signs of use besides were nobody's. */
export function monthsOfUse(
  used: Readonly<Record<string, number>>,
  months: readonly string[] = ['2026-09', '2026-10', '2026-11'],
): readonly UseOfMonth[] {
  return months.flatMap((month) => [
    { quota: 'api_requests_monthly', month, readOn: toDay(AT), used },
    { quota: 'intelligence_searches_monthly', month, readOn: toDay(AT), used: {} },
  ]);
}

/** The same as a snapshot in which every section is present; replace one by `missing(…)` to take it away. */
export function buildSnapshot(overrides: Partial<Sections> = {}): Snapshot {
  const sections = buildSections(overrides);
  const names = [...COLLECTED_SECTIONS, ...INTENDED_SECTIONS, ...REMEMBERED_SECTIONS];
  return Object.fromEntries(names.map((name) => [name, present<unknown>(sections[name])]));
}

/** Who used a quota in a period (the month of `AT` unless given), most first. */
export function consumption(name: string, used: Readonly<Record<string, number>>, period = '2026-11'): Consumption {
  const consumers = Object.entries(used).map(([id, count]) => ({ id, used: count }));
  return { quota: name, period, consumers: consumers.sort((a, b) => b.used - a.used), complete: true };
}
