import type { App } from '../app.ts';
import type { Wish } from '../manage/plan.ts';
import { Refusal } from '../manage/refusal.ts';
import {
  toAdditions,
  toAutoJoin,
  toCaps,
  toGrants,
  toRemovals,
  toRevocations,
  toServiceAccount,
} from '../manage/targets.ts';
import { planUndo } from '../manage/undo.ts';
import type { Target } from '../model/change.ts';
import { UsageError } from './complaint.ts';
import type { Managing } from './manage.ts';

/** What a command asks to be changed. */
export interface Order {
  readonly wishes: readonly Wish[];
  /** Id of the recorded change that this undoes. */
  readonly undoes: string | null;
}

/** Members to add, by address. @throws Refusal */
export function additions(typed: readonly string[]): Order {
  return toOrder(toAdditions(typed));
}

/** Members to remove, by id. @throws Refusal */
export function removals(typed: readonly string[]): Order {
  return toOrder(toRemovals(typed));
}

/** Administrators to make, by address. @throws Refusal */
export function grants(typed: readonly string[]): Order {
  return toOrder(toGrants(typed));
}

/** Administrators to revoke, by id. @throws Refusal */
export function revocations(typed: readonly string[]): Order {
  return toOrder(toRevocations(typed));
}

/** Accounts to cap, by id; null takes the cap away. @throws Refusal */
export function caps(typed: readonly string[], daily: number | null): Order {
  return toOrder(toCaps(typed, daily));
}

/** A service account to create, by its bare name. @throws Refusal */
export function newServiceAccount(name: string, { group }: Managing): Order {
  return toOrder([toServiceAccount(name, group.id)]);
}

/** Who is to join by signing up. @throws Refusal */
export function autoJoin(typed: readonly string[]): Order {
  return toOrder([toAutoJoin(typed)]);
}

/** The way back from a recorded change. @throws Refusal where there is none, UsageError for an unknown change. */
export async function undoing(id: string, managing: Managing, { store }: Pick<App, 'store'>): Promise<Order> {
  const change = store.change(id);
  if (change === null) throw new UsageError(`there is no change "${id}"; \`vt-auditor changes\` lists them`);
  if (change.group !== managing.group.id)
    throw new Refusal(`${id} was made in the group ${change.group}; say --group ${change.group}`);
  const target = await planUndo(change, { group: managing.group.id, reads: managing.reads });
  return { ...toOrder([target]), undoes: id };
}

function toOrder(targets: readonly Target[]): Order {
  return { wishes: targets.map((target) => ({ target, findings: [], expected: null })), undoes: null };
}
