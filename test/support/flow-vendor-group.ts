import type { VendorGroup, VendorMember } from './flow-vendor-server.ts';

const ADMINISTRATOR_ROLE = 'USER_ROLE_GROUP_ADMIN';

/** Keys that must be seen nowhere: 64 hexadecimal characters each, told apart by their beginning. */
export const keyOf = (name: string): string => Buffer.from(`${name}-key-`.repeat(8)).toString('hex').slice(0, 64);

/** Quotas of which a reader could take each for something that it is not, and those that are really near their limit. */
const QUOTAS = {
  // No budgets: a rate, a sentinel, one that means "no limit" without being the sentinel, what is not licensed, and gauges.
  api_requests_hourly: { allowed: 6_000_000, used: 5_999_000 },
  api_requests_monthly: { allowed: 1_000_000_000, used: 999_999_999 },
  intelligence_vtdiff_creation_monthly: { allowed: 100_000_000, used: 99_999_999 },
  private_urlscans_monthly: { allowed: 0, used: 0 },
  cases_creation_monthly: { allowed: 0, used: 4 },
  intelligence_hunting_rules: { allowed: 25, used: 241 },
  monitor_storage_bytes: { allowed: 100, used: 100 },
  private_scans_per_minute: { allowed: 30, used: 30 },
  // Budgets with room: one of them just below the line.
  api_requests_daily: { allowed: 200_000, used: 812 },
  intelligence_downloads_monthly: { allowed: 1000, used: 790 },
  // Budgets near their limit: just at the line, over the allowance, and one of a name that no documentation has.
  intelligence_searches_monthly: { allowed: 2000, used: 1600 },
  intelligence_retrohunt_jobs_monthly: { allowed: 10, used: 12 },
  moonlight_reports_monthly: { allowed: 50, used: 49 },
};

/** Names of those in `QUOTAS` that are near their limit, sorted. */
export const QUOTAS_NEAR_LIMIT = [
  'intelligence_retrohunt_jobs_monthly',
  'intelligence_searches_monthly',
  'moonlight_reports_monthly',
] as const;

/** A group with what must be found in it. */
export interface Expected {
  readonly group: VendorGroup;
  /** Members that the filter gives, sorted. */
  readonly withoutTwoFactor: readonly string[];
  /** Administrators by relationship or role that `approved` does not name, sorted. */
  readonly unapproved: readonly string[];
  readonly approved: { readonly administrators: readonly string[]; readonly serviceAccounts: readonly string[] };
}

/** Every seventh and two single ones sign in with a password alone. */
const hasTwoFactor = (index: number): boolean => index % 7 !== 3 && index !== 8;

/** A group of so many members, with all the oddities that fit into it. */
export function vendorGroup(id: string, count: number, over: Partial<VendorGroup> = {}): Expected {
  const members = Array.from({ length: count }, (_, index) => memberAt(index));
  const has = (account: string): boolean => members.some((member) => member.id === account);
  const auditor = `${id}_auditor`;
  const group: VendorGroup = {
    id,
    key: keyOf(`${id} administrator`),
    keyOwner: auditor,
    memberKey: keyOf(`${id} member`),
    memberKeyOwner: 'larkspur.002',
    members,
    administrators: ['larkspur.000', 'larkspur.001', 'larkspur.004', 'larkspur.005', auditor].filter(
      (account) => account === auditor || has(account),
    ),
    serviceAccounts: [
      { id: `${id}_siem`, apiKey: keyOf(`${id} siem`) },
      { id: `${id}_mailgate`, apiKey: keyOf(`${id} mailgate`), roles: [] },
      { id: auditor, apiKey: keyOf(`${id} administrator`), roles: [ADMINISTRATOR_ROLE] },
      { id: `${id}_script`, apiKey: keyOf(`${id} script`), roles: [ADMINISTRATOR_ROLE, 'USER_ROLE_FILE_DOWNLOADS'] },
    ],
    quotas: QUOTAS,
    autoAddUsers: ['*@larkspur.example'],
    spike: { daysAgo: 11, account: `${id}_siem`, endpoint: '/api/v3/(file_download)', calls: 24_000 },
    ...over,
  };
  return {
    group,
    withoutTwoFactor: members
      .filter(({ twoFactor }) => !twoFactor)
      .map((member) => member.id)
      .sort(),
    // The administrators 0 and 1 are approved, one by id and one by address, both in another case; 4 and 5 are not.
    unapproved: ['larkspur.004', 'larkspur.005', 'larkspur.009', `${id}_script`].filter(
      (account) => account === `${id}_script` || has(account),
    ),
    approved: {
      administrators: ['LARKSPUR.000', 'Larkspur.001@LARKSPUR.example', auditor],
      serviceAccounts: [`${id}_siem`, auditor, `${id}_SCRIPT`],
    },
  };
}

function memberAt(index: number): VendorMember {
  const id = `larkspur.${String(index).padStart(3, '0')}`;
  // The API's ids differ by case alone here, and both accounts are real.
  if (index === 13) return { id: 'Larkspur.012', email: 'twin@larkspur.example', twoFactor: true };
  return {
    id,
    twoFactor: hasTwoFactor(index),
    name: `Person ${index}`,
    ...(index % 10 !== 6 && { email: `${id}@larkspur.example` }),
    ...(index % 9 !== 5 && { lastLogin: Math.floor(Date.now() / 1000) - 86_400 * (index % 60) }),
    ...(index === 9 && { roles: [ADMINISTRATOR_ROLE] }),
    ...(index % 5 === 2 && { roles: [] }),
    // Two broken elements, one in each half of the filter.
    ...((index === 17 || index === 18) && { broken: true }),
  };
}

/** The rules whose expectations these groups come with. */
export const EXPECTED_RULES = [
  'members-use-2fa',
  'administrators-are-approved',
  'quota-within-limit',
  'usage-without-spikes',
  'service-accounts-are-approved',
  'auto-join-is-restricted',
  'privileges-are-current',
] as const;

/** A configuration that audits these groups at a server by hand, in one audit that tells nobody. */
export function vendorConfiguration(baseUrl: string, expected: readonly Expected[]) {
  return {
    groups: expected.map(({ group, approved }) => ({
      id: group.id,
      apiKey: group.key,
      identity: group.keyOwner,
      approved: { ...approved, domains: ['larkspur.example'] },
    })),
    // The server never leaves a request without an answer: only a busy machine makes one late.
    api: { baseUrl, requestsPerMinute: 10_000, concurrency: 8, timeoutSeconds: 120 },
    audits: [{ name: 'review', rules: [...EXPECTED_RULES] }],
    store: { path: './data/auditor.db' },
    server: { listen: '127.0.0.1:0' },
  };
}
