import {
  type ApprovedEntry,
  accountSubject,
  addDays,
  type Breach,
  type Day,
  defineRule,
  type Judgement,
  lastDayOf,
  type Member,
  notEvaluated,
  type Section,
  type ServiceAccount,
  toDay,
  type UseOfMonth,
  z,
} from '../src/rule.ts';

/** How far back a sign-in is news on a first audit; findings age out after as long. */
const DAYS = 30;

const RULE = 'break-glass-accounts-are-idle';

export default defineRule({
  id: RULE,
  title: 'No emergency account is used',
  severity: 'critical',
  tags: ['access', 'administrators'],
  why: 'An emergency account is an administrator that nobody uses in ordinary times. Any use is an emergency, an exercise or a theft, and somebody must know which.',
  fix: {
    text: 'Find out who used the account and why. After an emergency change its password and renew its key; then acknowledge the finding with what happened.',
    effort: 'medium',
  },
  controls: {
    'CIS Controls v8': ['8.11'],
    'ISO/IEC 27001:2022': ['A.8.2', 'A.8.16'],
    'NIST SP 800-53 r5': ['AC-2(12)'],
    'SOC 2 TSC 2017': ['CC7.2'],
  },
  event: { agesOutAfterDays: DAYS },
  personalUse: 'account',
  version: 1,
  needs: ['members', 'serviceAccounts', 'breakGlass', 'lastJudged'],
  // A sign-in counts whatever is known of the API, but without that the requirement is not met.
  wants: ['accountActivity'],
  consults: ['previousActivity'],
  options: z.strictObject({}),

  evaluate(sections, _options, { at }) {
    const { breakGlass, members, serviceAccounts, lastJudged } = sections;
    if (breakGlass.length === 0) {
      return notEvaluated('not_configured', 'No emergency account is named in approved.breakGlass, so none is watched');
    }
    const recent = addDays(toDay(at), -DAYS);
    const judged = lastJudged[RULE] === undefined ? recent : toDay(lastJudged[RULE]);
    const from = judged < recent ? judged : recent;
    const accounts = findAccounts(breakGlass, members, serviceAccounts);
    const use: Use = { now: sections.accountActivity, before: sections.previousActivity, from, today: toDay(at) };
    return {
      judgements: accounts.flatMap((account) => [...judgeSignIn(account, from), ...judgeUse(account, use)]),
      checked: accounts.length,
      limits:
        accounts.length < breakGlass.length
          ? [`${breakGlass.length - accounts.length} of ${breakGlass.length} emergency accounts are not in the group`]
          : [],
    };
  },
});

/** An emergency account that is in the group; a service account signs in nowhere. */
type Account = (ServiceAccount & { readonly lastLoginAt: null }) | Member;

function findAccounts(
  entries: readonly ApprovedEntry[],
  members: readonly Member[],
  serviceAccounts: readonly ServiceAccount[],
): readonly Account[] {
  const names = new Set(entries.map(({ id }) => id.toLowerCase()));
  const machines = new Set(serviceAccounts.map(({ id }) => id));
  const isNamed = ({ id, email }: Pick<Member, 'id' | 'email'>) =>
    names.has(id.toLowerCase()) || (email.known && names.has(email.value.toLowerCase()));
  return [
    ...members.filter((member) => !machines.has(member.id) && isNamed(member)),
    ...serviceAccounts.filter(isNamed).map((account) => ({ ...account, lastLoginAt: null })),
  ];
}

/** The vendor keeps the last sign-in only, so each day of one is an event of its own. */
function judgeSignIn(account: Account, from: Day): readonly Judgement[] {
  if (account.lastLoginAt === null) return [];
  const subject = accountSubject(account.lastLoginAt === null ? 'service_account' : 'member', account);
  if (!account.lastLoginAt.known) {
    const text = 'The last sign-in of this emergency account was not shown';
    return [{ subject, key: 'sign-in', unknown: { kind: account.lastLoginAt.why, text } }];
  }
  const { value } = account.lastLoginAt;
  if (value === null || toDay(value) < from) return [];
  return [
    {
      subject,
      key: `sign-in-${toDay(value)}`,
      message: `The emergency account ${account.id} was signed in to on ${toDay(value)} (UTC)`,
      evidence: { id: account.id, signedInAt: value },
    },
  ];
}

interface Use {
  readonly now: Section<readonly UseOfMonth[]>;
  readonly before: Section<readonly UseOfMonth[]>;
  readonly from: Day;
  readonly today: Day;
}

/** Use is known by month: what a month has more than when it was judged last is new. On a first audit all of a late month is. */
function judgeUse(account: Account, { now, before, from, today }: Use): readonly Breach[] {
  if (!now.present) return [];
  const earlier = new Map(
    (before.present ? before.value : []).map((use) => [`${use.quota} ${use.month}`, amountOf(use, account.id)]),
  );
  const news = now.value
    .map((use) => {
      const known = earlier.get(`${use.quota} ${use.month}`);
      return { month: use.month, quota: use.quota, used: amountOf(use, account.id), before: known ?? null };
    })
    .filter(({ month, used, before: known }) => used > (known ?? 0) && (known !== null || lastDayOf(month) >= from))
    .sort((one, other) => (`${one.month} ${one.quota}` < `${other.month} ${other.quota}` ? -1 : 1));
  if (news.length === 0) return [];
  const months = [...new Set(news.map(({ month }) => month))].join(' and ');
  return [
    {
      subject: accountSubject(account.lastLoginAt === null ? 'service_account' : 'member', account),
      key: `use-seen-${today}`,
      message: `The emergency account ${account.id} used the API, searched or downloaded in ${months}; seen on ${today} (UTC)`,
      evidence: { id: account.id, use: news },
    },
  ];
}

function amountOf({ used }: UseOfMonth, id: string): number {
  return Object.hasOwn(used, id) ? (used[id] ?? 0) : 0;
}
