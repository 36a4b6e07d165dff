import { readdirSync, readFileSync } from 'node:fs';
import type { FaultRule } from './fault.ts';
import type { Switches } from './switches.ts';

/** A named situation of a group, as data. All times are relative to the start of the simulator. */
export interface Scenario {
  readonly name: string;
  readonly description: string;
  /** Keys and the day-to-day variation of usage are computed from it. */
  readonly seed: string;
  /** Whose keys the simulator hands out, by account id. The administrator is the identity that an auditor uses. */
  readonly keyHolders: Readonly<Record<KeyName, string>>;
  readonly group: GroupData;
  readonly members: readonly MemberData[];
  readonly serviceAccounts: readonly ServiceAccountData[];
  /** Accounts outside the group: free users, and members of other groups where `group` says so. */
  readonly outsiders: readonly OutsiderData[];
  /** Ids of groups that exist and are none of the caller's business. */
  readonly otherGroups: readonly string[];
  readonly usage: UsageData;
  readonly activityLog: readonly LogData[];
  /** The intended state that fits this group: what its owners would write into their configuration. */
  readonly approved: ApprovedData;
  readonly switches?: Partial<Switches>;
  readonly faults?: readonly FaultRule[];
  /** What changes between two looks at the group, by step name. */
  readonly steps: Readonly<Record<string, readonly Change[]>>;
}

/** The identities whose keys the simulator hands out. */
export type KeyName = 'administrator' | 'member' | 'outsider' | 'serviceAccount';

/** The group itself. */
export interface GroupData {
  readonly id: string;
  readonly organization: string;
  readonly legalName: string;
  readonly domain: string;
  readonly country: string;
  readonly countryIso: string;
  readonly industry: string;
  readonly signedDaysAgo: number;
  readonly contactEmails: readonly string[];
  readonly autoAddUsers: readonly string[];
  /** Present only where the vendor shows it. */
  readonly forceUsersOidcLogin?: boolean;
  readonly privileges: Readonly<Record<string, PrivilegeData>>;
  /** Pools of the group by quota name. Without `used` the accounts' consumption adds up to it. */
  readonly quotas: Readonly<Record<string, PoolData>>;
  /** Quotas of accounts that no pool of the group stands behind, by name, with the personal allowance. */
  readonly personalQuotas: Readonly<Record<string, number>>;
}

/** A pool of a group. */
export interface PoolData {
  readonly allowed: number;
  readonly used?: number;
  /** The group whose pool the accounts draw on; absent: this one. */
  readonly inheritedFrom?: string;
}

/** A licence flag. `expiresInDays` may be negative; null is the vendor's 0, which means no end. */
export interface PrivilegeData {
  readonly granted: boolean;
  readonly expiresInDays?: number | null;
  readonly inheritedFrom?: string;
  readonly inheritedVia?: string;
}

/** What accounts of both kinds have. */
export interface AccountData {
  readonly id: string;
  readonly firstName?: string;
  readonly email?: string;
  readonly sinceDaysAgo: number;
  /** A personal cap on API requests a day. */
  readonly dailyCap?: number;
  readonly roles?: readonly string[];
  /** The API returns it without attributes, with an `error`. */
  readonly broken?: boolean;
  /** The account's key is refused with UserNotActiveError. */
  readonly inactive?: boolean;
  /** Calls on an ordinary weekday, by endpoint. */
  readonly uses?: Readonly<Record<string, number>>;
  /** Consumption of this month (or, for a gauge, now) of quotas other than API requests. */
  readonly consumes?: Readonly<Record<string, number>>;
}

/** A person's account in the group. */
export interface MemberData extends AccountData {
  readonly lastName?: string;
  readonly profilePhrase?: string;
  readonly has2fa: boolean;
  /** Absent: never signed in. */
  readonly lastLoginDaysAgo?: number;
  readonly administrator?: boolean;
}

/** A non-human account of the group. */
export type ServiceAccountData = AccountData;

/** A person's account that is not in the group. */
export interface OutsiderData extends MemberData {
  readonly group?: string;
}

/** How the accounts' calls are spread over the days. */
export interface UsageData {
  /** Share of a weekday's calls on Saturdays and Sundays. */
  readonly weekendShare: number;
  /** Largest deviation of a day from the ordinary, as a share. */
  readonly variation: number;
  /** Endpoints whose calls cost no quota. */
  readonly freeEndpoints: readonly string[];
  /** Calls beside the ordinary ones on single days. */
  readonly spikes: readonly SpikeData[];
}

/** Calls of one account on one day beside its ordinary ones. */
export interface SpikeData {
  readonly daysAgo: number;
  readonly account: string;
  readonly endpoint: string;
  readonly calls: number;
}

/** An entry of the activity log; `action` is the name that the filter knows. */
export interface LogData {
  readonly daysAgo: number;
  readonly action: string;
  readonly actor: string;
  readonly affected: string;
}

/** The intended state of the group, as a configuration writes it. */
export interface ApprovedData {
  readonly administrators: readonly string[];
  readonly serviceAccounts: readonly string[];
  readonly domains: readonly string[];
  readonly breakGlass: readonly string[];
}

/** One change of the group within a step. */
export type Change =
  | { readonly change: 'enableTwoFactor' | 'disableTwoFactor' | 'removeMember' | 'signIn'; readonly account: string }
  | { readonly change: 'grantAdministrator' | 'revokeAdministrator'; readonly account: string }
  | { readonly change: 'addMember'; readonly member: MemberData }
  | { readonly change: 'addServiceAccount'; readonly serviceAccount: ServiceAccountData }
  | { readonly change: 'removeServiceAccount'; readonly account: string }
  | { readonly change: 'setRoles'; readonly account: string; readonly roles: readonly string[] }
  | { readonly change: 'setDailyCap'; readonly account: string; readonly allowed: number }
  | { readonly change: 'setPool'; readonly quota: string; readonly pool: PoolData }
  | { readonly change: 'setConsumption'; readonly account: string; readonly quota: string; readonly used: number }
  | { readonly change: 'setAutoAddUsers'; readonly patterns: readonly string[] };

const FOLDER = new URL('./scenarios/', import.meta.url);

/** The names of the scenarios that come with the program, sorted. */
export function scenarioNames(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/**
 * Loads a scenario that comes with the program.
 * @throws when there is none of that name; the message lists those there are.
 */
export function loadScenario(name: string): Scenario {
  const names = scenarioNames();
  if (!names.includes(name)) throw new Error(`there is no scenario "${name}"; there are ${names.join(', ')}`);
  const scenario: Scenario = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));
  return scenario;
}
