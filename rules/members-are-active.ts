import {
  ADMINISTRATOR_ROLE,
  type Administrator,
  type ApprovedEntry,
  accountSubject,
  addDays,
  type Day,
  defineRule,
  type Judgement,
  type Member,
  type Reason,
  type Roles,
  type Section,
  toDay,
  toUseHistory,
  type UseHistory,
  type UseOfMonth,
  z,
} from '../src/rule.ts';

const Options = z.strictObject({
  /** Days without any sign of use after which a member is inactive. */
  inactiveDays: z.number().int().min(14).max(365).default(45),
  /** Days after an account was made in which it need not have been used. */
  graceDays: z.number().int().min(0).max(365).default(14),
});
type Options = z.infer<typeof Options>;

export default defineRule({
  id: 'members-are-active',
  title: 'Every member uses the group',
  severity: 'low',
  tags: ['access', 'accounts'],
  why: 'An account that nobody uses is missed by nobody when it is stolen, and its API key works like any other. Often its owner has left the organization.',
  fix: {
    text: 'Ask whether the member still needs the group; if not, remove the account from it. It can be invited again at any time.',
    effort: 'low',
    url: 'https://docs.virustotal.com/docs/admins-guide',
  },
  controls: {
    'CIS Controls v8': ['5.3'],
    'ISO/IEC 27001:2022': ['A.5.18'],
    'NIST SP 800-53 r5': ['AC-2(3)'],
    'SOC 2 TSC 2017': ['CC6.2', 'CC6.3'],
  },
  personalUse: 'account',
  version: 1,
  needs: ['members', 'serviceAccounts', 'breakGlass', 'identity'],
  // Who weighs more.
  wants: ['administrators'],
  // Whoever signed in lately is active whatever these say.
  consults: ['roles', 'accountActivity', 'previousActivity'],
  options: Options,

  evaluate(sections, options, { at }) {
    const { members, serviceAccounts, breakGlass, identity } = sections;
    const machines = new Set(serviceAccounts.map(({ id }) => id));
    const exempt = new Set([...breakGlass.map((entry) => entry.id), ...(identity.id === null ? [] : [identity.id])]);
    const excused = namesIn(exempt);
    const people = members.filter((member) => !machines.has(member.id) && !excused(member));
    const history = historyOf(sections.accountActivity, sections.previousActivity, at);
    const privileged = administratorIds(sections.administrators, sections.roles);
    const cutoff = addDays(toDay(at), -options.inactiveDays);
    const graceFrom = addDays(toDay(at), -options.graceDays);
    return {
      judgements: people.flatMap((member) => {
        const isAdministrator = privileged.has(member.id.toLowerCase());
        return judge({ member, isAdministrator }, { history, options, cutoff, graceFrom });
      }),
      checked: people.length,
      limits: [
        'Use of the API, searches and downloads are known by month: an account counts as used on the last day of the last month in which it was.',
        ...rolesLimit(sections.roles),
      ],
    };
  },
});

/** What the use by month tells, or why it does not. */
type History = { readonly known: true; readonly value: UseHistory } | { readonly known: false; readonly why: Reason };

function historyOf(now: Section<readonly UseOfMonth[]>, earlier: Section<readonly UseOfMonth[]>, at: Date): History {
  if (!now.present) return { known: false, why: now.missing };
  return { known: true, value: toUseHistory(now.value, earlier.present ? earlier.value : [], at) };
}

interface Person {
  readonly member: Member;
  readonly isAdministrator: boolean;
}

interface Measure {
  readonly history: History;
  readonly options: Options;
  /** Whoever showed a sign of use on this day or later is active. */
  readonly cutoff: Day;
  /** Accounts made on this day or later are left alone. */
  readonly graceFrom: Day;
}

function judge(person: Person, { history, options, cutoff, graceFrom }: Measure): readonly Judgement[] {
  const { member } = person;
  const created = member.createdAt.known && member.createdAt.value !== null ? toDay(member.createdAt.value) : null;
  if (created !== null && created >= graceFrom) return [];
  const signedIn = lastSignIn(member);
  if (signedIn !== null && signedIn >= cutoff) return [];
  const used = history.known ? history.value.lastPossibleUse(member.id) : null;
  if (used !== null && used >= cutoff) return [];
  const subject = accountSubject('member', member);
  if (!member.lastLoginAt.known) {
    // A record that the API itself cannot show was asked for and answered: that is no gap of the audit.
    const kind = member.broken ? 'not_on_record' : member.lastLoginAt.why;
    const text = 'The last sign-in of this member was not shown, and nothing else shows use';
    return [{ subject, unknown: { kind, text } }];
  }
  if (!history.known) {
    const text = `Nothing is known of other use than sign-ins: ${history.why.text}`;
    return [{ subject, unknown: { kind: history.why.kind, text } }];
  }
  // An account that is younger than the limit has had all its life to show some use.
  const from = created !== null && created > cutoff ? created : cutoff;
  const { since } = history.value;
  if (since > from) {
    const text = `Use by account is known from ${since} on; ${options.inactiveDays} days of it are needed`;
    return [{ subject, unknown: { kind: 'not_enough_history', text } }];
  }
  return [toBreach(person, { created, signedIn, used, since })];
}

interface Signs {
  readonly created: Day | null;
  readonly signedIn: Day | null;
  readonly used: Day | null;
  readonly since: Day;
}

function toBreach({ member, isAdministrator }: Person, { created, signedIn, used, since }: Signs): Judgement {
  const last =
    [signedIn, used]
      .filter((day) => day !== null)
      .toSorted()
      .at(-1) ?? null;
  const from = last ?? (created !== null && created > since ? created : since);
  const who = `${member.id}${isAdministrator ? ', an administrator,' : ''}`;
  return {
    subject: accountSubject('member', member),
    severity: isAdministrator ? 'medium' : 'low',
    message: `${who} ${last === null ? 'never signed in and has shown' : 'has shown'} no sign of use since ${from}`,
    evidence: {
      administrator: isAdministrator,
      createdOn: created,
      lastPossibleApiUse: used,
      lastSignIn: signedIn,
      apiUseKnownSince: since,
    },
    withoutUse: {
      message: `${who} has shown no sign of use for longer than is allowed`,
      evidence: { administrator: isAdministrator, createdOn: created },
    },
  };
}

/** The vendor records the time; a day is what the rule needs. */
function lastSignIn({ lastLoginAt }: Member): Day | null {
  return lastLoginAt.known && lastLoginAt.value !== null ? toDay(lastLoginAt.value) : null;
}

/** Tells whether an account is named by id or address, in any case. */
function namesIn(names: ReadonlySet<ApprovedEntry['id']>): (account: Pick<Member, 'id' | 'email'>) => boolean {
  const lower = new Set([...names].map((name) => name.toLowerCase()));
  return ({ id, email }) => lower.has(id.toLowerCase()) || (email.known && lower.has(email.value.toLowerCase()));
}

function administratorIds(
  administrators: Section<readonly Administrator[]>,
  roles: Section<Roles>,
): ReadonlySet<string> {
  const byRole = Object.entries(roles.present ? roles.value.byAccount : {})
    .filter(([, held]) => held.includes(ADMINISTRATOR_ROLE))
    .map(([id]) => id);
  const listed = administrators.present ? administrators.value.map(({ id }) => id) : [];
  return new Set([...listed, ...byRole].map((id) => id.toLowerCase()));
}

function rolesLimit(roles: Section<Roles>): readonly string[] {
  return roles.present && roles.value.visible
    ? []
    : ['Roles were not returned, so an administrator made only by role is rated as an ordinary member'];
}
