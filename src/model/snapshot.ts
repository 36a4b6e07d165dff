import type { Fact } from './fact.ts';
import type { Day, Instant, Month } from './instant.ts';
import type { Reason } from './reason.ts';

/** An allowance and what is used of it, in the unit that the quota's name states. `used` may exceed `allowed`. */
export interface Quota {
  readonly allowed: number;
  readonly used: number;
}

/** How an audit read the counter of one of the group's quotas. */
export interface QuotaReading {
  readonly quota: string;
  readonly at: Instant;
  readonly used: number;
}

/** A licence flag of a group. `inheritedFrom` names another privilege or a group, depending on `inheritedVia`. */
export interface Privilege {
  readonly name: string;
  readonly granted: boolean;
  readonly expiresAt: Instant | null;
  readonly inheritedFrom: string | null;
  readonly inheritedVia: string | null;
}

/** The audited tenant. */
export interface Group {
  readonly id: string;
  readonly domain: string | null;
  /** By quota name, the group's own pools. */
  readonly quotas: Fact<Readonly<Record<string, Quota>>>;
  readonly privileges: Fact<readonly Privilege[]>;
  /** Addresses and `*@domain` patterns whose owners join by signing up. */
  readonly autoAddUsers: Fact<readonly string[]>;
  /** Whether sign-in through the group's identity provider is enforced, where the vendor shows it. */
  readonly forceOidcLogin: Fact<boolean>;
  /** Names of quotas and privileges that the API sent in a form that nobody can read; absent: all could be read. */
  readonly unreadable?: { readonly quotas: readonly string[]; readonly privileges: readonly string[] };
}

/** What members and service accounts have in common. The id is the API's, as sent. */
export interface AccountFacts {
  readonly id: string;
  readonly name: string | null;
  readonly email: Fact<string>;
  readonly status: string | null;
  readonly createdAt: Fact<Instant | null>;
  /** The account's own caps; empty when it has none of its own. */
  readonly quotas: Fact<Readonly<Record<string, Quota>>>;
  /** The API returned the account without attributes (an element with `error`): it exists, its facts are unknown. */
  readonly broken: boolean;
}

/** A user account in a group. */
export interface Member extends AccountFacts {
  /** Last sign-in to the web; null: never on record. Use of the API may not count. */
  readonly lastLoginAt: Fact<Instant | null>;
}

/** A non-human account of a group, with its own API key (which is never part of the model). */
export type ServiceAccount = AccountFacts;

/** An account that the administrators relationship lists; which kind it is follows from the service-account list. */
export interface Administrator {
  readonly id: string;
  readonly name: string | null;
  readonly email: Fact<string>;
}

/** Roles by account id. `visible: false`: no account showed the field, so nothing follows from an empty list. */
export interface Roles {
  readonly visible: boolean;
  readonly byAccount: Readonly<Record<string, readonly string[]>>;
}

/** The role that makes an account an administrator (vendor's role list, 2026). */
export const ADMINISTRATOR_ROLE = 'USER_ROLE_GROUP_ADMIN';

/** API calls on one UTC day, by endpoint. `calls` cost quota, `freeCalls` do not. Days without use are present and empty. */
export interface UsageDay {
  readonly day: Day;
  readonly calls: Readonly<Record<string, number>>;
  readonly freeCalls: Readonly<Record<string, number>>;
}

/** An account's consumption of one quota of the group's pool in one period. */
export interface Consumer {
  readonly id: string;
  readonly used: number;
}

/** Who used a quota of the group in a period, most first. */
export interface Consumption {
  readonly quota: string;
  /** A month (`YYYY-MM`) or a day (`YYYY-MM-DD`), in UTC. */
  readonly period: Month;
  readonly consumers: readonly Consumer[];
  /** Whether the list goes down to accounts with no use; otherwise only the largest are in it. */
  readonly complete: boolean;
}

/** What accounts used of one quota of the group in one month, as it stood on the day it was read. Accounts without use are left out. */
export interface UseOfMonth {
  readonly quota: string;
  readonly month: Month;
  readonly readOn: Day;
  /** By account id, more than 0. */
  readonly used: Readonly<Record<string, number>>;
}

/** What accounts used of the API on one finished day, as far as it was listed: the largest consumers first. */
export interface AccountDay {
  readonly day: Day;
  /** A day that is read soon after its end may still change. */
  readonly readOn: Day;
  /** Whether accounts that are not named used nothing; otherwise each of them used at most what the least of those named did. */
  readonly complete: boolean;
  /** By account id, more than 0: calls that cost quota. */
  readonly used: Readonly<Record<string, number>>;
}

/** The calls of one account on some finished days, by endpoint, oldest first. */
export interface AccountUsage {
  readonly id: string;
  readonly days: readonly UsageDay[];
}

/** Something that the vendor logged about the group's accounts. */
export interface ActivityEntry {
  readonly at: Instant;
  /** The vendor's words, such as "Add admin to group". */
  readonly action: string;
  /** The account that it was done to. */
  readonly affected: string | null;
  /** The account that did it. */
  readonly actor: string | null;
}

/** The newest entries of the vendor's log. `available: false`: the licence or the vendor does not show it, which is no fault. */
export interface ActivityLog {
  readonly available: boolean;
  /** Newest first. */
  readonly entries: readonly ActivityEntry[];
  /** Since when the entries are all there are; later than asked for when the log is long. */
  readonly since: Instant;
}

/** What proves that the key has administrator rights in the group, or that nothing does. */
export interface Rights {
  readonly proven: boolean;
  /** The answers that only an administrator gets, in words; empty when not proven. */
  readonly proofs: readonly string[];
  /** Whether the configured `identity` is in the administrators relationship or holds the role; null: could not be read. */
  readonly identityIsAdministrator: boolean | null;
}

/** Sections that come from the API. */
export interface CollectedSections {
  readonly group: Group;
  readonly members: readonly Member[];
  /** Ids that `filter=2fa_enabled:false` returned, reconciled with the members and with the filter's complement. */
  readonly membersWithout2fa: readonly string[];
  readonly administrators: readonly Administrator[];
  readonly roles: Roles;
  readonly serviceAccounts: readonly ServiceAccount[];
  /** The last 60 days (30 where the API keeps no more), oldest first, gaps filled; the last entry is today and incomplete. */
  readonly groupUsage: readonly UsageDay[];
  /** This month's consumption by account, one entry a quota that the group has a pool of. */
  readonly consumption: readonly Consumption[];
  /** Consumption by account on the few days that stand out most, and in their months: who was behind a spike. */
  readonly peakDays: readonly Consumption[];
  readonly rights: Rights;
  /** Who used the API, searched or downloaded, in this month and the two before it, to the last account. */
  readonly accountActivity: readonly UseOfMonth[];
  readonly activityLog: ActivityLog;
  /** The calls of the account whose key the auditor uses, on the last 30 days, oldest first; the last entry is today. */
  readonly identityUsage: readonly UsageDay[];
  /** By quota, the group whose pool the auditor's own account draws on: API and intelligence quotas may come from different ones. */
  readonly quotaPools: Readonly<Record<string, string>>;
  /** Who used the API on each of the last five finished days, to the last account; oldest first. */
  readonly recentDays: readonly Consumption[];
  /** Who used the API on finished days that no earlier audit read, or read too soon; oldest first. A day that is not here is unknown. */
  readonly accountDays: readonly AccountDay[];
  /** What the few accounts that seem to stand out most called on each of the last 30 finished days: endpoints above all. */
  readonly peakAccounts: readonly AccountUsage[];
}

/** An account that the configuration approves, by id or e-mail address, in any case. */
export interface ApprovedEntry {
  readonly id: string;
  readonly owner: string | null;
  readonly ticket: string | null;
  /** A date (`YYYY-MM-DD`) after which the approval wants a review. */
  readonly reviewBy: Day | null;
}

/** An attestation that members of some domains sign in through an identity provider that demands a second factor. */
export interface SingleSignOn {
  readonly domains: readonly string[];
  readonly evidence: string;
  readonly attestedBy: string;
  /** Inclusive; afterwards the attestation counts for nothing. */
  readonly until: Day;
}

/** Sections that come from the configuration. A list that is absent is missing (`not_configured`); an empty one approves nobody. */
export interface IntendedSections {
  readonly approvedAdministrators: readonly ApprovedEntry[];
  readonly approvedServiceAccounts: readonly ApprovedEntry[];
  /** Exact domains, or `*.example.com` for its subdomains. */
  readonly approvedDomains: readonly string[];
  /** Emergency accounts; always present, maybe empty. */
  readonly breakGlass: readonly ApprovedEntry[];
  /** Wrapped, so that "none attested" is a present section. */
  readonly singleSignOn: { readonly attestation: SingleSignOn | null };
  /** Whose key the auditor uses. */
  readonly identity: { readonly id: string | null };
}

/** Which accounts an earlier audit saw. */
export interface EarlierAccounts {
  /** When that audit began. */
  readonly at: Instant;
  readonly ids: readonly string[];
}

/** Which administrators an earlier audit saw, by relationship; `byRole`: by role, null where roles were not shown. */
export interface EarlierAdministrators extends EarlierAccounts {
  readonly byRole: readonly string[] | null;
}

/** Since when each approved entry is known to be in the configuration, by its id in lower case. */
export interface ApprovedSince {
  readonly administrators: Readonly<Record<string, Day>>;
  readonly serviceAccounts: Readonly<Record<string, Day>>;
  readonly breakGlass: Readonly<Record<string, Day>>;
}

/** A due time of an audit that no run began at. */
export interface LateSlot {
  readonly audit: string;
  readonly slot: string;
  readonly dueAt: Instant;
  /** When a run that stands for it began; null: none did yet, or those that did died. */
  readonly startedAt: Instant | null;
}

/** A message that its receiver has not got. */
export interface Undelivered {
  readonly channel: string;
  /** `pending`: it is still being tried. */
  readonly state: 'pending' | 'failed';
  readonly since: Instant;
  readonly lastError: string | null;
}

/** A rule that failed in so many runs in a row, the last of them included. */
export interface FailingRule {
  readonly rule: string;
  readonly runs: number;
  readonly since: Instant;
  readonly reason: string;
}

/** A waiver and whether it covers an open finding; null: its rule was not judged yet. */
export interface WaiverInUse {
  readonly rule: string;
  readonly group: string | null;
  readonly subject: string;
  readonly key: string | null;
  readonly approvedBy: string;
  readonly expires: Day;
  readonly endsAt: Instant;
  readonly used: boolean | null;
}

/** How the auditor as a whole does, apart from single groups. */
export interface ProgramHealth {
  /** Of the last seven days. */
  readonly lateSlots: readonly LateSlot[];
  /** Of the last fourteen days. */
  readonly undelivered: readonly Undelivered[];
  readonly failingRules: readonly FailingRule[];
  readonly waivers: {
    readonly inForce: readonly WaiverInUse[];
    readonly bad: readonly { readonly place: string; readonly problem: string }[];
    /** False: the file could not be read, so that nothing of it is known. */
    readonly readable: boolean;
  };
}

/** How the auditor does: what its database and this run tell. No secret is in it, nor anything that one could be computed from. */
export interface AuditorHealth {
  /** Null: it is told with another group, once an audit. */
  readonly program: ProgramHealth | null;
  /** Since when this database knows the group's present API key. */
  readonly keyFirstSeenAt: Instant;
  /** Whether the API refused this run's requests because the group's quota is used up. */
  readonly quotaRefused: boolean;
  /** Requests that this auditor made with the group's key, by UTC day; days without any are left out. */
  readonly ownRequests: {
    /** The first day on which they were counted; null: none was. */
    readonly since: Day | null;
    readonly byDay: Readonly<Record<Day, number>>;
  };
}

/** Sections that come from the store. The `previous` ones are missing (`not_enough_history`) on a first audit. */
export interface RememberedSections {
  /** Days older than the vendor still shows, oldest first; empty on a first audit. */
  readonly storedUsage: readonly UsageDay[];
  /** The counters of the group's quotas as earlier audits read them, the last reading of each day, oldest first. */
  readonly quotaReadings: readonly QuotaReading[];
  /** When each rule was last evaluated for this group, by rule id; empty on a first audit. */
  readonly lastJudged: Readonly<Record<string, Instant>>;
  /** As they were when changes of membership were last judged, else as they were last seen. */
  readonly previousMembers: EarlierAccounts;
  readonly previousServiceAccounts: EarlierAccounts;
  readonly previousAdministrators: EarlierAdministrators;
  /** What earlier audits read of the use of single accounts, up to 13 months back; empty on a first audit. */
  readonly previousActivity: readonly UseOfMonth[];
  /** Days of which earlier audits read who used the API, oldest first; a day that is not here was never read. */
  readonly storedAccountDays: readonly AccountDay[];
  readonly approvedSince: ApprovedSince;
  readonly auditorHealth: AuditorHealth;
}

/** Everything a rule can read, by section name. */
export type Sections = CollectedSections & IntendedSections & RememberedSections;

/** Any section. */
export type SectionName = keyof Sections;
/** A section from the API. */
export type CollectedName = keyof CollectedSections;
/** A section from the configuration. */
export type IntendedName = keyof IntendedSections;
/** A section from the store. */
export type RememberedName = keyof RememberedSections;

/** All sections from the API. */
export const COLLECTED_SECTIONS = [
  'group',
  'members',
  'membersWithout2fa',
  'administrators',
  'roles',
  'serviceAccounts',
  'groupUsage',
  'consumption',
  'peakDays',
  'rights',
  'accountActivity',
  'activityLog',
  'identityUsage',
  'quotaPools',
  'recentDays',
  'accountDays',
  'peakAccounts',
] as const satisfies readonly CollectedName[];

/** All sections from the configuration. */
export const INTENDED_SECTIONS = [
  'approvedAdministrators',
  'approvedServiceAccounts',
  'approvedDomains',
  'breakGlass',
  'singleSignOn',
  'identity',
] as const satisfies readonly IntendedName[];

/** All sections from the store. */
export const REMEMBERED_SECTIONS = [
  'storedUsage',
  'quotaReadings',
  'lastJudged',
  'previousMembers',
  'previousServiceAccounts',
  'previousAdministrators',
  'previousActivity',
  'storedAccountDays',
  'approvedSince',
  'auditorHealth',
] as const satisfies readonly RememberedName[];

/** A section that was obtained, or why it was not. */
export type Section<T> =
  | { readonly present: true; readonly value: T }
  | { readonly present: false; readonly missing: Reason };

/** Sections of a group at one time. A name that is absent was not asked for. */
export type Snapshot = { readonly [Name in SectionName]?: Section<Sections[Name]> };

/** A section that was obtained. */
export function present<T>(value: T): Section<T> {
  return { present: true, value };
}

/** A section that was not obtained, and why. */
export function missing(kind: Reason['kind'], text: string): { readonly present: false; readonly missing: Reason } {
  return { present: false, missing: { kind, text } };
}
