import type { Facts, Target } from '../model/change.ts';
import { ADMINISTRATOR_ROLE } from '../model/snapshot.ts';
import type { WireAccount } from '../virustotal/wire/account.ts';
import { allOf, type FactSource, findAccount } from './facts.ts';

/** Accounts that no change takes anything from: ids or addresses, as the configuration has them. */
export interface Protected {
  /** Whose key audits the group. */
  readonly identity: string | null;
  readonly breakGlass: readonly string[];
}

/** Whether an account is the one that a key belongs to. @throws ApiError when that cannot be read. */
export type IsOwner = (id: string, kind: 'member' | 'service_account') => Promise<boolean>;

/** What guards look at. */
export interface GuardInput extends FactSource {
  readonly protect: Protected;
  /** Whose key makes the changes; null: no such key was given, so nothing can be sent either. */
  readonly isOwn: IsOwner | null;
  /** Whose key audits the group: `identity` in the configuration is a claim, and may be missing or wrong. */
  readonly isAuditors: IsOwner;
  /** Ids that lose administration by the plan as a whole, done and to be done. */
  readonly leaving: ReadonlySet<string>;
}

/** The ids that lose administration rights if all of these are done. */
export function leavingOf(targets: readonly Target[]): ReadonlySet<string> {
  return new Set(targets.flatMap((target) => (endsAdministration(target) ? [target.id] : [])));
}

/**
 * Why a change must not be made, in a sentence; null when nothing speaks against it.
 * @throws ApiError when that cannot be read.
 */
export async function findObjection(target: Target, facts: Facts, input: GuardInput): Promise<string | null> {
  if (target.kind === 'grant_administrator' && facts['member'] === false)
    return `${target.address} is not a member of the group; only members can become administrators (\`members add\` comes first)`;
  if (!takesFromAccount(target)) return null;
  const kind =
    facts['kind'] === 'service_account' || target.kind === 'set_service_account_roles' ? 'service_account' : 'member';
  const address = typeof facts['address'] === 'string' ? facts['address'] : null;
  return (
    findProtection(target.id, address, input.protect) ??
    (await findOwner(target.id, kind, input)) ??
    (endsAdministration(target) ? await findLoneliness(target.id, input) : null)
  );
}

async function findOwner(
  id: string,
  kind: 'member' | 'service_account',
  { isOwn, isAuditors }: GuardInput,
): Promise<string | null> {
  if ((await isOwn?.(id, kind)) === true)
    return `${id} is the account whose key makes the changes; somebody else must do this`;
  if (await isAuditors(id, kind)) return `${id} is the account whose key audits the group`;
  return null;
}

type AccountTarget = Extract<Target, { readonly id: string }>;

function takesFromAccount(target: Target): target is AccountTarget {
  return 'id' in target;
}

function endsAdministration(target: Target): target is AccountTarget {
  if (target.kind === 'set_service_account_roles') return !target.roles.includes(ADMINISTRATOR_ROLE);
  return target.kind === 'remove_member' || target.kind === 'revoke_administrator';
}

function findProtection(id: string, address: string | null, { identity, breakGlass }: Protected): string | null {
  const names = new Set([id, address ?? id].map((name) => name.toLowerCase()));
  if (identity !== null && names.has(identity.toLowerCase()))
    return `${id} is the account that audits the group (\`identity\` in the configuration)`;
  if (breakGlass.some((entry) => names.has(entry.toLowerCase())))
    return `${id} is an emergency account (\`approved.breakGlass\` in the configuration)`;
  // An address that nobody showed may be the one that is protected.
  if (address === null && [identity ?? '', ...breakGlass].some((entry) => entry.includes('@')))
    return `the address of ${id} is not visible, so it may be an emergency account or the auditor's; write those as ids in the configuration`;
  return null;
}

/** Who administers the group must not end as nobody: emergency accounts, service accounts and unreadable ones do not count. */
async function findLoneliness(id: string, { reads, protect, leaving }: GuardInput): Promise<string | null> {
  const machines = new Set((await allOf(reads.serviceAccounts())).map((account) => account.id));
  const emergency = new Set(protect.breakGlass.map((entry) => entry.toLowerCase()));
  const counts = (name: string, address: string | null): boolean =>
    name !== id &&
    !leaving.has(name) &&
    !machines.has(name) &&
    !emergency.has(name.toLowerCase()) &&
    !emergency.has((address ?? name).toLowerCase());
  const listed = await allOf(reads.administrators());
  if (listed.some((account) => isAble(account) && counts(account.id, account.email))) return null;
  for await (const { items } of reads.memberRoles()) {
    const holders = items.filter(
      ({ id: holder, roles }) => roles?.includes(ADMINISTRATOR_ROLE) && counts(holder, null),
    );
    for (const holder of holders) {
      // A role is shown without an address, and an emergency account may be known by its address only.
      const account = await findAccount(holder.id, reads);
      if (account !== null && isAble(account) && counts(account.id, account.email)) return null;
    }
  }
  return `without ${id} nobody would be left to administer the group, emergency and service accounts aside`;
}

/** Somebody whose account cannot be read, or is not active, may be unable to administer anything. */
function isAble({ broken, status }: WireAccount): boolean {
  return !broken && (status === null || status === 'active');
}
