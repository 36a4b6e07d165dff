import {
  ADMINISTRATOR_ROLE,
  type Administrator,
  type ApprovedEntry,
  defineRule,
  type Fact,
  type Judgement,
  type Member,
  notEvaluated,
  type Roles,
  type Section,
  type ServiceAccount,
  type Subject,
  toDay,
  z,
} from '../src/rule.ts';

export default defineRule({
  id: 'administrators-are-approved',
  title: 'Every administrator is approved',
  severity: 'critical',
  tags: ['access', 'administrators'],
  why: 'An administrator adds and removes members, changes what they may use and reads the API keys of service accounts. One that nobody approved is a mistake or an intruder.',
  fix: {
    text: 'Revoke the administration rights in the group’s settings, or have the account approved and add its id to approved.administrators.',
    effort: 'low',
    url: 'https://docs.virustotal.com/docs/admins-guide',
  },
  controls: {
    'CIS Controls v8': ['5.1', '6.8'],
    'ISO/IEC 27001:2022': ['A.5.18', 'A.8.2'],
    'NIST SP 800-53 r5': ['AC-2(7)', 'AC-6(5)', 'AC-6(7)'],
    'SOC 2 TSC 2017': ['CC6.3'],
  },
  version: 1,
  needs: ['administrators', 'serviceAccounts', 'approvedAdministrators', 'breakGlass'],
  // Members give names and addresses; roles the administrators whom the relationship does not list.
  wants: ['members', 'roles'],
  // Matters only for administrators that are service accounts.
  consults: ['approvedServiceAccounts'],
  options: z.strictObject({}),

  evaluate(sections, _options, { at }) {
    const members = sections.members.present ? sections.members.value : [];
    const accounts = findAdministrators({ ...sections, members });
    if (accounts.length === 0) {
      return notEvaluated('not_visible', 'No administrator was shown, and every group has one');
    }
    const everybody = [accounts, members, sections.serviceAccounts];
    const approval = readList([...sections.approvedAdministrators, ...sections.breakGlass], accounts, everybody);
    const services = sections.approvedServiceAccounts.present
      ? readList(sections.approvedServiceAccounts.value, accounts, everybody)
      : null;
    return {
      judgements: accounts.flatMap((account) => [
        ...judge(account, approval, { read: services, section: sections.approvedServiceAccounts }),
        ...reviewsDue(account, approval, at),
      ]),
      checked: accounts.length,
      limits: rolesLimit(sections.roles),
    };
  },
});

/** An account with administration rights, and by what it has them. */
interface Account extends Administrator {
  readonly kind: 'member' | 'service_account';
  readonly administratorBy: readonly ('relationship' | 'role')[];
}

interface Sources {
  readonly administrators: readonly Administrator[];
  readonly members: readonly Member[];
  readonly serviceAccounts: readonly ServiceAccount[];
  readonly roles: Section<Roles>;
}

function findAdministrators({ administrators, members, serviceAccounts, roles }: Sources): readonly Account[] {
  const machines = new Map(serviceAccounts.map((account) => [account.id, account]));
  const listed = new Map(administrators.map((account) => [account.id, account]));
  const byRole = new Set(
    Object.entries(roles.present ? roles.value.byAccount : {})
      .filter(([, held]) => held.includes(ADMINISTRATOR_ROLE))
      .map(([id]) => id),
  );
  const ids = new Set([...listed.keys(), ...byRole]);
  const people = new Map(members.filter(({ id }) => ids.has(id)).map((member) => [member.id, member]));
  return [...ids].sort().map((id) => {
    const sources = [listed.get(id), people.get(id), machines.get(id)].filter((source) => source !== undefined);
    return {
      id,
      name: sources.find(({ name }) => name !== null)?.name ?? null,
      email: (sources.find(({ email }) => email.known) ?? sources[0])?.email ?? NOBODY_SHOWED_IT,
      kind: machines.has(id) ? 'service_account' : 'member',
      administratorBy: [
        ...(listed.has(id) ? (['relationship'] as const) : []),
        ...(byRole.has(id) ? (['role'] as const) : []),
      ],
    };
  });
}

const NOBODY_SHOWED_IT: Fact<string> = { known: false, why: 'not_on_record' };

/** What an approved list says about an account. `ambiguous` entries match more than one administrator, so they approve neither. */
interface Reading {
  readonly approvedBy: ReadonlyMap<string, readonly ApprovedEntry[]>;
  readonly ambiguous: ReadonlySet<string>;
  /** Whether some address in the list belongs to no account whose address is known. */
  readonly hasUnmatchedAddress: boolean;
}

type Matchable = Pick<Account, 'id' | 'email'>;

function readList(
  entries: readonly ApprovedEntry[],
  accounts: readonly Matchable[],
  everybody: readonly (readonly Matchable[])[],
): Reading {
  const administrators = indexByName(accounts);
  const approvedBy = new Map<string, ApprovedEntry[]>();
  const ambiguous = new Set<string>();
  for (const entry of entries) {
    const ids = [...(administrators.get(entry.id.toLowerCase()) ?? [])];
    for (const id of ids) {
      if (ids.length > 1) ambiguous.add(id);
      else approvedBy.set(id, [...(approvedBy.get(id) ?? []), entry]);
    }
  }
  const addresses = new Set(entries.flatMap(({ id }) => (id.includes('@') ? [id.toLowerCase()] : [])));
  return { approvedBy, ambiguous, hasUnmatchedAddress: isAnyLeft(addresses, everybody) };
}

/** Whether some of the names are nobody's, by id or by an address that is known. */
function isAnyLeft(names: ReadonlySet<string>, everybody: readonly (readonly Matchable[])[]): boolean {
  const left = new Set(names);
  for (const accounts of everybody) {
    if (left.size === 0) return false;
    for (const { id, email } of accounts) {
      left.delete(id.toLowerCase());
      if (email.known) left.delete(email.value.toLowerCase());
    }
  }
  return left.size > 0;
}

/** Ids of accounts by each name that an approved entry may use for them: the id or the address, in lower case. */
function indexByName(accounts: readonly Matchable[]): ReadonlyMap<string, ReadonlySet<string>> {
  const index = new Map<string, Set<string>>();
  for (const { id, email } of accounts) {
    for (const name of email.known ? [id, email.value] : [id]) {
      const key = name.toLowerCase();
      index.set(key, (index.get(key) ?? new Set()).add(id));
    }
  }
  return index;
}

interface ServiceList {
  readonly read: Reading | null;
  readonly section: Section<readonly ApprovedEntry[]>;
}

/** A service account must be approved twice: as an administrator and as a service account. */
function judge(account: Account, administrators: Reading, services: ServiceList): readonly Judgement[] {
  const asAdministrator = standing(account, administrators);
  const asService = account.kind === 'member' || services.read === null ? 'approved' : standing(account, services.read);
  const lists = [
    ...(asAdministrator === 'missing' ? ['administrators'] : []),
    ...(asService === 'missing' ? ['serviceAccounts'] : []),
  ];
  if (lists.length > 0) return [toBreach(account, lists)];
  const subject = toSubject(account);
  const doubt = [asAdministrator, asService].find((one) => one !== 'approved');
  if (doubt === 'ambiguous') return [{ subject, unknown: { kind: 'not_configured', text: AMBIGUOUS } }];
  if (doubt === 'unseen') return [{ subject, unknown: { kind: whyUnseen(account), text: UNSEEN } }];
  if (account.kind === 'member' || services.section.present) return [];
  const { kind, text } = services.section.missing;
  return [{ subject, unknown: { kind, text: `Whether it is an approved service account is not known: ${text}` } }];
}

const AMBIGUOUS = 'An approved entry matches this administrator and another one; write the id of the one that is meant';
const UNSEEN =
  'The address of this administrator was not shown, and an approved address matches nobody; write the id instead';

type Standing = 'approved' | 'ambiguous' | 'unseen' | 'missing';

function standing({ id, email }: Account, { approvedBy, ambiguous, hasUnmatchedAddress }: Reading): Standing {
  if (approvedBy.has(id)) return 'approved';
  if (ambiguous.has(id)) return 'ambiguous';
  return !email.known && hasUnmatchedAddress ? 'unseen' : 'missing';
}

function whyUnseen({ email }: Account) {
  return email.known ? 'not_on_record' : email.why;
}

function toBreach(account: Account, missingFrom: readonly string[]): Judgement {
  const what = account.kind === 'member' ? 'is an administrator' : 'is a service account with administration rights';
  const lists = missingFrom.map((list) => (list === 'administrators' ? 'administrators' : 'service accounts'));
  return {
    subject: toSubject(account),
    message: `${account.id} ${what} and is not among the approved ${lists.join(' or the approved ')}`,
    evidence: {
      address: account.email.known ? account.email.value : null,
      administratorBy: account.administratorBy,
      id: account.id,
      missingFrom,
    },
  };
}

function reviewsDue(account: Account, { approvedBy }: Reading, at: Date): readonly Judgement[] {
  const due = (approvedBy.get(account.id) ?? []).flatMap(({ id, owner, ticket, reviewBy }) =>
    reviewBy !== null && toDay(at) > reviewBy
      ? [
          {
            entry: id,
            matched: id.toLowerCase() === account.id.toLowerCase() ? 'id' : 'address',
            owner,
            reviewBy,
            ticket,
          },
        ]
      : [],
  );
  const [first] = due.sort((a, b) => (`${a.reviewBy} ${a.entry}` < `${b.reviewBy} ${b.entry}` ? -1 : 1));
  if (first === undefined) return [];
  return [
    {
      subject: toSubject(account),
      key: 'review-due',
      severity: 'low',
      message: `The approval of ${account.id} as an administrator was to be reviewed by ${first.reviewBy}`,
      evidence: { entries: due, id: account.id },
    },
  ];
}

function toSubject({ kind, id, email, name }: Account): Subject {
  return { kind, id, ...(email.known ? { email: email.value } : {}), ...(name === null ? {} : { name }) };
}

function rolesLimit(roles: Section<Roles>): readonly string[] {
  if (!roles.present || roles.value.visible) return [];
  return ['Administrators by relationship: roles were not returned, so one made only by role would not be seen'];
}
