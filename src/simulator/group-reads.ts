import { ApiError, forbidden, invalidArgument, notFound } from './api-error.ts';
import { requireMember } from './caller.ts';
import { type Answer, type Exchange, listOf, part, viewOf } from './exchange.ts';
import { accountDescriptor, accountObject, groupObject } from './objects.ts';
import { pageOf } from './paging.ts';
import { type Account, isAccountList, listedAdministrators, membersOf, remember, serviceAccountsOf } from './world.ts';

/** @throws ApiError 404 for a group that does not exist, 403 for one that is none of the caller's business. */
export function requireGroup({ world, parts }: Exchange): void {
  const id = parts['group'] ?? '';
  if (id === world.group.id) return;
  throw world.scenario.otherGroups.includes(id) ? forbidden() : notFound('Group', id);
}

/** GET /groups/{id} */
export function readGroup(exchange: Exchange): Answer {
  requireGroup(exchange);
  if (exchange.world.switches.outsiderReadsGroup === 'forbidden') requireMember(exchange.caller);
  return { data: groupObject(viewOf(exchange)) };
}

/** GET /groups/{id}/{relationship}: full objects. */
export function listRelated(exchange: Exchange): Answer {
  const accounts = filtered(exchange, relatedAccounts(exchange));
  const view = viewOf(exchange);
  return pageOf(listOf(exchange), accounts, (account) => accountObject(view, account), countOption(exchange));
}

/** GET /groups/{id}/relationships/{relationship}: descriptors. */
export function listDescriptors(exchange: Exchange): Answer {
  const accounts = filtered(exchange, relatedAccounts(exchange));
  const view = viewOf(exchange);
  return pageOf(listOf(exchange), accounts, (account) => accountDescriptor(view, account), countOption(exchange));
}

/** GET /groups/{id}/relationships/{users|administrators}/{user_id} */
export function checkMembership(exchange: Exchange): Answer {
  const id = part(exchange, 'user').toLowerCase();
  const isRelated = relatedAccounts(exchange).some((account) => account.id.toLowerCase() === id);
  if (!isRelated && exchange.world.switches.nonMemberCheck === 'not-found') {
    throw notFound('User', part(exchange, 'user'));
  }
  return { data: isRelated };
}

function countOption({ world }: Exchange): { readonly countShown: boolean } {
  return { countShown: world.switches.countShown };
}

/** Relationships of a group are for those in it. */
function relatedAccounts(exchange: Exchange): readonly Account[] {
  requireGroup(exchange);
  requireMember(exchange.caller);
  const { world, caller } = exchange;
  const relationship = part(exchange, 'relationship');
  switch (relationship) {
    case 'users':
      return world.switches.serviceAccountsAmongUsers
        ? [...membersOf(world), ...serviceAccountsOf(world)]
        : membersOf(world);
    case 'administrators':
      return listedAdministrators(world);
    case 'service_accounts':
      if (!world.switches.membersListServiceAccounts && caller.standing !== 'administrator') throw forbidden();
      return serviceAccountsOf(world);
    case 'graphs':
      return [];
    default:
      throw new ApiError(400, 'BadRequestError', `"${relationship}" is not a relationship of groups`);
  }
}

function filtered(exchange: Exchange, accounts: readonly Account[]): readonly Account[] {
  const filter = exchange.query.get('filter');
  if (filter === null || filter === '' || exchange.ignoresFilter) return accounts;
  const test = parseFilter(exchange, filter);
  const key = `filtered|${part(exchange, 'relationship')}|${filter}`;
  return remember(exchange.world, key, () => accounts.filter(test), isAccountList);
}

/** The keyword that the vendor's scripts use, and those of its search box. */
function parseFilter({ world }: Exchange, filter: string): (account: Account) => boolean {
  const [keyword = '', value] = filter.split(':', 2);
  if (keyword === '2fa_enabled' && (value === 'true' || value === 'false')) {
    // Factors belong to people: a service account is neither with nor without one.
    return (account) => account.kind === 'user' && account.has2fa === (value === 'true');
  }
  const attribute = searchedText(keyword);
  if (attribute !== null && value !== undefined) {
    return (account) => attribute(account).toLowerCase() === value.toLowerCase();
  }
  if (world.switches.unknownFilter === 'ignored') return () => true;
  throw invalidArgument(`Invalid filter: "${filter}"`);
}

function searchedText(keyword: string): ((account: Account) => string) | null {
  switch (keyword) {
    case 'email':
      return (account) => account.email ?? '';
    case 'first_name':
      return (account) => account.firstName ?? '';
    case 'last_name':
      return (account) => account.lastName ?? '';
    case 'username':
      return (account) => account.id;
    default:
      return null;
  }
}
