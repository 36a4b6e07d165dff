import { ApiError, forbidden } from './api-error.ts';
import { type Account, hasAdministratorRole, keyOf, remember, type World } from './world.ts';

/** Whose key came with a request, and what the account is to the group. */
export interface Caller {
  readonly account: Account;
  readonly standing: 'administrator' | 'member' | 'outsider';
}

/**
 * Finds out whose key it is.
 * @throws ApiError 401: no key, an unknown key, or the key of an account that is not active.
 */
export function identifyCaller(world: World, key: string | undefined): Caller {
  if (key === undefined || key === '') {
    throw new ApiError(401, 'AuthenticationRequiredError', 'X-Apikey header is missing');
  }
  const account = accountOfKey(world, key);
  if (account === null) throw new ApiError(401, 'WrongCredentialsError', 'Wrong API key');
  if (!account.active) throw new ApiError(401, 'UserNotActiveError', 'User is not active');
  return { account, standing: standingOf(world, account) };
}

/** The account that a key belongs to; null when it is nobody's. */
export function accountOfKey(world: World, key: string): Account | null {
  for (const id of Object.values(world.scenario.keyHolders)) {
    if (keyOf(world, id) === key) return world.accounts.get(id) ?? null;
  }
  const ids = remember(world, 'keys', () => keysOf(world), isKeyMap);
  return world.accounts.get(ids.get(key) ?? '') ?? null;
}

function keysOf(world: World): ReadonlyMap<string, string> {
  return new Map([...world.accounts.keys()].map((id) => [keyOf(world, id), id]));
}

function isKeyMap(value: unknown): value is ReadonlyMap<string, string> {
  return value instanceof Map;
}

/** What an account is to the group. A service account with the administrators' role is an administrator. */
export function standingOf(world: World, account: Account): Caller['standing'] {
  if (account.group !== world.group.id) return 'outsider';
  return account.administrator || hasAdministratorRole(account) ? 'administrator' : 'member';
}

/** @throws ApiError 403 unless the caller is an administrator of the group. */
export function requireAdministrator(caller: Caller): void {
  if (caller.standing !== 'administrator') throw forbidden();
}

/** @throws ApiError 403 unless the caller is in the group. */
export function requireMember(caller: Caller): void {
  if (caller.standing === 'outsider') throw forbidden();
}
