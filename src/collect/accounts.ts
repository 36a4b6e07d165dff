import { type Fact, known, unknown } from '../model/fact.ts';
import type { Instant } from '../model/instant.ts';
import type { ReasonKind } from '../model/reason.ts';
import type { AccountFacts, Administrator, Member, Quota, Roles, ServiceAccount } from '../model/snapshot.ts';
import type { Unreadable, WireAccount, WireDescriptor } from '../virustotal/wire/account.ts';
import { compareText, sortById, sortKeys } from './order.ts';

/**
 * With so many accounts in a list of which not one shows an attribute, the attribute is withheld and not absent, whatever the key's
 * rights.
 */
const ENOUGH_TO_TELL = 10;

/**
 * Longer names are cut and longer addresses are not believed. A rule's subject may have 1,000 characters of each, and one with more makes
 * the rule fail: whoever may choose a name could then blind it. No address is longer than 254 (RFC 5321).
 */
const LONGEST_NAME = 200;
const LONGEST_EMAIL = 320;

/** One object for all accounts without quotas: a large group has many. */
const NO_QUOTAS: Readonly<Record<string, Quota>> = Object.freeze({});

/** What the answers allow to conclude from an absent attribute. */
interface Visibility {
  readonly email: boolean;
  readonly lastLogin: boolean;
  readonly quotas: boolean;
}

/**
 * Members. The API withholds attributes by leaving them out, so an absent one means "none on record" only for a key whose rights are
 * proven; otherwise what it shows is no better than what it hides, and all of it is unknown: every member's key sees itself.
 */
export function toMembers(accounts: readonly WireAccount[], rightsProven: boolean): readonly Member[] {
  const visible = toVisibility(accounts, rightsProven);
  return sortById(accounts).map((account) => toMember(account, visible));
}

function toMember(account: WireAccount, visible: Visibility): Member {
  return {
    ...toAccountFacts(account, visible),
    lastLoginAt: toFact(account, 'lastLogin', { visible: visible.lastLogin, value: toInstant(account.lastLogin) }),
  };
}

/** Service accounts: the same, but they do not sign in. */
export function toServiceAccounts(accounts: readonly WireAccount[], rightsProven: boolean): readonly ServiceAccount[] {
  const visible = toVisibility(accounts, rightsProven);
  return sortById(accounts).map((account) => toAccountFacts(account, visible));
}

/** Administrators by relationship. */
export function toAdministrators(accounts: readonly WireAccount[], rightsProven: boolean): readonly Administrator[] {
  return sortById(accounts).map((account) => ({
    id: account.id,
    name: toName(account),
    email: toEmail(account, rightsProven),
  }));
}

/**
 * Roles by account; who has none is left out, which in a large group is nearly everybody. The field is documented for service accounts
 * only, so it counts as visible once some account shows it.
 */
export function toRoles(descriptors: readonly WireDescriptor[]): Roles {
  const holders = descriptors.flatMap(({ id, roles }) =>
    roles === null || roles.length === 0 ? [] : [[id, [...roles].sort(compareText)] as const],
  );
  return { visible: descriptors.some(({ roles }) => roles !== null), byAccount: sortKeys(Object.fromEntries(holders)) };
}

function toAccountFacts(account: WireAccount, visible: Visibility): AccountFacts {
  return {
    id: account.id,
    name: toName(account),
    email: toEmail(account, visible.email),
    status: account.status,
    // Everybody may see since when an account exists, so its absence needs no rights to be believed.
    createdAt: toFact(account, 'userSince', { visible: true, value: toInstant(account.userSince) }),
    quotas: toFact(account, 'quotas', { visible: visible.quotas, value: account.quotas ?? NO_QUOTAS }),
    broken: account.broken,
  };
}

function toVisibility(accounts: readonly WireAccount[], rightsProven: boolean): Visibility {
  const whole = accounts.filter(({ broken }) => !broken);
  const shows = (isShown: (account: WireAccount) => boolean): boolean =>
    rightsProven && (whole.length < ENOUGH_TO_TELL || whole.some(isShown));
  return {
    email: shows(({ email }) => email !== null),
    lastLogin: shows(({ lastLogin }) => lastLogin !== null),
    quotas: shows(({ quotas }) => quotas !== null),
  };
}

/** The value of an attribute that may be absent, as far as it is visible and can be read. */
function toFact<T>(
  account: WireAccount,
  name: Unreadable,
  { visible, value }: { readonly visible: boolean; readonly value: T },
): Fact<T> {
  if (account.broken) return unknown(whyBroken(account));
  if (account.unreadable.includes(name)) return unknown('not_collected');
  return visible ? known(value) : unknown('not_visible');
}

/** Every account has an address, so an absent one is unknown even to an administrator's key. */
function toEmail(account: WireAccount, visible: boolean): Fact<string> {
  const { broken, email } = account;
  if (broken) return unknown(whyBroken(account));
  if (account.unreadable.includes('email')) return unknown('not_collected');
  if (!visible) return unknown('not_visible');
  return email === null || email.length > LONGEST_EMAIL ? unknown('not_on_record') : known(email);
}

/**
 * An element without attributes was not read. Where the API says that it has no record behind the id, though, that is its final answer:
 * nothing is known and nothing passes, but the run saw all there is, and such an account must not make every report partial for ever.
 */
function whyBroken({ recordless }: WireAccount): ReasonKind {
  return recordless ? 'not_on_record' : 'not_collected';
}

function toName({ firstName, lastName }: WireAccount): string | null {
  const name = [firstName, lastName]
    .map((part) => part?.trim() ?? '')
    .filter((part) => part !== '')
    .join(' ');
  if (name === '') return null;
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
}

/** The API counts in seconds; 0 stands for none. */
export function toInstant(seconds: number | null): Instant | null {
  return seconds === null || seconds === 0 ? null : new Date(seconds * 1_000).toISOString();
}
