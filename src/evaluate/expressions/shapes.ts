import { type QuotaKind, quotaKind } from '../../model/quota.ts';

/** What a value is, for the checker of expressions, for reading it from a section and for writing it in a test. */
export type Kind =
  | 'string'
  | 'number'
  | 'bool'
  | 'instant'
  | { readonly list: Kind }
  /** A list in which membership is asked often. */
  | { readonly set: Kind }
  | { readonly map: Kind }
  | { readonly shape: Shape };

/** A field of a shape. */
export interface Field {
  readonly kind: Kind;
  /** The section holds a `Fact`: asking for it where it was not seen makes the subject unknown. */
  readonly fact?: true;
  /** Null means "none on record". */
  readonly nullable?: true;
  /** The account was returned without attributes: then this is unknown, not null. */
  readonly lostWhenBroken?: true;
  /** Made from the other fields instead of being read. */
  readonly compute?: (raw: Raw) => unknown;
  readonly about: string;
}

/** An object of a section as it is stored. */
export type Raw = Readonly<Record<string, unknown>>;

/** An object that expressions know, by the name that error messages use. */
export interface Shape {
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
}

const TEXTS: Kind = { list: 'string' };

/** An allowance and what is used of it. */
export const QUOTA: Shape = {
  name: 'Quota',
  fields: {
    allowed: { kind: 'number', about: 'how much may be used' },
    used: { kind: 'number', about: 'how much is used' },
  },
};

const QUOTAS: Kind = { map: { shape: QUOTA } };

const ACCOUNT: Readonly<Record<string, Field>> = {
  id: { kind: 'string', about: "the API's id" },
  name: { kind: 'string', nullable: true, lostWhenBroken: true, about: 'the name shown, or null' },
  email: { kind: 'string', fact: true, about: 'e-mail address' },
  status: { kind: 'string', nullable: true, lostWhenBroken: true, about: 'as the API words it, such as "active"' },
  createdAt: { kind: 'instant', fact: true, nullable: true, about: 'when the account was made' },
  quotas: { kind: QUOTAS, fact: true, about: "the account's own caps, by quota name; empty when it has none" },
};

/** A user account of the group. */
export const MEMBER: Shape = {
  name: 'Member',
  fields: {
    ...ACCOUNT,
    lastLoginAt: {
      kind: 'instant',
      fact: true,
      nullable: true,
      about: 'last sign-in to the web; null: none on record',
    },
  },
};

/** A non-human account of the group. */
export const SERVICE_ACCOUNT: Shape = { name: 'ServiceAccount', fields: ACCOUNT };

/** An account that the administrators relationship lists. */
export const ADMINISTRATOR: Shape = {
  name: 'Administrator',
  fields: {
    id: { kind: 'string', about: "the API's id" },
    name: { kind: 'string', nullable: true, about: 'the name shown, or null' },
    email: { kind: 'string', fact: true, about: 'e-mail address' },
  },
};

/** A licence flag of the group. */
export const PRIVILEGE: Shape = {
  name: 'Privilege',
  fields: {
    name: { kind: 'string', about: "the privilege's name" },
    granted: { kind: 'bool', about: 'whether the group has it' },
    expiresAt: { kind: 'instant', nullable: true, about: 'when it ends; null: it does not' },
    inheritedFrom: { kind: 'string', nullable: true, about: 'another privilege or a group' },
    inheritedVia: { kind: 'string', nullable: true, about: 'how it is inherited' },
  },
};

/** A pool of the group. */
export const GROUP_QUOTA: Shape = {
  name: 'GroupQuota',
  fields: {
    name: { kind: 'string', about: 'such as "intelligence_searches_monthly"' },
    ...QUOTA.fields,
    kind: {
      kind: 'string',
      compute: kindOfQuota,
      about: '"budget", "no_limit", "not_licensed", "rate" or "gauge": only a budget can be used up',
    },
  },
};

/** The audited group. */
export const GROUP: Shape = {
  name: 'Group',
  fields: {
    id: { kind: 'string', about: "the API's id" },
    domain: { kind: 'string', nullable: true, about: "the group's domain, or null" },
    quotas: { kind: QUOTAS, fact: true, about: "the group's pools, by quota name" },
    privileges: { kind: { list: { shape: PRIVILEGE } }, fact: true, about: 'its licence flags' },
    autoAddUsers: { kind: TEXTS, fact: true, about: 'addresses and *@domain patterns whose owners join by signing up' },
    forceOidcLogin: { kind: 'bool', fact: true, about: 'whether single sign-on is enforced' },
  },
};

/** API calls on one UTC day. */
export const USAGE_DAY: Shape = {
  name: 'UsageDay',
  fields: {
    day: { kind: 'string', about: 'YYYY-MM-DD, in UTC' },
    calls: { kind: { map: 'number' }, about: 'calls that cost quota, by endpoint' },
    freeCalls: { kind: { map: 'number' }, about: 'calls that cost none, by endpoint' },
    total: { kind: 'number', compute: (raw) => sumOf(raw['calls']), about: 'all calls that cost quota' },
    weekday: { kind: 'number', compute: weekdayOf, about: '0 (Sunday) to 6 (Saturday)' },
  },
};

/** An account's share of a quota of the group in a period. */
export const CONSUMER: Shape = {
  name: 'Consumer',
  fields: {
    id: { kind: 'string', about: "the account's id" },
    used: { kind: 'number', about: 'how much it used' },
    quota: { kind: 'string', about: "the quota's name" },
    period: { kind: 'string', about: 'the month, YYYY-MM' },
    share: { kind: 'number', about: 'its part of what all listed accounts used, 0 to 1' },
  },
};

/** Who used a quota of the group in a period. */
export const CONSUMPTION: Shape = {
  name: 'Consumption',
  fields: {
    quota: { kind: 'string', about: "the quota's name" },
    period: { kind: 'string', about: 'the month (YYYY-MM) or day (YYYY-MM-DD)' },
    consumers: {
      kind: {
        list: {
          shape: { name: 'Use', fields: { id: { kind: 'string', about: '' }, used: { kind: 'number', about: '' } } },
        },
      },
      about: 'accounts with what they `used`, most first',
    },
    complete: { kind: 'bool', about: 'whether the list goes down to no use' },
  },
};

/** Who used a quota in a month, to the last account. */
export const USE_OF_MONTH: Shape = {
  name: 'UseOfMonth',
  fields: {
    quota: { kind: 'string', about: "the quota's name" },
    month: { kind: 'string', about: 'YYYY-MM' },
    readOn: { kind: 'string', about: 'the day it was read, YYYY-MM-DD' },
    used: { kind: { map: 'number' }, about: 'by account id; an account that used nothing is left out' },
  },
};

/** Who used the API on a finished day, as far as it was listed. */
export const ACCOUNT_DAY: Shape = {
  name: 'AccountDay',
  fields: {
    day: { kind: 'string', about: 'YYYY-MM-DD, in UTC' },
    readOn: { kind: 'string', about: 'the day it was read, YYYY-MM-DD' },
    complete: { kind: 'bool', about: 'whether accounts that are not in `used` used nothing' },
    used: { kind: { map: 'number' }, about: 'calls that cost quota, by account id: the largest consumers' },
  },
};

/** Accounts as an earlier audit saw them. */
export const EARLIER_ACCOUNTS: Shape = {
  name: 'EarlierAccounts',
  fields: {
    at: { kind: 'instant', about: 'when that audit began' },
    ids: { kind: { set: 'string' }, about: "the accounts' ids" },
  },
};

/** An account that the configuration approves. */
export const APPROVED: Shape = {
  name: 'Approved',
  fields: {
    id: { kind: 'string', about: 'id or e-mail address, as configured' },
    owner: { kind: 'string', nullable: true, about: 'who answers for it, or null' },
    ticket: { kind: 'string', nullable: true, about: 'or null' },
    reviewBy: { kind: 'string', nullable: true, about: 'YYYY-MM-DD, or null' },
  },
};

/** Roles by account. */
export const ROLES: Shape = {
  name: 'Roles',
  fields: {
    visible: { kind: 'bool', about: 'false: no account showed its roles, so an absent one proves nothing' },
    byAccount: { kind: { map: TEXTS }, about: 'role names by account id' },
  },
};

/** What proves that the key has administrator rights. */
export const RIGHTS: Shape = {
  name: 'Rights',
  fields: {
    proven: { kind: 'bool', about: 'whether something does' },
    proofs: { kind: TEXTS, about: 'the answers that do' },
    identityIsAdministrator: { kind: 'bool', nullable: true, about: 'null: could not be read' },
  },
};

/** The configured attestation of single sign-on. */
export const SINGLE_SIGN_ON: Shape = {
  name: 'SingleSignOn',
  fields: {
    attestation: {
      kind: {
        shape: {
          name: 'Attestation',
          fields: {
            domains: { kind: TEXTS, about: '' },
            evidence: { kind: 'string', about: '' },
            attestedBy: { kind: 'string', about: '' },
            until: { kind: 'string', about: 'YYYY-MM-DD' },
          },
        },
      },
      nullable: true,
      about: 'domains, evidence, attestedBy, until; null: none',
    },
  },
};

/** Whose key the auditor uses. */
export const IDENTITY: Shape = {
  name: 'Identity',
  fields: { id: { kind: 'string', nullable: true, about: 'as configured, or null' } },
};

function kindOfQuota({ name, allowed, used }: Raw): QuotaKind {
  return quotaKind(String(name), { allowed: Number(allowed), used: Number(used) });
}

function sumOf(calls: unknown): number {
  return typeof calls === 'object' && calls !== null
    ? Object.values(calls).reduce<number>((sum, count) => sum + Number(count), 0)
    : 0;
}

function weekdayOf({ day }: Raw): number {
  return new Date(`${String(day)}T00:00:00Z`).getUTCDay();
}
