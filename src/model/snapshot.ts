import type { Fact } from './fact.ts';
import type { Day, Instant, Month } from './instant.ts';
import type { Reason } from './reason.ts';

/** An allowance and what is used of it, in the unit that the quota's name states. `used` may exceed `allowed`. */
export interface Quota {
  readonly allowed: number;
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
  /** The last 60 finished and unfinished days, oldest first, gaps filled; the last entry is today and incomplete. */
  readonly groupUsage: readonly UsageDay[];
  /** This month's consumption by account, one entry a quota that the group has a pool of. */
  readonly consumption: readonly Consumption[];
  /** Consumption by account on the few days that stand out most, and in their months: who was behind a spike. */
  readonly peakDays: readonly Consumption[];
  readonly rights: Rights;
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

/** Sections that come from the store. */
export interface RememberedSections {
  /** Days older than the vendor still shows, oldest first; empty on a first audit. */
  readonly storedUsage: readonly UsageDay[];
  /** When each rule was last evaluated for this group, by rule id; empty on a first audit. */
  readonly lastJudged: Readonly<Record<string, Instant>>;
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
export const REMEMBERED_SECTIONS = ['storedUsage', 'lastJudged'] as const satisfies readonly RememberedName[];

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
