import { ADMINISTRATOR_ROLE, type Rights } from '../model/snapshot.ts';
import type { ApiErrorKind } from '../virustotal/api-error.ts';
import type { WireAccount, WireDescriptor } from '../virustotal/wire/account.ts';
import type { WireGroup } from '../virustotal/wire/group.ts';
import type { Outcome } from './outcome.ts';

/** Answers that tell what the key may do. Null: not asked, or not answered. */
export interface RightsEvidence {
  readonly group: Pick<WireGroup, 'autoAddUsers'> | null;
  readonly members: readonly WireAccount[] | null;
  /** How the question for the group's use of the API ended; null: not asked. */
  readonly usage: Outcome<unknown> | null;
}

/** How many accounts must show an attribute: a key always sees the account it belongs to, so one shows nothing. */
const ENOUGH_ACCOUNTS = 2;

/**
 * What proves that this very key has administrator rights, in words. Any one proof is enough, so that a fault in one answer does not
 * spoil the others. The list of service accounts is none: members see it too, and nothing documents who sees the quotas in it. Nor is
 * the configured identity: it says whose key it should be, not whose it is.
 */
export function findProofs({ group, members, usage }: RightsEvidence): readonly string[] {
  const proofs: string[] = [];
  if (usage?.ok === true) proofs.push("the API told the group's use, which only administrators may read");
  // Documented as shown to administrators; a group in which nobody joins by themselves may show nothing, so its absence says nothing.
  if ((group?.autoAddUsers ?? null) !== null) proofs.push('the API showed who joins automatically');
  const seen = showingMembers(members);
  if (seen >= ENOUGH_ACCOUNTS) proofs.push(`the API showed address and last sign-in of ${seen} members`);
  return proofs;
}

/**
 * Whether the answers speak against administrator rights, rather than being no answers. A list of members that hides what
 * administrators see does; so does a refusal for lack of rights.
 */
export function isDisproved({ members, usage }: RightsEvidence): boolean {
  const refusals: readonly (ApiErrorKind | null)[] = ['forbidden', 'not_found'];
  if (usage?.ok === false && refusals.includes(usage.error)) return true;
  const whole = (members ?? []).filter(({ broken }) => !broken).length;
  return whole >= ENOUGH_ACCOUNTS && showingMembers(members) < ENOUGH_ACCOUNTS;
}

/** The lists in which the configured identity may be found as an administrator. Null: not read. */
export interface IdentityLists {
  readonly administrators: readonly WireAccount[] | null;
  readonly roles: readonly WireDescriptor[] | null;
}

/** Whether the lists show `identity` (an id or an address) as an administrator; null when they cannot tell. */
export function findIdentity(identity: string, { administrators, roles }: IdentityLists): boolean | null {
  const wanted = identity.toLowerCase();
  const listed = administrators?.some(({ id, email }) =>
    [id, email ?? id].some((name) => name.toLowerCase() === wanted),
  );
  if (listed === true) return true;
  const byRole = roles?.some(({ id, roles }) => id.toLowerCase() === wanted && roles?.includes(ADMINISTRATOR_ROLE));
  return byRole === true ? true : (listed ?? null);
}

/** The section. */
export function toRights(proofs: readonly string[], identityIsAdministrator: boolean | null): Rights {
  return { proven: proofs.length > 0, proofs, identityIsAdministrator };
}

function showingMembers(members: readonly WireAccount[] | null): number {
  return (members ?? []).filter(({ email, lastLogin }) => email !== null && lastLogin !== null).length;
}
