import { ADMINISTRATOR_ROLE, type SectionName } from '../../model/snapshot.ts';
import { globMatches } from './glob.ts';
import { isInstantText } from './instant-text.ts';
import { createPatterns } from './patterns.ts';
import { UnknownFact } from './unknown-fact.ts';

/** What expressions of one rule read while it is evaluated. */
export interface Scope {
  /** The sections as they are stored, by name: those that the rule needs. */
  readonly sections: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

/** A function that expressions can call. */
export interface Helper {
  /** As the checker of expressions reads it, one for each type it takes. */
  readonly signatures: readonly string[];
  readonly needs: readonly SectionName[];
  readonly about: string;
  readonly call: (...values: never[]) => unknown;
}

const DAY_MS = 86_400_000;

const INSTANT = 'google.protobuf.Timestamp';

/** The name under which `text.matches(pattern)` is called: the library's own function is not linear in time. */
export const LINEAR_MATCHES = 'matchesInLinearTime';

const ACCOUNTS = ['Member', 'ServiceAccount', 'Administrator'];

const WITH_ID = [...ACCOUNTS, 'Consumer'];

/** An account as the views show it: asking for the address may throw. */
interface Account {
  readonly id: string;
  readonly email: string;
}

/**
 * The functions of one rule, by name. `scope` gives what the rule is evaluated on; a function that reads a section makes the rule need
 * it.
 */
export function createHelpers(scope: () => Scope): Readonly<Record<string, Helper>> {
  const patterns = createPatterns();
  const indexes = new WeakMap<object, Index>();
  const isListed = (section: SectionName, account: Account): boolean => {
    const { ids, hasAddresses } = indexOf(scope().sections[section], indexes);
    // The address is asked for only where the id does not settle it: not knowing it must not spoil what is certain.
    return ids.has(account.id.toLowerCase()) || (hasAddresses && ids.has(account.email.toLowerCase()));
  };
  return {
    daysSince: {
      signatures: [`daysSince(${INSTANT}): double`, 'daysSince(string): double'],
      needs: [],
      about: 'days from an instant, or from the beginning of a day, to the audit; 2.5 is two and a half',
      call: (instant: Date | string) => (scope().at.getTime() - toTime(instant)) / DAY_MS,
    },
    daysUntil: {
      signatures: [`daysUntil(${INSTANT}): double`, 'daysUntil(string): double'],
      needs: [],
      about: 'days from the audit to an instant, or to the beginning of a day; negative when it has passed',
      call: (instant: Date | string) => (toTime(instant) - scope().at.getTime()) / DAY_MS,
    },
    day: {
      signatures: [`day(${INSTANT}): string`],
      needs: [],
      about: 'the UTC day of an instant, YYYY-MM-DD; such texts sort by time',
      call: (instant: Date) => instant.toISOString().slice(0, 10),
    },
    domain: {
      signatures: ['domain(string): string'],
      needs: [],
      about: 'what follows the last @ of an address, in lower case; "" when there is none',
      call: (address: string) =>
        address.includes('@') ? address.slice(address.lastIndexOf('@') + 1).toLowerCase() : '',
    },
    lower: {
      signatures: ['lower(string): string'],
      needs: [],
      about: 'in lower case',
      call: (text: string) => text.toLowerCase(),
    },
    glob: {
      signatures: ['glob(string, string): bool'],
      needs: [],
      about: 'whether the whole text fits a pattern with * (any characters) and ? (one)',
      call: globMatches,
    },
    [LINEAR_MATCHES]: {
      signatures: [`string.${LINEAR_MATCHES}(string): bool`],
      needs: [],
      about: 'text.matches(pattern): whether a regular expression is found in the text, in linear time',
      call: (text: string, pattern: string) => patterns.test(text, pattern),
    },
    sum: {
      signatures: ['sum(list<double>): double', 'sum(map<string, double>): double'],
      needs: [],
      about: 'of a list of numbers, or of the values of a map',
      call: sumOf,
    },
    round: {
      signatures: ['round(double): double'],
      needs: [],
      about: 'to a whole number',
      call: (value: number) => Math.round(value),
    },
    sorted: {
      signatures: ['sorted(list<string>): list<string>'],
      needs: [],
      about: 'in order',
      call: (texts: Iterable<string>) => [...texts].sort(),
    },
    isAdministrator: {
      signatures: forTypes('isAdministrator', WITH_ID),
      needs: ['administrators', 'roles'],
      about: 'by relationship, or by role where roles are visible',
      call: (account: Account) => {
        const { administrators, roles } = scope().sections;
        return indexOf(administrators, indexes).ids.has(account.id.toLowerCase()) || hasRole(roles, account.id);
      },
    },
    isServiceAccount: {
      signatures: forTypes('isServiceAccount', WITH_ID),
      needs: ['serviceAccounts'],
      about: 'whether it is one of the group',
      call: (account: Account) =>
        indexOf(scope().sections['serviceAccounts'], indexes).ids.has(account.id.toLowerCase()),
    },
    isBreakGlass: {
      signatures: forTypes('isBreakGlass', ACCOUNTS),
      needs: ['breakGlass'],
      about: 'whether the configuration names it as an emergency account',
      call: (account: Account) => isListed('breakGlass', account),
    },
    isApprovedAdministrator: {
      signatures: forTypes('isApprovedAdministrator', ACCOUNTS),
      needs: ['approvedAdministrators'],
      about: 'whether approved.administrators lists its id or address',
      call: (account: Account) => isListed('approvedAdministrators', account),
    },
    isApprovedServiceAccount: {
      signatures: forTypes('isApprovedServiceAccount', ACCOUNTS),
      needs: ['approvedServiceAccounts'],
      about: 'whether approved.serviceAccounts lists its id or address',
      call: (account: Account) => isListed('approvedServiceAccounts', account),
    },
    isApprovedDomain: {
      signatures: ['isApprovedDomain(string): bool'],
      needs: ['approvedDomains'],
      about: 'whether approved.domains has it, itself or as *.parent',
      call: (name: string) => isApprovedDomain(name.toLowerCase(), scope().sections['approvedDomains']),
    },
  };
}

/** Milliseconds of an instant, or of a text that says when: a day (its beginning, UTC) or an instant. */
function toTime(instant: Date | string): number {
  if (typeof instant !== 'string') return instant.getTime();
  if (isInstantText(instant)) return Date.parse(instant);
  throw new Error(`"${String(instant).slice(0, 40)}" is no day such as "2026-11-23", and no instant`);
}

/** A map of a section is a `Map`; one that an expression writes is an object. */
function sumOf(numbers: readonly number[] | ReadonlyMap<string, number> | Readonly<Record<string, number>>): number {
  const values = numbers instanceof Map ? [...numbers.values()] : Object.values(numbers);
  return values.reduce((sum, one) => sum + Number(one), 0);
}

function forTypes(name: string, types: readonly string[]): readonly string[] {
  return types.map((type) => `${name}(${type}): bool`);
}

/** Ids, or addresses, of a list of accounts, in lower case. */
interface Index {
  readonly ids: ReadonlySet<string>;
  readonly hasAddresses: boolean;
}

function indexOf(section: unknown, indexes: WeakMap<object, Index>): Index {
  if (!Array.isArray(section)) throw new UnknownFact('not_collected', 'a list it compares with was not collected');
  const known = indexes.get(section);
  if (known !== undefined) return known;
  const ids = section.flatMap((entry: unknown) => {
    const id = typeof entry === 'object' && entry !== null && 'id' in entry ? entry.id : null;
    return typeof id === 'string' ? [id.toLowerCase()] : [];
  });
  const index = { ids: new Set(ids), hasAddresses: ids.some((id) => id.includes('@')) };
  indexes.set(section, index);
  return index;
}

function hasRole(roles: unknown, id: string): boolean {
  if (typeof roles !== 'object' || roles === null || !('byAccount' in roles)) return false;
  const { byAccount } = roles;
  if (typeof byAccount !== 'object' || byAccount === null || !Object.hasOwn(byAccount, id)) return false;
  const own: unknown = Reflect.get(byAccount, id);
  return Array.isArray(own) && own.includes(ADMINISTRATOR_ROLE);
}

function isApprovedDomain(name: string, approved: unknown): boolean {
  if (!Array.isArray(approved)) throw new UnknownFact('not_collected', 'the approved domains were not collected');
  return approved.some((entry: unknown) => {
    const pattern = String(entry).toLowerCase();
    return pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) : name === pattern;
  });
}
