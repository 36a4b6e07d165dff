import { forbidden, invalidArgument } from './api-error.ts';
import { changedAttributes, dailyAllowance } from './body.ts';
import { type Answer, type Exchange, part, viewOf } from './exchange.ts';
import { accountObject, type WireObject } from './objects.ts';
import { findAccount, isOwnerOrAdministrator } from './user-reads.ts';
import { type Account, touch } from './world.ts';

/** PATCH /users/{id}: the account itself may change its names, an administrator its daily cap. */
export function updateUser(exchange: Exchange): Answer {
  const { world, caller } = exchange;
  const account = findAccount(exchange, part(exchange, 'user'));
  if (!isOwnerOrAdministrator(exchange, account)) throw forbidden();
  const attributes = changedAttributes(exchange.body, account.kind, account.id);
  const isOwner = caller.account.id === account.id;
  const isAdministrator = caller.standing === 'administrator' && account.group === world.group.id;
  for (const [name, value] of Object.entries(attributes)) {
    if (isName(name)) {
      requireRight(isOwner);
      if (typeof value !== 'string') throw invalidArgument(`"${name}" must be a string`);
    } else if (name === 'quotas') requireRight(isAdministrator);
    else throw invalidArgument(`The attribute "${name}" is read-only`);
  }
  change(account, attributes);
  touch(world);
  return world.switches.patchUserAnswer === 'empty' ? null : { data: accountObject(viewOf(exchange), account) };
}

function isName(name: string): boolean {
  return name === 'first_name' || name === 'last_name' || name === 'profile_phrase';
}

function requireRight(may: boolean): void {
  if (!may) throw forbidden();
}

function change(account: Account, attributes: WireObject): void {
  if ('quotas' in attributes) account.dailyCap = dailyAllowance(attributes['quotas']);
  if ('first_name' in attributes) account.firstName = String(attributes['first_name']);
  if ('last_name' in attributes) account.lastName = String(attributes['last_name']);
  if ('profile_phrase' in attributes) account.profilePhrase = String(attributes['profile_phrase']);
}

/** DELETE /users/{id}: only for the owner, who repeats the password. The simulator takes any. */
export function deleteUser(exchange: Exchange): Answer {
  const { world, caller } = exchange;
  const account = findAccount(exchange, part(exchange, 'user'));
  const isOwner = caller.account.id === account.id && account.kind === 'user';
  if (!isOwner || exchange.password === undefined) throw forbidden();
  world.accounts.delete(account.id);
  touch(world);
  return null;
}
