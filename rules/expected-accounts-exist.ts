import {
  ADMINISTRATOR_ROLE,
  type Administrator,
  type ApprovedEntry,
  addDays,
  type Day,
  defineRule,
  type Fact,
  type Judgement,
  type Roles,
  type Section,
  type Severity,
  toDay,
  z,
} from '../src/rule.ts';

export default defineRule({
  id: 'expected-accounts-exist',
  title: 'Every approved account is in the group as it was approved',
  severity: 'medium',
  tags: ['access', 'accounts'],
  why: 'An approved account that is gone was removed by mistake or by somebody else; an approval that nobody uses lets an account of that name back in unnoticed. A missing emergency account is found out in the emergency.',
  fix: {
    text: 'Bring the account back, or take it out of the approved list.',
    effort: 'low',
    url: 'https://docs.virustotal.com/docs/admins-guide',
  },
  controls: {
    'CIS Controls v8': ['5.1'],
    'ISO/IEC 27001:2022': ['A.5.16', 'A.5.18'],
    'NIST SP 800-53 r5': ['AC-2'],
    'SOC 2 TSC 2017': ['CC6.2'],
  },
  version: 1,
  needs: ['members', 'serviceAccounts', 'administrators', 'breakGlass', 'approvedSince'],
  // Each list is judged where there is one.
  consults: ['approvedAdministrators', 'approvedServiceAccounts', 'roles'],
  options: z.strictObject({
    /** Days after an entry came into the list in which an invitation may be pending, which the API shows to nobody. */
    graceDays: z.number().int().min(0).max(365).default(14),
  }),

  evaluate(sections, { graceDays }, { at }) {
    const { members, serviceAccounts, administrators, breakGlass, approvedSince } = sections;
    const entries = [
      ...breakGlass,
      ...listOf(sections.approvedAdministrators),
      ...listOf(sections.approvedServiceAccounts),
    ];
    const wanted = new Set(entries.map(({ id }) => id.toLowerCase()));
    const context: Context = {
      everybody: indexOf([members, serviceAccounts, administrators], wanted),
      machines: indexOf([serviceAccounts], wanted),
      administrators: administratorIds(administrators, sections.roles),
      hidden: hiddenAddress(members) ?? hiddenAddress(serviceAccounts),
      rolesKnown: sections.roles.present && sections.roles.value.visible,
      since: addDays(toDay(at), -graceDays),
    };
    const lists: readonly List[] = [
      { kind: 'breakGlass', entries: breakGlass, since: approvedSince.breakGlass },
      { kind: 'administrators', entries: listOf(sections.approvedAdministrators), since: approvedSince.administrators },
      {
        kind: 'serviceAccounts',
        entries: listOf(sections.approvedServiceAccounts),
        since: approvedSince.serviceAccounts,
      },
    ];
    const emergency = new Set(breakGlass.map(({ id }) => id.toLowerCase()));
    const seen = new Set<string>();
    const judgements = lists.flatMap((list) =>
      list.entries.flatMap((entry) => {
        const name = `${list.kind} ${entry.id.toLowerCase()}`;
        // An entry that stands twice, or is an emergency account besides, is one account.
        const isTwice = seen.has(name) || (list.kind === 'administrators' && emergency.has(entry.id.toLowerCase()));
        seen.add(name);
        return isTwice ? [] : judge(entry, list, context);
      }),
    );
    return { judgements, checked: seen.size, limits: missingLists(sections) };
  },
});

type ListKind = 'administrators' | 'serviceAccounts' | 'breakGlass';

interface List {
  readonly kind: ListKind;
  readonly entries: readonly ApprovedEntry[];
  readonly since: Readonly<Record<string, Day>>;
}

/** Accounts by each name that an entry may use for them: the id or the address, in lower case. */
type Index = ReadonlyMap<string, readonly string[]>;

interface Context {
  readonly everybody: Index;
  readonly machines: Index;
  readonly administrators: ReadonlySet<string>;
  /** Why some account's address is not known; null: all are. */
  readonly hidden: Extract<Fact<string>, { known: false }>['why'] | null;
  readonly rolesKnown: boolean;
  /** Entries that came into their list on this day or later may still be invited. */
  readonly since: Day;
}

interface Nameable {
  readonly id: string;
  readonly email: Fact<string>;
}

/** Only of the names that are looked for: of a large group they are few. */
function indexOf(lists: readonly (readonly Nameable[])[], wanted: ReadonlySet<string>): Index {
  const index = new Map<string, string[]>();
  const add = (written: string, id: string): void => {
    const name = written.toLowerCase();
    if (!wanted.has(name)) return;
    const ids = index.get(name);
    if (ids === undefined) index.set(name, [id]);
    else if (!ids.includes(id)) ids.push(id);
  };
  for (const accounts of lists) {
    for (const { id, email } of accounts) {
      add(id, id);
      if (email.known) add(email.value, id);
    }
  }
  return index;
}

function hiddenAddress(accounts: readonly Nameable[]): Context['hidden'] {
  const hidden = accounts.find(({ email }) => !email.known);
  return hidden === undefined || hidden.email.known ? null : hidden.email.why;
}

function administratorIds(administrators: readonly Administrator[], roles: Section<Roles>): ReadonlySet<string> {
  const byRole = Object.entries(roles.present ? roles.value.byAccount : {})
    .filter(([, held]) => held.includes(ADMINISTRATOR_ROLE))
    .map(([id]) => id);
  return new Set([...administrators.map(({ id }) => id), ...byRole]);
}

function judge(entry: ApprovedEntry, list: List, context: Context): readonly Judgement[] {
  const name = entry.id.toLowerCase();
  const index = list.kind === 'serviceAccounts' ? context.machines : context.everybody;
  const matches = index.get(name) ?? [];
  if (matches.length === 0) return judgeAbsent(entry, list, context);
  if (list.kind !== 'administrators' || matches.some((id) => context.administrators.has(id))) return [];
  const [id = entry.id] = matches;
  const kind = context.machines.has(name) ? 'service_account' : 'member';
  if (!context.rolesKnown) {
    const text = 'It is no administrator by relationship, and whether it is one by role was not returned';
    return [{ subject: { kind, id }, key: 'no-administrator', unknown: { kind: 'not_on_record', text } }];
  }
  return [
    {
      subject: { kind, id },
      key: 'no-administrator',
      severity: 'low',
      message: `${id} is approved as an administrator and is in the group, but is no longer an administrator`,
      evidence: { ...facts(entry), list: list.kind },
    },
  ];
}

const WHAT: Readonly<Record<ListKind, string>> = {
  administrators: 'The approved administrator',
  serviceAccounts: 'The approved service account',
  breakGlass: 'The emergency account',
};

function judgeAbsent(entry: ApprovedEntry, list: List, { hidden, since }: Context): readonly Judgement[] {
  const kind = list.kind === 'serviceAccounts' ? 'service_account' : 'member';
  const subject = { kind, id: entry.id, ...(entry.id.includes('@') ? { email: entry.id } : {}) } as const;
  const key = list.kind === 'breakGlass' ? 'emergency-account-missing' : 'not-in-the-group';
  if (entry.id.includes('@') && hidden !== null) {
    const text = 'Addresses of some accounts were not shown, and this address may be one of them; write the id instead';
    return [{ subject, key, unknown: { kind: hidden, text } }];
  }
  const name = entry.id.toLowerCase();
  const approvedOn = Object.hasOwn(list.since, name) ? (list.since[name] ?? null) : null;
  // An invitation is shown to nobody. It explains a missing member, not a missing service account or emergency account.
  if (list.kind === 'administrators' && approvedOn !== null && approvedOn >= since) {
    const text = `It is in the list since ${approvedOn} at the latest, and may be invited and not have joined yet`;
    return [{ subject, key, unknown: { kind: 'not_enough_history', text } }];
  }
  const severity: Severity = list.kind === 'breakGlass' ? 'high' : 'medium';
  const hint = list.kind === 'administrators' ? '; perhaps it was invited and has not joined' : '';
  return [
    {
      subject,
      key,
      severity,
      message: `${WHAT[list.kind]} ${entry.id} is not in the group${hint}`,
      evidence: { ...facts(entry), approvedOnOrBefore: approvedOn, list: list.kind },
    },
  ];
}

function facts({ id, owner, ticket }: ApprovedEntry) {
  return { entry: id, owner, ticket };
}

function listOf(section: Section<readonly ApprovedEntry[]>): readonly ApprovedEntry[] {
  return section.present ? section.value : [];
}

/** What is not configured cannot be missing; the report says so. */
function missingLists(sections: {
  readonly approvedAdministrators: Section<unknown>;
  readonly approvedServiceAccounts: Section<unknown>;
}): readonly string[] {
  return [
    ...(sections.approvedAdministrators.present ? [] : ['No administrators are approved in the configuration']),
    ...(sections.approvedServiceAccounts.present ? [] : ['No service accounts are approved in the configuration']),
  ];
}
