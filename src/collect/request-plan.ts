import type { RequestPlan } from '../model/plan.ts';
import type { CollectedName, Quota, Snapshot, UseOfMonth } from '../model/snapshot.ts';
import { PAGE_SIZE } from '../virustotal/paging.ts';
import type { AccountReading } from './account-days.ts';
import { isPooled, signsOfUse } from './consumption.ts';
import { closeSections } from './section-dependencies.ts';

/** How large a group was when it was last looked at. */
export interface GroupSizes {
  readonly members: number;
  readonly membersWithout2fa: number;
  readonly serviceAccounts: number;
  readonly administrators: number;
  /** Quotas whose consumption by account is asked for. */
  readonly pooledQuotas: number;
  /** Quotas, beside the API's own, whose consumers are read as signs of use. */
  readonly signsOfUse: number;
  /** Accounts that used the API within a month. */
  readonly consumers: number;
  /** What the use by account took last time; null: it was not read. */
  readonly activity: {
    /** Pages of all its lists. */
    readonly pages: number;
    /** How many of the pooled quotas are among them. */
    readonly pooledQuotas: number;
  } | null;
}

/** What is assumed of a group that was never looked at: a middling one. */
const ASSUMED_SIZES: GroupSizes = {
  members: 200,
  membersWithout2fa: 20,
  serviceAccounts: 20,
  administrators: 10,
  pooledQuotas: 6,
  signsOfUse: 2,
  consumers: 40,
  activity: null,
};

/** What a plan is made from. */
export interface PlanInput {
  readonly sections: readonly CollectedName[];
  readonly rulesBySection: Readonly<Partial<Record<CollectedName, readonly string[]>>>;
  /** Null on a first audit: the plan is then made for `ASSUMED_SIZES` and says that it is not exact. */
  readonly sizes: GroupSizes | null;
  readonly accountReading: Pick<AccountReading, 'days' | 'accounts'>;
}

/** Sections whose cost never depends on answers. */
const FIXED: ReadonlySet<CollectedName> = new Set<CollectedName>([
  'group',
  'groupUsage',
  'identityUsage',
  'quotaPools',
]);

/** Sections whose cost depends on answers even when the sizes are known. */
const OPEN: ReadonlySet<CollectedName> = new Set<CollectedName>([
  'consumption',
  'peakDays',
  'rights',
  'accountActivity',
  'activityLog',
  'recentDays',
  'accountDays',
  'peakAccounts',
]);

/** Months that the API tells consumers of, and finished days that are read one by one. */
const MONTHS = 3;
const RECENT_DAYS = 5;

/** The requests that collecting these sections will cost, before the first of them. */
export function planRequests({ sections, rulesBySection, sizes, accountReading }: PlanInput): RequestPlan {
  const wanted = closeSections(sections);
  const planned = wanted.map((section) => ({
    section,
    requests: countRequests(section, sizes ?? ASSUMED_SIZES, { wanted: new Set(wanted), accountReading }),
    exact: FIXED.has(section) || (sizes !== null && !OPEN.has(section)),
    rules: [...(rulesBySection[section] ?? [])].sort(),
  }));
  return { sections: planned, total: planned.reduce((sum, { requests }) => sum + requests, 0) };
}

/** What was last seen of a group: how long its lists were (null: not seen), and the sections that the sizes of others follow from. */
export interface LastSeen extends Pick<Snapshot, 'group' | 'consumption' | 'accountActivity'> {
  readonly members: number | null;
  readonly membersWithout2fa: number | null;
  readonly serviceAccounts: number | null;
  readonly administrators: number | null;
}

/** The sizes that follow from what was last seen; null when it does not show how many members there are. */
export function sizesOf({ members, group, consumption, accountActivity, ...lists }: LastSeen): GroupSizes | null {
  if (members === null) return null;
  const quotas = group?.present === true && group.value.quotas.known ? Object.entries(group.value.quotas.value) : null;
  const api =
    consumption?.present === true ? consumption.value.find(({ quota }) => quota === 'api_requests_monthly') : undefined;
  return {
    members,
    membersWithout2fa: lists.membersWithout2fa ?? 0,
    serviceAccounts: lists.serviceAccounts ?? ASSUMED_SIZES.serviceAccounts,
    administrators: lists.administrators ?? ASSUMED_SIZES.administrators,
    pooledQuotas:
      quotas === null ? ASSUMED_SIZES.pooledQuotas : quotas.filter(([name, quota]) => isPooled(name, quota)).length,
    signsOfUse: quotas === null ? ASSUMED_SIZES.signsOfUse : signsOfUse(Object.fromEntries(quotas)).length - 1,
    consumers: api?.consumers.length ?? ASSUMED_SIZES.consumers,
    activity: accountActivity?.present === true ? activityOf(accountActivity.value, quotas ?? []) : null,
  };
}

function activityOf(
  uses: readonly UseOfMonth[],
  quotas: readonly (readonly [string, Quota])[],
): NonNullable<GroupSizes['activity']> {
  const read = new Set(uses.map(({ quota }) => quota));
  return {
    pages: uses.reduce((sum, { used }) => sum + pagesOf(Object.keys(used).length), 0),
    pooledQuotas: quotas.filter(([name, quota]) => read.has(name) && isPooled(name, quota)).length,
  };
}

interface Asked {
  readonly wanted: ReadonlySet<CollectedName>;
  readonly accountReading: PlanInput['accountReading'];
}

function countRequests(section: CollectedName, sizes: GroupSizes, { wanted, accountReading }: Asked): number {
  const { members, membersWithout2fa, serviceAccounts } = sizes;
  const counts: Readonly<Record<CollectedName, number>> = {
    group: 1,
    members: pagesOf(members),
    membersWithout2fa: pagesOf(membersWithout2fa) + pagesOf(members - membersWithout2fa),
    administrators: pagesOf(sizes.administrators),
    roles: pagesOf(members) + pagesOf(serviceAccounts),
    serviceAccounts: pagesOf(serviceAccounts),
    groupUsage: 2,
    consumption: countConsumption(sizes, wanted),
    // Three days and the month before; this month's is shared with consumption, and both with the use by account.
    peakDays: wanted.has('accountActivity') ? 3 : 4 + (wanted.has('consumption') ? 0 : 1),
    rights: (wanted.has('administrators') ? 0 : 1) + (provesRights(wanted) ? 0 : 1),
    accountActivity: countActivity(sizes, wanted),
    // Changes of membership are few; a log that is longer takes a second page.
    activityLog: 1,
    identityUsage: 1,
    quotaPools: 1,
    recentDays: RECENT_DAYS * pagesOf(sizes.consumers),
    // Fewer where another section reads the same days, or no account stands out.
    accountDays: accountReading.days.length,
    peakAccounts: accountReading.accounts,
  };
  return counts[section];
}

/** One page a quota, but all pages of the monthly API requests; what the use by account reads to its end is counted there. */
function countConsumption(
  { pooledQuotas, consumers, activity }: GroupSizes,
  wanted: ReadonlySet<CollectedName>,
): number {
  if (wanted.has('accountActivity') && activity !== null) return pooledQuotas - activity.pooledQuotas;
  return Math.max(0, pooledQuotas - 1) + pagesOf(consumers);
}

/**
 * As many pages as last time; before that, all of the API's consumers and about one of each other sign of use, for each month, what
 * consumption reads being shared.
 */
function countActivity({ consumers, signsOfUse, activity }: GroupSizes, wanted: ReadonlySet<CollectedName>): number {
  if (activity !== null) return activity.pages;
  const aMonth = pagesOf(consumers) + signsOfUse;
  return aMonth * (MONTHS - (wanted.has('consumption') ? 1 : 0));
}

/** Whether a section that is asked for anyway usually proves the key's rights. */
function provesRights(wanted: ReadonlySet<CollectedName>): boolean {
  return wanted.has('groupUsage') || wanted.has('members');
}

/** Even an empty list takes a request. */
function pagesOf(items: number): number {
  return Math.max(1, Math.ceil(items / PAGE_SIZE));
}
