import type { Target } from '../model/change.ts';
import { Refusal } from './refusal.ts';

/** Members to add, from addresses as typed. */
export function toAdditions(typed: readonly string[]): readonly Target[] {
  return unique(typed.map(parseAddress), (address) => address.toLowerCase()).map((address) => ({
    kind: 'add_member',
    address,
  }));
}

/** Administrators to make, from addresses as typed: the API takes nothing else here. */
export function toGrants(typed: readonly string[]): readonly Target[] {
  return unique(typed.map(parseAddress), (address) => address.toLowerCase()).map((address) => ({
    kind: 'grant_administrator',
    address,
  }));
}

/** Members to remove, from ids as typed. */
export function toRemovals(typed: readonly string[]): readonly Target[] {
  return unique(typed.map(parseId)).map((id) => ({ kind: 'remove_member', id }));
}

/** Administrators to revoke, from ids as typed. */
export function toRevocations(typed: readonly string[]): readonly Target[] {
  return unique(typed.map(parseId)).map((id) => ({ kind: 'revoke_administrator', id }));
}

/** Accounts to cap, from ids as typed; `daily` null takes the cap away. */
export function toCaps(typed: readonly string[], daily: number | null): readonly Target[] {
  return unique(typed.map(parseId)).map((id) => ({ kind: 'cap_account', id, daily }));
}

/** A service account to create. */
export function toServiceAccount(name: string, group: string): Target {
  if (name.toLowerCase().startsWith(`${group}_`.toLowerCase()))
    throw new Refusal(`give the bare name: the API itself puts "${group}_" before it`);
  if (!/^[A-Za-z0-9_-]{1,50}$/u.test(name))
    throw new Refusal('a service account has a name of 1 to 50 letters, digits, "_" and "-"');
  return { kind: 'create_service_account', name };
}

/** Who is to join by signing up, from addresses and `*@domain` patterns as typed. None: nobody. */
export function toAutoJoin(typed: readonly string[]): Target {
  for (const pattern of typed) {
    const [, local = '', domain = ''] = /^([^@]+)@([^@]+)$/u.exec(pattern) ?? [];
    const isLocal = local === '*' || (isPlain(local) && !hasWildcard(local));
    if (!isLocal || !DOMAIN.test(domain))
      throw new Refusal(
        `"${pattern}" is neither an address nor a pattern such as *@acme.example; a wildcard for the domain would let everybody in`,
      );
  }
  return { kind: 'set_auto_join', patterns: unique(typed, (pattern) => pattern.toLowerCase()) };
}

const DOMAIN = /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,}$/u;

/** @throws Refusal for anything but one account's id. */
function parseId(typed: string): string {
  if (hasWildcard(typed)) throw new Refusal(`"${typed}" looks like a pattern; changes take ids only, one by one`);
  if (typed.includes('@'))
    throw new Refusal(`"${typed}" is an address; the API takes the id here, which \`vt-auditor members list\` shows`);
  if (!isPlain(typed) || typed === '.' || typed === '..') throw new Refusal(`"${typed}" is not the id of an account`);
  return typed;
}

/** @throws Refusal for anything but one e-mail address. */
function parseAddress(typed: string): string {
  if (hasWildcard(typed)) throw new Refusal(`"${typed}" looks like a pattern; changes take addresses only, one by one`);
  const [, local = '', domain = ''] = /^([^@]+)@([^@]+)$/u.exec(typed) ?? [];
  if (!isPlain(local) || !DOMAIN.test(domain))
    throw new Refusal(`"${typed}" is not an e-mail address; the API takes nothing else here`);
  return typed;
}

function hasWildcard(text: string): boolean {
  return /[*?[\]{}]/u.test(text);
}

/** Visible characters without blanks, quotes, commas and slashes, of a length that ids and names have. */
function isPlain(text: string): boolean {
  return text.length > 0 && text.length <= 200 && !/[\s\p{C}"',;/\\<>]/u.test(text);
}

function unique(values: readonly string[], keyOf: (value: string) => string = (value) => value): readonly string[] {
  return [...new Map(values.map((value) => [keyOf(value), value])).values()];
}
