import type { Instant } from './instant.ts';

/** What a person can change in a group. */
export type Target =
  /** By address: the account may not exist yet. */
  | { readonly kind: 'add_member'; readonly address: string }
  | { readonly kind: 'remove_member'; readonly id: string }
  /** By address, as the API wants it. */
  | { readonly kind: 'grant_administrator'; readonly address: string }
  /** A member, or a service account that holds the role. */
  | { readonly kind: 'revoke_administrator'; readonly id: string }
  /** API requests a day that a member or a service account may make; null: no cap of its own. */
  | { readonly kind: 'cap_account'; readonly id: string; readonly daily: number | null }
  /** By the bare name. */
  | { readonly kind: 'create_service_account'; readonly name: string }
  /** All roles of a service account at once: only to undo a change. */
  | { readonly kind: 'set_service_account_roles'; readonly id: string; readonly roles: readonly string[] }
  /** Addresses and `*@domain` patterns, all of them. */
  | { readonly kind: 'set_auto_join'; readonly patterns: readonly string[] };

/** What is done to a target, in words. */
export function toAct({ kind }: Target): string {
  return ACTS[kind];
}

const ACTS: Readonly<Record<Target['kind'], string>> = {
  add_member: 'add as a member',
  remove_member: 'remove from the group',
  grant_administrator: 'make an administrator',
  revoke_administrator: 'revoke administration rights',
  cap_account: 'cap API requests a day',
  create_service_account: 'create a service account',
  set_service_account_roles: 'set roles',
  set_auto_join: 'set who joins by signing up',
};

/** What is known of a target at one moment, as far as a change of it depends on it: plain JSON, so that two moments compare. */
export type Facts = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** A request as a person reviewed it, and as it was sent; it holds no key. */
export interface ReviewedRequest {
  readonly method: string;
  /** Below the base address of the API. */
  readonly path: string;
  readonly body: unknown;
}

/**
 * How sending a change ended. `done`: it is in force. `accepted`: the API took it and it does not show yet, such as an invitation.
 * `refused`: nothing was changed. `unknown`: the answer was lost, and it may be in force.
 */
export type ChangeOutcome = 'done' | 'accepted' | 'refused' | 'unknown';

/** A change as it is recorded: before it is sent without an outcome, afterwards with one. No outcome: the program died in between. */
export interface RecordedChange {
  readonly id: string;
  readonly group: string;
  readonly target: Target;
  readonly request: ReviewedRequest;
  readonly before: Facts;
  /** What was read afterwards; null: not read. */
  readonly after: Facts | null;
  readonly by: string;
  readonly reason: string;
  /** Id of the change that this one undoes. */
  readonly undoes: string | null;
  /** Ids of the findings that it was planned from. */
  readonly findings: readonly string[];
  readonly intendedAt: Instant;
  readonly finishedAt: Instant | null;
  readonly outcome: ChangeOutcome | null;
  /** What the outcome does not say: the API's refusal, or what is left to do. */
  readonly note: string | null;
}

/** How a recorded change ended. */
export type ChangeEnd = Pick<RecordedChange, 'after' | 'finishedAt' | 'outcome' | 'note'>;
