import { ApiError, invalidArgument, notFound } from './api-error.ts';
import { changedAttributes, dailyAllowance, type Reference, referencesIn, textList } from './body.ts';
import { requireAdministrator } from './caller.ts';
import { grantAdministrator, removeFromGroup, revokeAdministrator } from './changes.ts';
import { type Answer, type Exchange, part, viewOf } from './exchange.ts';
import { requireGroup } from './group-reads.ts';
import { groupObject } from './objects.ts';
import { accountByAddress } from './user-reads.ts';
import { type Account, ADMINISTRATOR_ROLE, addServiceAccount, logAction, touch, type World } from './world.ts';

const MEMBER_ROLES = new Set([ADMINISTRATOR_ROLE, 'USER_ROLE_PRIVATE_SCANNING']);

const SERVICE_ACCOUNT_ROLES = new Set([
  ...MEMBER_ROLES,
  'USER_ROLE_FILE_DOWNLOADS',
  'USER_ROLE_FILE_UPLOADS',
  'USER_ROLE_PRIVATE_FILE_UPLOADS',
  'USER_ROLE_PRIVATE_FILE_DOWNLOADS',
]);

/** A change is allowed to the group's administrators only. */
function requireRights(exchange: Exchange): void {
  requireGroup(exchange);
  requireAdministrator(exchange.caller);
}

/** PATCH /groups/{id}: automatic joining, and the two names that the web page edits. */
export function updateGroup(exchange: Exchange): Answer {
  requireRights(exchange);
  const { world } = exchange;
  const attributes = Object.entries(changedAttributes(exchange.body, 'group', world.group.id));
  for (const [name, value] of attributes) checkGroupAttribute(name, value);
  for (const [name, value] of attributes) setGroupAttribute(world, name, value);
  touch(world);
  return { data: groupObject(viewOf(exchange)) };
}

function checkGroupAttribute(name: string, value: unknown): void {
  if (name === 'auto_add_users') {
    for (const pattern of textList(value, name)) {
      if (!/^[^@\s]+@[^@\s]+$/.test(pattern)) throw invalidArgument(`Invalid email address: "${pattern}"`);
    }
  } else if (name !== 'organization' && name !== 'domain_name') {
    throw invalidArgument(`The attribute "${name}" is read-only`);
  } else if (typeof value !== 'string') {
    throw invalidArgument(`"${name}" must be a string`);
  }
}

function setGroupAttribute(world: World, name: string, value: unknown): void {
  if (name === 'auto_add_users') world.group.autoAddUsers = textList(value, name);
  else if (name === 'organization') world.group.organization = String(value);
  else world.group.domain = String(value);
}

/** POST /groups/{id}/relationships/users: addresses only. Who has no account is invited and is not listed. */
export function addUsers(exchange: Exchange): Answer {
  requireRights(exchange);
  const { world, caller } = exchange;
  const addresses = addressesIn(exchange);
  const accounts = addresses.map((address) => accountByAddress(world, address));
  for (const account of accounts) refuseForeigner(world, account);
  for (const [index, account] of accounts.entries()) {
    const address = addresses[index] ?? '';
    if (account === null) world.group.invited.add(address);
    else if (account.group !== world.group.id) join(world, account, caller.account.id);
  }
  touch(world);
  return null;
}

function addressesIn(exchange: Exchange): readonly string[] {
  return referencesIn(exchange.body, 'user').map(({ id }) => {
    if (!/^[^@\s]+@[^@\s]+$/.test(id)) throw invalidArgument(`Invalid email address: "${id}"`);
    return id;
  });
}

function refuseForeigner(world: World, account: Account | null): void {
  if (account === null || account.group === null || account.group === world.group.id) return;
  const text = `User "${account.id}" already belongs to another group`;
  throw world.switches.foreignMember === 'conflict'
    ? new ApiError(409, 'AlreadyExistsError', text)
    : invalidArgument(text);
}

function join(world: World, account: Account, actor: string): void {
  account.group = world.group.id;
  account.leftOn = null;
  logAction(world, 'ADD_GROUP_USER', actor, account.id);
}

/** POST /groups/{id}/relationships/administrators: addresses of members. */
export function addAdministrators(exchange: Exchange): Answer {
  requireRights(exchange);
  const { world, caller } = exchange;
  const accounts = addressesIn(exchange).map((address) => {
    const account = accountByAddress(world, address);
    if (account === null || account.group !== world.group.id) throw notFound('User', address);
    return account;
  });
  for (const account of accounts) grantAdministrator(world, account, caller.account.id);
  touch(world);
  return null;
}

/** DELETE /groups/{id}/relationships/administrators/{user_id}: the membership stays. */
export function removeAdministrator(exchange: Exchange): Answer {
  requireRights(exchange);
  const { world, caller } = exchange;
  const account = accountInGroup(world, part(exchange, 'user'), 'user');
  if (!account.administrator) throw invalidArgument(`User "${account.id}" is not an administrator of the group`);
  revokeAdministrator(world, account, caller.account.id);
  touch(world);
  return null;
}

/** DELETE /groups/{id}/relationships/users/{user_id}: the account lives on as a free one. */
export function removeUser(exchange: Exchange): Answer {
  requireRights(exchange);
  const { world, caller } = exchange;
  removeFromGroup(world, accountInGroup(world, part(exchange, 'user'), 'user'), caller.account.id);
  touch(world);
  return null;
}

function accountInGroup(world: World, id: string, kind: Account['kind']): Account {
  const account = world.accounts.get(id);
  if (account === undefined || account.group !== world.group.id || account.kind !== kind) {
    throw invalidArgument(`"${id}" is not in the group`);
  }
  return account;
}

/** POST /groups/{id}/relationships/service_accounts: the bare name; the id is the group's and the name. */
export function createServiceAccounts(exchange: Exchange): Answer {
  requireRights(exchange);
  const { world, caller } = exchange;
  const created = referencesIn(exchange.body, 'service_account').map(({ id: name }) => {
    if (!/^[a-z0-9_-]{1,50}$/i.test(name)) throw invalidArgument(`Invalid service account name: "${name}"`);
    const id = `${world.group.id}_${name}`;
    if (world.accounts.has(id)) throw new ApiError(409, 'AlreadyExistsError', `Service account "${id}" already exists`);
    return { id, firstName: name, email: `${name}@${world.group.id}.example`, sinceDaysAgo: 0 };
  });
  for (const account of created) {
    addServiceAccount(world, account);
    logAction(world, 'ADD_GROUP_SERVICE_ACCOUNT', caller.account.id, account.id);
  }
  touch(world);
  return { data: created.map(({ id }) => ({ type: 'service_account', id })) };
}

/** PATCH /groups/{id}/relationships/users: roles and daily caps, by user id. */
export function updateUserRoles(exchange: Exchange): Answer {
  return updateRoles(exchange, 'user', MEMBER_ROLES);
}

/** PATCH /groups/{id}/relationships/service_accounts: the same for service accounts, which know more roles. */
export function updateServiceAccountRoles(exchange: Exchange): Answer {
  return updateRoles(exchange, 'service_account', SERVICE_ACCOUNT_ROLES);
}

interface RoleChange {
  readonly account: Account;
  readonly roles: readonly string[];
  readonly dailyCap: number | null;
}

/** Nothing is changed unless everything can be. */
function updateRoles(exchange: Exchange, kind: Account['kind'], known: ReadonlySet<string>): Answer {
  requireRights(exchange);
  const { world } = exchange;
  const changes = referencesIn(exchange.body, kind).map((reference) => roleChange(world, reference, kind, known));
  for (const { account, roles, dailyCap } of changes) {
    account.roles = roles;
    account.dailyCap = dailyCap;
  }
  touch(world);
  return {};
}

function roleChange(world: World, reference: Reference, kind: Account['kind'], known: ReadonlySet<string>): RoleChange {
  const account = accountInGroup(world, reference.id, kind);
  const { context } = reference;
  const base = context['roles'] === undefined ? account.roles : rolesIn(context['roles'], known);
  const added = context['add_roles'] === undefined ? [] : rolesIn(context['add_roles'], known);
  const removed = context['remove_roles'] === undefined ? [] : rolesIn(context['remove_roles'], known);
  const limits = context['quota_limits'];
  return {
    account,
    roles: [...new Set([...base, ...added])].filter((role) => !removed.includes(role)),
    dailyCap: limits === undefined ? account.dailyCap : dailyAllowance(limits),
  };
}

function rolesIn(value: unknown, known: ReadonlySet<string>): readonly string[] {
  const roles = textList(value, 'roles');
  for (const role of roles) if (!known.has(role)) throw invalidArgument(`Invalid role: "${role}"`);
  return roles;
}
