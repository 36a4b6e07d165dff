import { ApiError, forbidden, notFound } from './api-error.ts';
import { accountOfKey } from './caller.ts';
import { type Answer, type Exchange, listOf, part, viewOf } from './exchange.ts';
import { accountObject, type WireObject } from './objects.ts';
import { pageOf } from './paging.ts';
import { overallQuotas } from './quotas.ts';
import { type Account, hasAdministratorRole, type World } from './world.ts';

const QUOTA_GROUPS = new Set(['api_quota_group', 'intelligence_quota_group', 'monitor_quota_group']);
const LISTS_FOR_EVERYONE = new Set(['comments', 'graphs', 'mentions', 'votes', 'collections']);
const LISTS_FOR_THE_OWNER = new Set([
  'hunting_notifications',
  'hunting_notification_files',
  'hunting_rulesets',
  'retrohunt_jobs',
]);

/**
 * The account with an id, an address or an API key. The key form works only for the account itself and its administrators.
 * @throws ApiError 404 when there is none, 403 for somebody else's key.
 */
export function findAccount(exchange: Exchange, id: string): Account {
  const { world } = exchange;
  const byKey = /^[0-9a-f]{64}$/.test(id) ? accountOfKey(world, id) : null;
  if (byKey !== null && !isOwnerOrAdministrator(exchange, byKey)) throw forbidden();
  const account = byKey ?? world.accounts.get(id) ?? accountByAddress(world, id);
  if (account === null || account.broken) throw notFound('User', id);
  return account;
}

/** The account with an e-mail address, in any case; null when there is none. */
export function accountByAddress(world: World, address: string): Account | null {
  if (!address.includes('@')) return null;
  for (const account of world.accounts.values()) {
    if (account.email?.toLowerCase() === address.toLowerCase()) return account;
  }
  return null;
}

/** Whether the caller is the account itself or an administrator of its group. */
export function isOwnerOrAdministrator(
  { world, caller }: Pick<Exchange, 'world' | 'caller'>,
  account: Account,
): boolean {
  if (caller.account.id === account.id) return true;
  return caller.standing === 'administrator' && account.group === world.group.id;
}

/** GET /users/{id} */
export function readUser(exchange: Exchange): Answer {
  const account = findAccount(exchange, part(exchange, 'user'));
  const wanted = exchange.query.get('relationships');
  const object = accountObject(viewOf(exchange), account);
  if (wanted === null) return { data: object };
  return { data: { ...object, relationships: embedded(exchange, account, wanted.split(',')) } };
}

/** GET /service_accounts/{id} */
export function readServiceAccount(exchange: Exchange): Answer {
  const id = part(exchange, 'account');
  const { world, caller } = exchange;
  const account = world.accounts.get(id);
  if (account === undefined || account.kind !== 'service_account' || account.group === null) {
    throw notFound('Service account', id);
  }
  if (caller.standing === 'outsider') throw forbidden();
  return { data: accountObject(viewOf(exchange), account) };
}

/** GET /users/{id}/overall_quotas: for the account itself and its group's administrators. */
export function readOverallQuotas(exchange: Exchange): Answer {
  const account = findAccount(exchange, part(exchange, 'user'));
  if (!isOwnerOrAdministrator(exchange, account)) throw forbidden();
  return { data: overallQuotas(exchange.world, account) };
}

/** GET /users/{id}/{relationship}: a group as an object, or a list. */
export function readUserRelationship(exchange: Exchange): Answer {
  return relationshipBody(exchange, groupStub(exchange.baseUrl));
}

/** GET /users/{id}/relationships/{relationship}: descriptors. */
export function readUserDescriptors(exchange: Exchange): Answer {
  return relationshipBody(exchange, groupDescriptor);
}

function relationshipBody(exchange: Exchange, render: (groupId: string) => unknown): Answer {
  const account = findAccount(exchange, part(exchange, 'user'));
  const name = part(exchange, 'relationship');
  const related = relatedGroups(exchange, account, name);
  if (related === null) return pageOf(listOf(exchange), [], () => null, { countShown: true });
  if (!QUOTA_GROUPS.has(name)) return pageOf(listOf(exchange), related, render, { countShown: true });
  const [group] = related;
  return {
    data: group === undefined ? null : render(group),
    links: { self: `${exchange.baseUrl}${exchange.path}` },
  };
}

/** Group ids for a relationship to groups; null for a list of things that this world has none of. */
function relatedGroups(exchange: Exchange, account: Account, name: string): readonly string[] | null {
  const isOwner = exchange.caller.account.id === account.id;
  const maySee = isOwnerOrAdministrator(exchange, account);
  if (LISTS_FOR_EVERYONE.has(name)) return null;
  if (LISTS_FOR_THE_OWNER.has(name)) return requireSight(isOwner, null);
  if (QUOTA_GROUPS.has(name)) return requireSight(maySee, account.group === null ? [] : [account.group]);
  if (name === 'groups') {
    // A member's groups are the owner's business; a service account's are the administrators' too.
    return requireSight(isOwner || (maySee && account.kind === 'service_account'), groupsOf(account));
  }
  if (name === 'groups_managed') return requireSight(maySee, managedGroups(account));
  throw new ApiError(400, 'BadRequestError', `"${name}" is not a relationship of users`);
}

function requireSight<T>(maySee: boolean, value: T): T {
  if (!maySee) throw forbidden();
  return value;
}

function groupsOf(account: Account): readonly string[] {
  return account.group === null ? [] : [account.group];
}

function managedGroups(account: Account): readonly string[] {
  return account.administrator || hasAdministratorRole(account) ? groupsOf(account) : [];
}

function groupDescriptor(id: string): WireObject {
  return { type: 'group', id };
}

function groupStub(baseUrl: string): (id: string) => WireObject {
  return (id) => ({ type: 'group', id, links: { self: `${baseUrl}/groups/${id}` }, attributes: {} });
}

/** Descriptors under `relationships`, for those names that the caller may see. */
function embedded(exchange: Exchange, account: Account, names: readonly string[]): WireObject {
  const relationships: Record<string, unknown> = {};
  for (const name of names) {
    if (!isVisible(exchange, account, name)) continue;
    const groups = (relatedGroups(exchange, account, name) ?? []).map(groupDescriptor);
    const url = `${exchange.baseUrl}/users/${encodeURIComponent(account.id)}`;
    relationships[name] = {
      data: QUOTA_GROUPS.has(name) ? (groups[0] ?? null) : groups,
      links: { self: `${url}/relationships/${name}`, related: `${url}/${name}` },
    };
  }
  return relationships;
}

function isVisible(exchange: Exchange, account: Account, name: string): boolean {
  try {
    relatedGroups(exchange, account, name);
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}
