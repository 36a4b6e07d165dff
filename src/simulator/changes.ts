import { toMonth } from '../model/instant.ts';
import type { Change } from './scenario.ts';
import { type Account, addPerson, addServiceAccount, logAction, today, touch, type World } from './world.ts';

/** Applies the changes of a step, in order, as the group's administrator would have made them. */
export function applyChanges(world: World, changes: readonly Change[]): void {
  const actor = world.scenario.keyHolders.administrator;
  for (const change of changes) applyChange(world, change, actor);
  // The scenario's figures describe the month of the look, also when the clock has gone into another month meanwhile.
  world.anchorMonth = toMonth(world.clock.now());
  touch(world);
}

function applyChange(world: World, change: Change, actor: string): void {
  switch (change.change) {
    case 'enableTwoFactor':
      accountOf(world, change.account).has2fa = true;
      break;
    case 'disableTwoFactor':
      accountOf(world, change.account).has2fa = false;
      break;
    case 'signIn':
      accountOf(world, change.account).lastLogin = world.clock.now().getTime();
      break;
    case 'grantAdministrator':
      grantAdministrator(world, accountOf(world, change.account), actor);
      break;
    case 'revokeAdministrator':
      revokeAdministrator(world, accountOf(world, change.account), actor);
      break;
    case 'addMember':
      addPerson(world, change.member, world.group.id);
      logAction(world, 'ADD_GROUP_USER', actor, change.member.id);
      break;
    case 'removeMember':
      removeFromGroup(world, accountOf(world, change.account), actor);
      break;
    case 'addServiceAccount':
      addServiceAccount(world, change.serviceAccount);
      logAction(world, 'ADD_GROUP_SERVICE_ACCOUNT', actor, change.serviceAccount.id);
      break;
    case 'removeServiceAccount':
      removeFromGroup(world, accountOf(world, change.account), actor);
      break;
    case 'setRoles':
      accountOf(world, change.account).roles = change.roles;
      break;
    case 'setDailyCap':
      accountOf(world, change.account).dailyCap = change.allowed;
      break;
    case 'setPool':
      world.group.pools.set(change.quota, change.pool);
      break;
    case 'setConsumption': {
      const account = accountOf(world, change.account);
      account.consumes = { ...account.consumes, [change.quota]: change.used };
      break;
    }
    case 'setAutoAddUsers':
      world.group.autoAddUsers = change.patterns;
      break;
  }
  touch(world);
}

function accountOf(world: World, id: string): Account {
  const account = world.accounts.get(id);
  if (account === undefined) throw new Error(`scenario ${world.scenario.name} has no account "${id}"`);
  return account;
}

/** Makes an account administrator by relationship. */
export function grantAdministrator(world: World, account: Account, actor: string): void {
  account.administrator = true;
  logAction(world, 'ADD_GROUP_ADMIN', actor, account.id);
}

/** Ends administration by relationship; the account stays in the group. */
export function revokeAdministrator(world: World, account: Account, actor: string): void {
  account.administrator = false;
  logAction(world, 'DELETE_GROUP_ADMIN', actor, account.id);
}

/** Takes an account out of the group. It lives on as a free one, and what it consumed stays consumed. */
export function removeFromGroup(world: World, account: Account, actor: string): void {
  const action = account.kind === 'user' ? 'DELETE_GROUP_USER' : 'DELETE_GROUP_SERVICE_ACCOUNT';
  account.group = null;
  account.administrator = false;
  account.roles = [];
  account.leftOn = today(world);
  logAction(world, action, actor, account.id);
}
