import type { Facts, Target } from '../model/change.ts';
import { ADMINISTRATOR_ROLE } from '../model/snapshot.ts';
import { ApiError } from '../virustotal/api-error.ts';
import type { AuditClient, Pages } from '../virustotal/audit-client.ts';
import type { WireAccount } from '../virustotal/wire/account.ts';
import { Refusal } from './refusal.ts';

/** From this daily allowance on an account has no cap of its own: the vendor writes none as 1e9. */
export const NO_CAP = 1_000_000_000;

/** Where facts are read. */
export interface FactSource {
  readonly group: string;
  readonly reads: AuditClient;
}

/**
 * What a change of the target depends on, as it is now. The same function serves the plan, the look right before the request and the
 * look after it, so that the three compare.
 * @throws Refusal when the key may not see it: nothing is changed blindly. ApiError when it cannot be read.
 */
export async function readFacts(target: Target, source: FactSource): Promise<Facts> {
  const { reads, group } = source;
  switch (target.kind) {
    case 'add_member':
      return addressFacts(target.address, reads);
    case 'grant_administrator': {
      const facts = await addressFacts(target.address, reads);
      const administrator = facts.account !== null && (await reads.isAdministrator(facts.account));
      return { ...facts, administrator };
    }
    case 'remove_member':
      return memberFacts(target.id, reads);
    case 'revoke_administrator':
      return administratorFacts(target.id, reads);
    case 'cap_account':
      return capFacts(target.id, reads);
    case 'create_service_account':
      return { exists: (await findServiceAccount(`${group}_${target.name}`, reads)) !== null };
    case 'set_service_account_roles':
      return {
        roles: await serviceAccountRoles(target.id, reads),
        address: (await findServiceAccount(target.id, reads))?.email ?? null,
      };
    case 'set_auto_join': {
      const { autoAddUsers } = await reads.group();
      if (autoAddUsers === null) throw new Refusal('the key may not see who joins by signing up, so it is not changed');
      return { patterns: [...autoAddUsers].sort() };
    }
  }
}

/** Whether the facts are what the target asks for: then there is nothing to do, or it was done. */
export function isInForce(target: Target, facts: Facts): boolean {
  switch (target.kind) {
    case 'add_member':
      return facts['member'] === true;
    case 'grant_administrator':
      return facts['administrator'] === true;
    case 'remove_member':
      return facts['member'] === false;
    case 'revoke_administrator':
      return facts['administrator'] === null;
    case 'cap_account':
      return facts['dailyCap'] === target.daily;
    case 'create_service_account':
      return facts['exists'] === true;
    case 'set_service_account_roles':
      return same(facts['roles'], [...target.roles].sort());
    case 'set_auto_join':
      return same(facts['patterns'], [...target.patterns].sort());
  }
}

/** Whether nothing changed between two looks. */
export function sameFacts(before: Facts, now: Facts): boolean {
  return same(sorted(before), sorted(now));
}

/** All items of a list. */
export async function allOf<T>(pages: Pages<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const { items } of pages) all.push(...items);
  return all;
}

async function addressFacts(address: string, reads: AuditClient) {
  const account = await findAccount(address, reads);
  if (account !== null && account.email?.toLowerCase() !== address.toLowerCase() && account.email !== null)
    throw new Refusal(`the API answered for another account than ${address}`);
  return { account: account?.id ?? null, member: account !== null && (await reads.isMember(account.id)) };
}

async function memberFacts(id: string, reads: AuditClient) {
  const member = await reads.isMember(id);
  const account = member ? await findAccount(id, reads) : null;
  requireExactId(id, account);
  if (member && account === null) await requireListed(id, reads);
  return { member, administrator: member && (await reads.isAdministrator(id)), address: account?.email ?? null };
}

async function administratorFacts(id: string, reads: AuditClient): Promise<Facts> {
  const service = await findServiceAccount(id, reads);
  if (service !== null) {
    const roles = await serviceAccountRoles(id, reads);
    const administrator = roles.includes(ADMINISTRATOR_ROLE) ? 'role' : null;
    return { kind: 'service_account', administrator, address: service.email, roles };
  }
  const account = await findAccount(id, reads);
  requireExactId(id, account);
  const facts = { kind: 'member', address: account?.email ?? null };
  if (await reads.isAdministrator(id)) {
    if (account === null) await requireListed(id, reads);
    return { ...facts, administrator: 'relationship' };
  }
  for await (const { items } of reads.memberRoles()) {
    const found = items.find((member) => member.id === id);
    if (found !== undefined)
      return { ...facts, administrator: found.roles?.includes(ADMINISTRATOR_ROLE) === true ? 'role' : null };
  }
  return { ...facts, administrator: null };
}

async function capFacts(id: string, reads: AuditClient): Promise<Facts> {
  const service = await findServiceAccount(id, reads);
  const account = service ?? (await findAccount(id, reads));
  requireExactId(id, account);
  if (account === null || (service === null && !(await reads.isMember(id))))
    throw new Refusal(`${id} is neither a member nor a service account of the group`);
  if (account.quotas === null) throw new Refusal(`the key may not see the cap of ${id}, so it is not changed`);
  const allowed = account.quotas['api_requests_daily']?.allowed ?? NO_CAP;
  return {
    kind: service === null ? 'member' : 'service_account',
    dailyCap: allowed >= NO_CAP ? null : allowed,
    address: account.email,
  };
}

async function findServiceAccount(id: string, reads: AuditClient): Promise<WireAccount | null> {
  return (await allOf(reads.serviceAccounts())).find((account) => account.id === id) ?? null;
}

/** Sorted. They are replaced as a whole, so not seeing them all would take some away. */
async function serviceAccountRoles(id: string, reads: AuditClient): Promise<readonly string[]> {
  const found = (await allOf(reads.serviceAccountRoles())).find((account) => account.id === id);
  if (found === undefined) throw new Refusal(`${id} is not a service account of the group`);
  if (found.roles === null) throw new Refusal(`the key may not see the roles of ${id}, so they are not changed`);
  return [...found.roles].sort();
}

/** The account with an id or an address; null when there is none, or the key may not see it. */
export async function findAccount(name: string, reads: AuditClient): Promise<WireAccount | null> {
  try {
    return await reads.account(name);
  } catch (error) {
    if (error instanceof ApiError && (error.kind === 'not_found' || error.kind === 'forbidden')) return null;
    throw error;
  }
}

/** The API finds accounts in any case of letters; a change is made of exactly the account that was typed. */
function requireExactId(id: string, account: WireAccount | null): void {
  if (account !== null && account.id !== id)
    throw new Refusal(`there is no account "${id}"; the API answered for "${account.id}"`);
}

/** The same for an account that cannot be read by itself: the list has its id as it is. */
async function requireListed(id: string, reads: AuditClient): Promise<void> {
  for await (const { items } of reads.memberRoles()) if (items.some((member) => member.id === id)) return;
  throw new Refusal(`there is no member with exactly the id "${id}"`);
}

function sorted(facts: Facts): readonly (readonly [string, unknown])[] {
  return Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1));
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
