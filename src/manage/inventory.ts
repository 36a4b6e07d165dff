import type { Fact } from '../model/fact.ts';
import { addDays, type Day, type Instant, toDay } from '../model/instant.ts';
import type {
  AccountFacts,
  Administrator,
  ApprovedEntry,
  Consumption,
  Member,
  Quota,
  Roles,
  ServiceAccount,
} from '../model/snapshot.ts';
import { ADMINISTRATOR_ROLE } from '../model/snapshot.ts';
import { NO_CAP } from './facts.ts';

/** What is known of an account beside its own facts. A list that was not read is null. */
export interface InventorySources {
  readonly administrators: readonly Administrator[] | null;
  readonly roles: Roles | null;
  /** Of this month, by quota. */
  readonly consumption: readonly Consumption[] | null;
}

/** An account as an inventory lists it. */
export interface AccountRow {
  readonly id: string;
  readonly name: string | null;
  readonly address: Fact<string>;
  readonly status: string | null;
  readonly createdAt: Fact<Instant | null>;
  /** Roles by the vendor's names, `administrator` among them for those of the relationship. */
  readonly roles: Fact<readonly string[]>;
  /** API requests a day; null: no cap. */
  readonly dailyCap: Fact<number | null>;
  readonly quotas: Fact<Readonly<Record<string, Quota>>>;
  /** This month's use of the group's pools, by quota. */
  readonly consumed: Fact<Readonly<Record<string, number>>>;
}

/** A member as an inventory lists it. */
export interface MemberRow extends AccountRow {
  readonly lastSignInAt: Fact<Instant | null>;
}

/** Members as rows, service accounts left out where the API lists them among the members. */
export function toMemberRows(
  members: readonly Member[],
  serviceAccounts: readonly ServiceAccount[],
  sources: InventorySources,
): readonly MemberRow[] {
  const machines = new Set(serviceAccounts.map(({ id }) => id));
  return members
    .filter(({ id }) => !machines.has(id))
    .map((member) => ({ ...toAccountRow(member, sources), lastSignInAt: member.lastLoginAt }));
}

/** An account as a row. */
export function toAccountRow(account: AccountFacts, sources: InventorySources): AccountRow {
  const { id, name, email, status, createdAt, quotas } = account;
  return {
    id,
    name,
    address: email,
    status,
    createdAt,
    roles: rolesOf(id, sources),
    dailyCap: quotas.known ? { known: true, value: toCap(quotas.value) } : quotas,
    quotas,
    consumed: consumedBy(id, sources.consumption),
  };
}

function toCap(quotas: Readonly<Record<string, Quota>>): number | null {
  const allowed = quotas['api_requests_daily']?.allowed ?? NO_CAP;
  return allowed >= NO_CAP ? null : allowed;
}

function rolesOf(id: string, { administrators, roles }: InventorySources): Fact<readonly string[]> {
  const listed = administrators?.some((account) => account.id === id) === true ? ['administrator'] : [];
  if (roles === null || !roles.visible)
    return listed.length === 0 ? { known: false, why: 'not_visible' } : { known: true, value: listed };
  const held = (roles.byAccount[id] ?? []).map(shortRole);
  return { known: true, value: [...new Set([...listed, ...held])].sort() };
}

/** `USER_ROLE_PRIVATE_SCANNING` reads as `private scanning`. */
function shortRole(role: string): string {
  if (role === ADMINISTRATOR_ROLE) return 'administrator';
  return role
    .replace(/^USER_ROLE_/u, '')
    .replaceAll('_', ' ')
    .toLowerCase();
}

function consumedBy(id: string, consumption: readonly Consumption[] | null): Fact<Readonly<Record<string, number>>> {
  if (consumption === null) return { known: false, why: 'not_collected' };
  const used = consumption.flatMap(({ quota, consumers, complete }): [string, number][] => {
    const found = consumers.find((consumer) => consumer.id === id);
    if (found !== undefined) return [[quota, found.used]];
    // Whoever is missing from a list that was read to its end used nothing.
    return complete ? [[quota, 0]] : [];
  });
  return { known: true, value: Object.fromEntries(used) };
}

/** The quota that counts all API requests of a month. */
export const API_REQUESTS = 'api_requests_monthly';

/** Which members are wanted. Null: all. */
export interface MemberFilter {
  /** Ids of members without a second factor. */
  readonly without2fa: ReadonlySet<string> | null;
  readonly inactiveDays: number | null;
  /** A domain, or `*.` and a domain for those below it. */
  readonly domain: string | null;
}

/** The members wanted, and how many could not be told. */
export interface Filtered {
  readonly rows: readonly MemberRow[];
  /** Sentences about members that may belong here and are not listed. */
  readonly doubts: readonly string[];
}

/**
 * Picks members. Whoever cannot be told is counted and not listed: an unknown last sign-in is not a missing one.
 */
export function filterMembers(
  rows: readonly MemberRow[],
  { without2fa, inactiveDays, domain }: MemberFilter,
  at: Date,
): Filtered {
  const tests: { readonly what: string; readonly test: (row: MemberRow) => boolean | null }[] = [];
  if (without2fa !== null) tests.push({ what: 'second factor', test: ({ id }) => without2fa.has(id) });
  if (inactiveDays !== null) {
    const since = addDays(toDay(at), -inactiveDays);
    tests.push({ what: 'last sign-in or use of the API', test: (row) => isInactive(row, since) });
  }
  if (domain !== null) tests.push({ what: 'address', test: ({ address }) => isAt(address, domain) });
  const doubtful = new Map<string, number>();
  const picked = rows.filter((row) => {
    const verdicts = tests.map(({ what, test }) => ({ what, verdict: test(row) }));
    if (verdicts.some(({ verdict }) => verdict === false)) return false;
    const doubt = verdicts.find(({ verdict }) => verdict === null);
    if (doubt !== undefined) doubtful.set(doubt.what, (doubtful.get(doubt.what) ?? 0) + 1);
    return doubt === undefined;
  });
  return {
    rows: picked,
    doubts: [...doubtful].map(
      ([what, count]) =>
        `${count} ${count === 1 ? 'member is' : 'members are'} not listed because the ${what} is not visible`,
    ),
  };
}

/** Neither signed in nor used the API: a long session, or use by API only, leaves no recent sign-in. Null: cannot be told. */
function isInactive({ lastSignInAt, consumed, createdAt }: MemberRow, since: Day): boolean | null {
  if (lastSignInAt.known && lastSignInAt.value !== null && toDay(lastSignInAt.value) >= since) return false;
  if (createdAt.known && createdAt.value !== null && toDay(createdAt.value) >= since) return false;
  const calls = consumed.known ? consumed.value[API_REQUESTS] : undefined;
  if (calls !== undefined && calls > 0) return false;
  return lastSignInAt.known && calls !== undefined ? true : null;
}

function isAt(address: Fact<string>, domain: string): boolean | null {
  if (!address.known) return null;
  const wanted = domain.toLowerCase().replace(/^@/u, '');
  const actual = address.value.toLowerCase().split('@').at(-1) ?? '';
  return wanted.startsWith('*.') ? actual.endsWith(wanted.slice(1)) : actual === wanted;
}

/** An administrator as an inventory lists it. */
export interface AdministratorRow {
  readonly id: string;
  readonly kind: 'member' | 'service account';
  readonly name: string | null;
  readonly address: Fact<string>;
  readonly by: readonly ('relationship' | 'role')[];
  /** `unclear`: an address is approved that nobody is known to have, and this one's is not visible. Null: no list is configured. */
  readonly approved: 'yes' | 'no' | 'emergency' | 'unclear' | null;
  readonly status: string | null;
  /** Of a service account nothing is on record: it does not sign in. */
  readonly lastSignInAt: Fact<Instant | null>;
  readonly dailyCap: Fact<number | null>;
  readonly consumed: Fact<Readonly<Record<string, number>>>;
}

/** What tells administrators. */
export interface AdministratorSources {
  readonly administrators: readonly Administrator[];
  readonly members: readonly Member[];
  readonly serviceAccounts: readonly ServiceAccount[];
  readonly roles: Roles | null;
  readonly consumption: readonly Consumption[] | null;
  readonly approved: readonly ApprovedEntry[] | null;
  readonly breakGlass: readonly ApprovedEntry[];
}

/** Administrators by relationship and by role, service accounts too, and whether the configuration approves them. */
export function toAdministratorRows(sources: AdministratorSources): readonly AdministratorRow[] {
  const listed = new Map(sources.administrators.map((account) => [account.id, account]));
  const byRole = Object.entries(sources.roles?.byAccount ?? {}).flatMap(([id, roles]) =>
    roles.includes(ADMINISTRATOR_ROLE) ? [id] : [],
  );
  const accounts = new Map([...sources.members, ...sources.serviceAccounts].map((account) => [account.id, account]));
  const machines = new Set(sources.serviceAccounts.map(({ id }) => id));
  return [...new Set([...listed.keys(), ...byRole])].sort().map((id) => {
    const account = accounts.get(id) ?? listed.get(id);
    const address = account?.email ?? ({ known: false, why: 'not_on_record' } as const);
    return {
      id,
      ...activityOf(id, sources),
      kind: machines.has(id) ? 'service account' : 'member',
      name: account?.name ?? null,
      address,
      by: [...(listed.has(id) ? (['relationship'] as const) : []), ...(byRole.includes(id) ? (['role'] as const) : [])],
      approved: approvalOf(id, address, sources),
    };
  });
}

const UNREAD = { known: false, why: 'not_collected' } as const;

/** What is known of an administrator's account beside the list that it is in. */
function activityOf(
  id: string,
  { members, serviceAccounts, consumption }: AdministratorSources,
): Pick<AdministratorRow, 'status' | 'lastSignInAt' | 'dailyCap' | 'consumed'> {
  const member = members.find((account) => account.id === id);
  const account = serviceAccounts.find((one) => one.id === id) ?? member;
  const consumed = consumedBy(id, consumption);
  if (account === undefined) return { status: null, lastSignInAt: UNREAD, dailyCap: UNREAD, consumed };
  const { status, quotas } = account;
  return {
    status,
    lastSignInAt: account === member ? member.lastLoginAt : { known: false, why: 'not_on_record' },
    dailyCap: quotas.known ? { known: true, value: toCap(quotas.value) } : quotas,
    consumed,
  };
}

function approvalOf(
  id: string,
  address: Fact<string>,
  { approved, breakGlass }: AdministratorSources,
): AdministratorRow['approved'] {
  const names = new Set([id.toLowerCase(), ...(address.known ? [address.value.toLowerCase()] : [])]);
  const isIn = (entries: readonly ApprovedEntry[]): boolean =>
    entries.some((entry) => names.has(entry.id.toLowerCase()));
  if (isIn(breakGlass)) return 'emergency';
  if (approved === null) return null;
  if (isIn(approved)) return 'yes';
  return !address.known && [...approved, ...breakGlass].some((entry) => entry.id.includes('@')) ? 'unclear' : 'no';
}
