import type { MemberData, Scenario, ServiceAccountData } from '../../src/simulator/scenario.ts';
import { share } from '../../src/simulator/world.ts';

/** How large a generated group is, and what it is computed from. */
export interface WorldSize {
  /** 1 to 100,000. */
  readonly members: number;
  /** The same seed gives the same group. */
  readonly seed: string;
}

const GROUP = 'meridian_fleet';
const DOMAIN = 'meridian.example';
const MAX_MEMBERS = 100_000;
const FIRST = ['Adil', 'Birgit', 'Chen', 'Dora', 'Evan', 'Fatou', 'Gita', 'Henk', 'Ilya', 'Jana', 'Kofi', 'Luz'];
const LAST = ['Abbott', 'Bianchi', 'Cohen', 'Dubois', 'Engel', 'Fischer', 'Gomez', 'Haddad', 'Ito', 'Jensen', 'Kaur'];

/**
 * A group of any size, as a scenario. One member in fifty has no second factor, one in ten uses the API, one in twenty has been away
 * for months; the first three are the administrators and one of them nobody approved.
 * @throws when the size is not between 1 and 100,000.
 */
export function generateWorld({ members, seed }: WorldSize): Scenario {
  if (!Number.isInteger(members) || members < 1 || members > MAX_MEMBERS) {
    throw new Error(`a generated group has 1 to ${MAX_MEMBERS} members, not ${members}`);
  }
  const people = Array.from({ length: members }, (_, index) => generateMember(seed, index));
  const serviceAccounts = ['auditor', 'enrich', 'gateway'].map(generateServiceAccount);
  return {
    name: `generated-${members}`,
    description: `A generated group of ${members} members.`,
    seed: `${seed}|${members}`,
    keyHolders: {
      administrator: memberId(0),
      member: memberId(members - 1),
      outsider: 'lone_reader',
      serviceAccount: `${GROUP}_auditor`,
    },
    group: {
      id: GROUP,
      organization: 'Meridian Fleet',
      legalName: 'Meridian Fleet GmbH',
      domain: DOMAIN,
      country: 'Germany',
      countryIso: 'DE',
      industry: 'Logistics',
      signedDaysAgo: 1000,
      contactEmails: [`soc@${DOMAIN}`],
      autoAddUsers: [`*@${DOMAIN}`],
      privileges: { intelligence: { granted: true, expiresInDays: 400 }, 'activity-logs': { granted: true } },
      quotas: {
        api_requests_hourly: { allowed: 600_000 },
        api_requests_daily: { allowed: 100_000 + members * 20 },
        api_requests_monthly: { allowed: 1_000_000_000 },
        intelligence_searches_monthly: { allowed: 1000 + members * 10 },
        intelligence_downloads_monthly: { allowed: 1000 + members * 10 },
        intelligence_hunting_rules: { allowed: 25 },
        private_scans_monthly: { allowed: 0 },
      },
      personalQuotas: {},
    },
    members: people,
    serviceAccounts,
    outsiders: [
      { id: 'lone_reader', firstName: 'Lone', lastName: 'Reader', has2fa: true, sinceDaysAgo: 50, lastLoginDaysAgo: 1 },
    ],
    otherGroups: ['parallel_fleet'],
    usage: { weekendShare: 0.4, variation: 0.1, freeEndpoints: ['groups'], spikes: [] },
    activityLog: [],
    approved: {
      administrators: [memberId(0), memberId(1), `${GROUP}_auditor`],
      serviceAccounts: serviceAccounts.map((account) => account.id),
      domains: [DOMAIN],
      breakGlass: [],
    },
    steps: {},
  };
}

function memberId(index: number): string {
  return `mf_${String(index).padStart(6, '0')}`;
}

function generateMember(seed: string, index: number): MemberData {
  const id = memberId(index);
  const chance = (what: string): number => share(`${seed}|${id}|${what}`);
  const isAway = chance('away') < 0.05;
  return {
    id,
    firstName: FIRST[Math.floor(chance('first') * FIRST.length)] ?? 'Adil',
    lastName: LAST[Math.floor(chance('last') * LAST.length)] ?? 'Abbott',
    email: `${id}@${DOMAIN}`,
    has2fa: chance('2fa') >= 0.02,
    sinceDaysAgo: 150 + Math.floor(chance('since') * 1000),
    lastLoginDaysAgo: Math.floor(isAway ? 60 + chance('login') * 80 : chance('login') * 30),
    ...(index < 3 && { administrator: true }),
    ...(chance('api') < 0.1 && { uses: { files: 5 + Math.floor(chance('calls') * 20) } }),
    ...(chance('searches') < 0.3 && {
      consumes: { intelligence_searches_monthly: 1 + Math.floor(chance('searched') * 10) },
    }),
  };
}

function generateServiceAccount(name: string): ServiceAccountData {
  return {
    id: `${GROUP}_${name}`,
    firstName: name,
    email: `${name}@${GROUP}.example`,
    sinceDaysAgo: 300,
    dailyCap: 5000,
    ...(name === 'auditor' ? { roles: ['USER_ROLE_GROUP_ADMIN'], uses: { groups: 20 } } : { uses: { files: 1500 } }),
  };
}
