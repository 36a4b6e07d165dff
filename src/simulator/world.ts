import { createHash } from 'node:crypto';
import type { Clock } from '../model/clock.ts';
import { type Day, type Month, toDay, toMonth } from '../model/instant.ts';
import type {
  AccountData,
  GroupData,
  LogData,
  MemberData,
  OutsiderData,
  PoolData,
  Scenario,
  ServiceAccountData,
} from './scenario.ts';
import { DEFAULT_SWITCHES, type Switches } from './switches.ts';

const DAY_MS = 86_400_000;

/** The role that makes its holder an administrator. */
export const ADMINISTRATOR_ROLE = 'USER_ROLE_GROUP_ADMIN';

/** An account as it is now. Times are milliseconds. */
export interface Account {
  readonly id: string;
  readonly kind: 'user' | 'service_account';
  firstName: string | undefined;
  lastName: string | undefined;
  profilePhrase: string;
  readonly email: string | undefined;
  has2fa: boolean;
  readonly broken: boolean;
  readonly active: boolean;
  readonly since: number;
  readonly sinceDay: Day;
  lastLogin: number | null;
  /** The group it is in; null for a free user. */
  group: string | null;
  /** In the `administrators` relationship of its group. */
  administrator: boolean;
  roles: readonly string[];
  dailyCap: number | null;
  readonly uses: Readonly<Record<string, number>>;
  consumes: Readonly<Record<string, number>>;
  /** The first day on which it no longer used the group's pools; null while it is in the group or never was. */
  leftOn: Day | null;
}

/** The group's own state. */
export interface GroupState {
  readonly id: string;
  readonly data: GroupData;
  organization: string;
  domain: string;
  autoAddUsers: readonly string[];
  readonly pools: Map<string, PoolData>;
  /** Addresses that were invited and have no account yet. The API shows them to nobody. */
  readonly invited: Set<string>;
}

/** An entry of the activity log. */
export interface LogEntry {
  readonly id: string;
  readonly at: number;
  readonly action: string;
  readonly actor: string;
  readonly affected: string;
}

/** The current state of a scenario. Changed only by the write operations and by steps, which both call `touch`. */
export interface World {
  readonly scenario: Scenario;
  readonly switches: Switches;
  readonly clock: Clock;
  /** The instant that the scenario's "days ago" count from. */
  readonly startedAt: Date;
  readonly group: GroupState;
  /** Everybody, inside the group and outside, by id. */
  readonly accounts: Map<string, Account>;
  readonly log: LogEntry[];
  /** The month that the scenario's consumption figures describe. */
  anchorMonth: Month;
  /** Raised by every change; whatever was computed before is then stale. */
  revision: number;
  readonly computed: Map<string, { readonly revision: number; readonly value: unknown }>;
}

/** Sets a scenario up at the present instant of the clock. */
export function createWorld(scenario: Scenario, clock: Clock): World {
  const startedAt = clock.now();
  const { group } = scenario;
  const world: World = {
    scenario,
    switches: { ...DEFAULT_SWITCHES, ...scenario.switches },
    clock,
    startedAt,
    group: {
      id: group.id,
      data: group,
      organization: group.organization,
      domain: group.domain,
      autoAddUsers: group.autoAddUsers,
      pools: new Map(Object.entries(group.quotas)),
      invited: new Set(),
    },
    accounts: new Map(),
    log: [],
    anchorMonth: toMonth(startedAt),
    revision: 0,
    computed: new Map(),
  };
  for (const member of scenario.members) addPerson(world, member, group.id);
  for (const account of scenario.serviceAccounts) addServiceAccount(world, account);
  for (const outsider of scenario.outsiders) addOutsider(world, outsider);
  for (const entry of scenario.activityLog) addPastEntry(world, entry);
  return world;
}

/** Puts a person's account into the world. `group` null: a free user. */
export function addPerson(world: World, data: MemberData, group: string | null): Account {
  const now = world.clock.now().getTime();
  const { lastLoginDaysAgo } = data;
  const account: Account = {
    ...commonState(data, now),
    kind: 'user',
    lastName: data.lastName,
    profilePhrase: data.profilePhrase ?? '',
    has2fa: data.has2fa,
    lastLogin: lastLoginDaysAgo === undefined ? null : instantBefore(now, lastLoginDaysAgo, data.id),
    group,
    administrator: data.administrator ?? false,
  };
  world.accounts.set(account.id, account);
  return account;
}

/** Puts a service account into the world's group. */
export function addServiceAccount(world: World, data: ServiceAccountData): Account {
  const account: Account = {
    ...commonState(data, world.clock.now().getTime()),
    kind: 'service_account',
    lastName: undefined,
    profilePhrase: '',
    has2fa: false,
    lastLogin: null,
    group: world.group.id,
    administrator: false,
  };
  world.accounts.set(account.id, account);
  return account;
}

function addOutsider(world: World, data: OutsiderData): void {
  addPerson(world, data, data.group ?? null);
}

function commonState(
  data: AccountData,
  now: number,
): Omit<Account, 'kind' | 'lastName' | 'profilePhrase' | 'has2fa' | 'lastLogin' | 'group' | 'administrator'> {
  const since = instantBefore(now, data.sinceDaysAgo, data.id);
  return {
    id: data.id,
    firstName: data.firstName,
    email: data.email,
    broken: data.broken ?? false,
    active: !(data.inactive ?? false),
    since,
    sinceDay: toDay(new Date(since)),
    roles: data.roles ?? [],
    dailyCap: data.dailyCap ?? null,
    uses: data.uses ?? {},
    consumes: data.consumes ?? {},
    leftOn: null,
  };
}

/** So many days before `now`, and up to some hours more, so that not all times of a scenario are the same minute. */
function instantBefore(now: number, days: number, salt: string): number {
  return now - days * DAY_MS - Math.floor(share(`${salt}|time`) * 6 * 3_600_000);
}

function addPastEntry(world: World, entry: LogData): void {
  const at = instantBefore(world.clock.now().getTime(), entry.daysAgo, `${entry.action}${entry.affected}`);
  pushLogEntry(world, { at, action: entry.action, actor: entry.actor, affected: entry.affected });
}

/** Notes an action in the activity log at the present instant. */
export function logAction(world: World, action: string, actor: string, affected: string): void {
  pushLogEntry(world, { at: world.clock.now().getTime(), action, actor, affected });
}

function pushLogEntry(world: World, entry: Omit<LogEntry, 'id'>): void {
  const id = `53${String(1_000_000 + world.log.length).padStart(14, '0')}`;
  world.log.push({ id, ...entry });
}

/** Declares everything computed so far as stale. Call it after every change. */
export function touch(world: World): void {
  world.revision += 1;
}

/** Keeps a costly result until the world changes. `key` names everything else that the result depends on. */
export function remember<T>(world: World, key: string, compute: () => T, isRight: (value: unknown) => value is T): T {
  const known = world.computed.get(key);
  if (known !== undefined && known.revision === world.revision && isRight(known.value)) return known.value;
  const value = compute();
  if (world.computed.size > 500) world.computed.clear();
  world.computed.set(key, { revision: world.revision, value });
  return value;
}

/** Persons in the group, in the order in which they came. */
export function membersOf(world: World): readonly Account[] {
  return accountList(world, 'members', (account) => account.kind === 'user' && account.group === world.group.id);
}

/** Service accounts of the group. */
export function serviceAccountsOf(world: World): readonly Account[] {
  return accountList(
    world,
    'service accounts',
    (account) => account.kind === 'service_account' && account.group === world.group.id,
  );
}

/** Everybody in the `administrators` relationship. */
export function listedAdministrators(world: World): readonly Account[] {
  return accountList(world, 'administrators', (account) => {
    if (account.group !== world.group.id) return false;
    return account.administrator || (world.switches.roleAdministratorsListed && hasAdministratorRole(account));
  });
}

/** Accounts whose consumption the group's pools bore: those in the group and those who left it. */
export function contributorsOf(world: World): readonly Account[] {
  return accountList(world, 'contributors', (account) => account.group === world.group.id || account.leftOn !== null);
}

function accountList(world: World, key: string, isWanted: (account: Account) => boolean): readonly Account[] {
  return remember(world, key, () => [...world.accounts.values()].filter(isWanted), isAccountList);
}

/** For `remember`: the remembered value is a list of accounts. */
export function isAccountList(value: unknown): value is readonly Account[] {
  return Array.isArray(value);
}

/** Whether the account holds the administrators' role, however it came by it. */
export function hasAdministratorRole(account: Account): boolean {
  return account.roles.includes(ADMINISTRATOR_ROLE);
}

/** Roles as relationship reads show them: an administrator by relationship holds the role as well. */
export function rolesOf(account: Account): readonly string[] {
  const isMissing = account.administrator && !hasAdministratorRole(account);
  return isMissing ? [ADMINISTRATOR_ROLE, ...account.roles] : account.roles;
}

/**
 * The last web sign-in, in milliseconds. Who signed in within ten days of the start keeps doing so weekly as the clock goes on;
 * else a world whose clock runs for months would fall asleep.
 */
export function lastLoginOf(world: World, account: Account): number | null {
  const { lastLogin } = account;
  if (lastLogin === null || world.startedAt.getTime() - lastLogin > 10.5 * DAY_MS) return lastLogin;
  const weeks = Math.floor((world.clock.now().getTime() - lastLogin) / (7 * DAY_MS));
  return account.leftOn === null ? lastLogin + Math.max(0, weeks) * 7 * DAY_MS : lastLogin;
}

/** The account's API key: 64 hexadecimal characters, the same for the same scenario. */
export function keyOf(world: World, id: string): string {
  return createHash('sha256').update(`${world.scenario.seed}|key|${id}`).digest('hex');
}

/** The present UTC day. */
export function today(world: World): Day {
  return toDay(world.clock.now());
}

/** A number from 0 (included) to 1 that depends on the text alone: FNV-1a, then mixed. */
export function share(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
