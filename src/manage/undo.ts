import type { Facts, RecordedChange, Target } from '../model/change.ts';
import { describe } from './describe.ts';
import { type FactSource, isInForce, readFacts } from './facts.ts';
import { Refusal } from './refusal.ts';

/**
 * The change that takes a recorded one back, as the group is now.
 * @throws Refusal when the API has no way back, or the change is not in force any more. ApiError when that cannot be read.
 */
export async function planUndo(change: RecordedChange, source: FactSource): Promise<Target> {
  if (change.outcome === 'refused')
    throw new Refusal(`${change.id} was refused by the API, so there is nothing to undo`);
  const now = await readFacts(change.target, source);
  if (!isInForce(change.target, now)) {
    const { subject, what } = describe(change.target, change.before);
    throw new Refusal(
      `${change.id} (${subject}: ${what}) is not in force, or not any more, so there is nothing to undo`,
    );
  }
  return toInverse(change, now);
}

function toInverse({ target, before }: RecordedChange, now: Facts): Target {
  switch (target.kind) {
    case 'add_member':
      return { kind: 'remove_member', id: requireText(now['account'], 'the id of the member is not known') };
    case 'remove_member':
      return { kind: 'add_member', address: requireText(before['address'], NO_ADDRESS) };
    case 'grant_administrator':
      return { kind: 'revoke_administrator', id: requireText(now['account'], 'the id of the member is not known') };
    case 'revoke_administrator':
      return before['kind'] === 'service_account'
        ? { kind: 'set_service_account_roles', id: target.id, roles: textsIn(before['roles']) }
        : { kind: 'grant_administrator', address: requireText(before['address'], NO_ADDRESS) };
    case 'cap_account':
      return {
        kind: 'cap_account',
        id: target.id,
        daily: typeof before['dailyCap'] === 'number' ? before['dailyCap'] : null,
      };
    case 'set_service_account_roles':
      return { kind: 'set_service_account_roles', id: target.id, roles: textsIn(before['roles']) };
    case 'set_auto_join':
      return { kind: 'set_auto_join', patterns: textsIn(before['patterns']) };
    case 'create_service_account':
      throw new Refusal('the API cannot delete a service account; do it on the web page of the group');
  }
}

const NO_ADDRESS = 'the address of the account was not visible, and the API takes nothing else to add somebody';

function requireText(value: unknown, why: string): string {
  if (typeof value !== 'string') throw new Refusal(`it cannot be undone: ${why}`);
  return value;
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
