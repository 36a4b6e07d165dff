import {
  type ApprovedEntry,
  type Breach,
  defineRule,
  type Judgement,
  type ServiceAccount,
  type Subject,
  toDay,
  z,
} from '../src/rule.ts';

export default defineRule({
  id: 'service-accounts-are-approved',
  title: 'Every service account is approved',
  severity: 'high',
  tags: ['access', 'service-accounts'],
  why: 'A service account is an API key that belongs to no person and outlives whoever made it. One that nobody approved may feed an unknown program, or an intruder.',
  fix: {
    text: 'Delete the service account in the group’s settings (the API cannot), or have it approved and add its id to approved.serviceAccounts.',
    effort: 'low',
    url: 'https://docs.virustotal.com/docs/admins-guide',
  },
  controls: {
    'CIS Controls v8': ['5.5'],
    'ISO/IEC 27001:2022': ['A.5.16', 'A.5.18'],
    'NIST SP 800-53 r5': ['AC-2'],
    'SOC 2 TSC 2017': ['CC6.1', 'CC6.2'],
  },
  version: 1,
  needs: ['serviceAccounts', 'approvedServiceAccounts'],
  options: z.strictObject({}),

  evaluate({ serviceAccounts, approvedServiceAccounts }, _options, { at }) {
    const accounts = [...new Map(serviceAccounts.map((account) => [account.id, account])).values()];
    const list = readList(approvedServiceAccounts, accounts);
    return {
      judgements: accounts.flatMap((account) => [...judge(account, list), ...reviewsDue(account, list, at)]),
      checked: accounts.length,
    };
  },
});

/** What the approved list says. `ambiguous` accounts share an entry with another account, so that it approves neither. */
interface Reading {
  readonly entries: readonly ApprovedEntry[];
  readonly approvedBy: ReadonlyMap<string, readonly ApprovedEntry[]>;
  readonly ambiguous: ReadonlySet<string>;
  /** Whether some address in the list belongs to no account whose address is known. */
  readonly hasUnmatchedAddress: boolean;
}

function readList(entries: readonly ApprovedEntry[], accounts: readonly ServiceAccount[]): Reading {
  const names = indexByName(accounts);
  const approvedBy = new Map<string, ApprovedEntry[]>();
  const ambiguous = new Set<string>();
  for (const entry of entries) {
    const ids = names.get(entry.id.toLowerCase()) ?? new Set();
    for (const id of ids) {
      if (ids.size > 1) ambiguous.add(id);
      else approvedBy.set(id, [...(approvedBy.get(id) ?? []), entry]);
    }
  }
  const hasUnmatchedAddress = entries.some(({ id }) => id.includes('@') && !names.has(id.toLowerCase()));
  return { entries, approvedBy, ambiguous, hasUnmatchedAddress };
}

/** Ids of accounts by each name that an approved entry may use for them: the id or the address, in lower case. */
function indexByName(accounts: readonly ServiceAccount[]): ReadonlyMap<string, ReadonlySet<string>> {
  const index = new Map<string, Set<string>>();
  for (const { id, email } of accounts) {
    for (const name of email.known ? [id, email.value] : [id]) {
      const key = name.toLowerCase();
      index.set(key, (index.get(key) ?? new Set()).add(id));
    }
  }
  return index;
}

function judge(account: ServiceAccount, list: Reading): readonly Judgement[] {
  if (list.approvedBy.has(account.id)) return [];
  const subject = toSubject(account);
  if (list.ambiguous.has(account.id)) {
    const text =
      'An approved entry matches this service account and another one; write the id of the one that is meant';
    return [{ subject, unknown: { kind: 'not_configured', text } }];
  }
  if (!account.email.known && list.hasUnmatchedAddress) {
    const text =
      'The address of this service account was not shown, and an approved address matches none; write the id instead';
    return [{ subject, unknown: { kind: account.email.why, text } }];
  }
  return [toBreach(account, list.entries)];
}

/** An id is `<group>_<name>`. Whoever wrote the bare name into the list is told so; it does not approve. */
function toBreach(account: ServiceAccount, entries: readonly ApprovedEntry[]): Breach {
  const { id, email, name, createdAt } = account;
  const bareName =
    entries.map((entry) => entry.id.toLowerCase()).find((entry) => entry === name?.toLowerCase()) ?? null;
  const hint = bareName === null ? '' : `; the list has ${bareName}, which is its name and not its id`;
  return {
    subject: toSubject(account),
    message: `${id} is a service account and is not among the approved ones${hint}`,
    evidence: {
      address: email.known ? email.value : null,
      bareName,
      createdAt: createdAt.known ? createdAt.value : null,
      id,
    },
  };
}

function reviewsDue(account: ServiceAccount, { approvedBy }: Reading, at: Date): readonly Judgement[] {
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
      message: `The approval of ${account.id} as a service account was to be reviewed by ${first.reviewBy}`,
      evidence: { entries: due, id: account.id },
    },
  ];
}

function toSubject({ id, email, name }: ServiceAccount): Subject {
  return {
    kind: 'service_account',
    id,
    ...(email.known ? { email: email.value } : {}),
    ...(name === null ? {} : { name }),
  };
}
