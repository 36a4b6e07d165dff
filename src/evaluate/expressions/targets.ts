import type { Fact } from '../../model/fact.ts';
import { toDay } from '../../model/instant.ts';
import type { Subject, Unjudged } from '../../model/judgement.ts';
import type { Reason } from '../../model/reason.ts';
import type { AccountFacts, Administrator, Consumption, Group, SectionName, UsageDay } from '../../model/snapshot.ts';
import {
  ADMINISTRATOR,
  CONSUMER,
  GROUP,
  GROUP_QUOTA,
  MEMBER,
  PRIVILEGE,
  type Raw,
  SERVICE_ACCOUNT,
  type Shape,
  USAGE_DAY,
} from './shapes.ts';

/** Whom a breach of an item is about, and what tells it from others about the same. */
export interface Identity {
  readonly subject: Subject;
  readonly key: string | null;
}

/** All that a rule judges, as stored, or why none of it can be. Who they are is worked out only of those that are told about. */
export type Items =
  | {
      readonly raws: readonly Raw[];
      /** Items of which nothing is known but that they are there. */
      readonly unread?: readonly Unjudged[];
      identify(raw: Raw): Identity;
    }
  | { readonly notEvaluated: Reason };

/** What `for:` can name. */
export interface Target {
  /** The variable that stands for one of them. */
  readonly variable: string;
  readonly shape: Shape;
  readonly needs: readonly SectionName[];
  readonly about: string;
  list(sections: Readonly<Record<string, unknown>>, at: Date): Items;
}

/** Everything that a rule in YAML can be about. */
export const TARGETS: Readonly<Record<string, Target>> = {
  members: {
    variable: 'member',
    shape: MEMBER,
    needs: ['members', 'serviceAccounts'],
    about: 'the user accounts of the group, without its service accounts',
    list(sections) {
      const accounts = accountsOf(sections, 'members');
      if (accounts.length === 0) return nothing('the list of members is empty, which proves nothing');
      return itemsOf(peopleOf(accounts, accountsOf(sections, 'serviceAccounts')), () => 'member');
    },
  },
  serviceAccounts: {
    variable: 'account',
    shape: SERVICE_ACCOUNT,
    needs: ['serviceAccounts'],
    about: 'the non-human accounts of the group',
    list: (sections) => itemsOf(accountsOf(sections, 'serviceAccounts'), () => 'service_account'),
  },
  administrators: {
    variable: 'administrator',
    shape: ADMINISTRATOR,
    needs: ['administrators', 'serviceAccounts'],
    about: 'the accounts that the administrators relationship lists, service accounts too',
    list(sections) {
      const machines = idsOf(accountsOf(sections, 'serviceAccounts'));
      const accounts = accountsOf(sections, 'administrators');
      if (accounts.length === 0) return nothing('the list of administrators is empty, which proves nothing');
      return itemsOf(accounts, ({ id }) => (machines.has(id) ? 'service_account' : 'member'));
    },
  },
  group: {
    variable: 'group',
    shape: GROUP,
    needs: ['group'],
    about: 'the group itself: one item',
    list: (sections) => ({
      raws: [groupOf(sections)],
      identify: () => ({ subject: { kind: 'group', id: groupOf(sections).id }, key: null }),
    }),
  },
  quotas: {
    variable: 'quota',
    shape: GROUP_QUOTA,
    needs: ['group'],
    about: "the group's pools",
    list: (sections) =>
      fromFact(groupOf(sections).quotas, "the group's quotas", (quotas) => ({
        raws: Object.entries(quotas).map(([name, quota]) => ({ name, ...quota })),
        unread: (groupOf(sections).unreadable?.quotas ?? []).map((id) => toUnread({ kind: 'quota', id }, null, id)),
        identify: ({ name }) => ({ subject: { kind: 'quota', id: String(name) }, key: null }),
      })),
  },
  privileges: {
    variable: 'privilege',
    shape: PRIVILEGE,
    needs: ['group'],
    about: "the group's licence flags; each is a finding of its own on the group",
    list: (sections) =>
      fromFact(groupOf(sections).privileges, "the group's privileges", (privileges) => ({
        raws: privileges.map((privilege) => ({ ...privilege })),
        unread: (groupOf(sections).unreadable?.privileges ?? []).map((name) =>
          toUnread({ kind: 'group', id: groupOf(sections).id }, name, name),
        ),
        identify: ({ name }) => ({ subject: { kind: 'group', id: groupOf(sections).id }, key: String(name) }),
      })),
  },
  usageDays: {
    variable: 'usage',
    shape: USAGE_DAY,
    needs: ['group', 'groupUsage'],
    about: 'the finished UTC days that the vendor shows, oldest first; today is left out, because it is not over',
    list: (sections, at) => ({
      raws: usageOf(sections).flatMap((usage) => (usage.day < toDay(at) ? [{ ...usage }] : [])),
      identify: ({ day }) => ({ subject: { kind: 'group', id: groupOf(sections).id }, key: String(day) }),
    }),
  },
  consumers: {
    variable: 'consumer',
    shape: CONSUMER,
    needs: ['consumption', 'serviceAccounts'],
    about: "accounts by what they used of each of the group's quotas this month",
    list(sections) {
      const machines = idsOf(accountsOf(sections, 'serviceAccounts'));
      const raws = consumptionOf(sections).flatMap(({ quota, period, consumers }) => {
        const total = consumers.reduce((sum, { used }) => sum + used, 0);
        return consumers.map(({ id, used }) => ({ id, used, quota, period, share: total === 0 ? 0 : used / total }));
      });
      return {
        raws,
        identify: ({ id, quota }) => ({
          subject: { kind: machines.has(String(id)) ? 'service_account' : 'member', id: String(id) },
          key: String(quota),
        }),
      };
    },
  },
};

/** By the list of members: who of them is no service account, and of which of these. Every rule about members asks for it. */
const PEOPLE = new WeakMap<Accounts, { readonly machines: Accounts; readonly people: Accounts }>();

function peopleOf(accounts: Accounts, machines: Accounts): Accounts {
  const known = PEOPLE.get(accounts);
  if (known?.machines === machines) return known.people;
  const ids = idsOf(machines);
  const isMachine = ({ id }: Listed): boolean => ids.has(id);
  // Whether the API lists them here differs; of a large group no second list is made without need.
  const people = accounts.some(isMachine) ? accounts.filter((account) => !isMachine(account)) : accounts;
  PEOPLE.set(accounts, { machines, people });
  return people;
}

function toUnread(subject: Subject, key: string | null, name: string): Unjudged {
  const text = `the API sent ${name} in a form that cannot be read`;
  return { subject, ...(key === null ? {} : { key }), unknown: { kind: 'not_collected', text } };
}

function nothing(text: string): Items {
  return { notEvaluated: { kind: 'not_on_record', text } };
}

function fromFact<T>(fact: Fact<T>, what: string, toItems: (value: T) => Items): Items {
  return fact.known
    ? toItems(fact.value)
    : { notEvaluated: { kind: fact.why, text: `${what} are not visible to the key` } };
}

function itemsOf(accounts: Accounts, kindOf: (account: { readonly id: string }) => Subject['kind']): Items {
  return {
    raws: accounts,
    identify: (raw) => ({ subject: toSubject(raw, kindOf({ id: String(raw['id']) })), key: null }),
  };
}

function toSubject({ id, name, email }: Raw, kind: Subject['kind']): Subject {
  const address = typeof email === 'object' && email !== null && 'value' in email ? email.value : null;
  return {
    kind,
    id: String(id),
    ...(typeof address === 'string' ? { email: address } : {}),
    ...(typeof name === 'string' ? { name } : {}),
  };
}

type Listed = Pick<AccountFacts | Administrator, 'id' | 'name' | 'email'> & Raw;

type Accounts = readonly Listed[];

function idsOf(accounts: Accounts): ReadonlySet<string> {
  return new Set(accounts.map(({ id }) => id));
}

// Sections come typed by name where they were parsed; here they are looked up by a name that is only known at run time.

function accountsOf(sections: Readonly<Record<string, unknown>>, name: SectionName): Accounts {
  const section = sections[name];
  return Array.isArray(section) ? section : [];
}

function usageOf(sections: Readonly<Record<string, unknown>>): readonly UsageDay[] {
  const section = sections['groupUsage'];
  return Array.isArray(section) ? section : [];
}

function consumptionOf(sections: Readonly<Record<string, unknown>>): readonly Consumption[] {
  const section = sections['consumption'];
  return Array.isArray(section) ? section : [];
}

function groupOf(sections: Readonly<Record<string, unknown>>): Group & Raw {
  const { group } = sections;
  if (!isGroup(group)) throw new Error('the section group is not there');
  return group;
}

function isGroup(value: unknown): value is Group & Raw {
  return typeof value === 'object' && value !== null && 'quotas' in value && 'privileges' in value;
}
