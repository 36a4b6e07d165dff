import {
  accountSubject,
  type Day,
  defineRule,
  type Judgement,
  type Member,
  notEvaluated,
  type ServiceAccount,
  z,
} from '../src/rule.ts';

/** The budget that an administrator can cap for single accounts. */
const CAPPED = 'api_requests_daily';

/** At or above this an allowance is the vendor's way of saying "no cap". */
const UNLIMITED_FROM = 100_000_000;

export default defineRule({
  id: 'personal-caps-have-room',
  title: 'No account keeps running into its own cap',
  severity: 'low',
  tags: ['usage'],
  why: 'An account that is at its cap day after day does not do all of its work, and nobody sees what is left out.',
  fix: {
    text: 'Raise the cap of the account, or let it do less.',
    effort: 'low',
  },
  controls: { 'ISO/IEC 27001:2022': ['A.8.6'] },
  offByDefault: true,
  version: 1,
  needs: ['members', 'serviceAccounts', 'recentDays'],
  options: z.strictObject({
    /** Of the last five finished days, so many at the cap are a breach. */
    days: z.number().int().min(1).max(5).default(3),
  }),

  evaluate({ members, serviceAccounts, recentDays }, { days }) {
    if (recentDays.length < days) {
      return notEvaluated('not_enough_history', `Use is known for ${recentDays.length} days; ${days} are needed`);
    }
    const machines = new Set(serviceAccounts.map(({ id }) => id));
    const accounts = [...members.filter(({ id }) => !machines.has(id)), ...serviceAccounts];
    const byDay = recentDays.map(({ period, consumers }) => ({
      day: period,
      used: new Map(consumers.map((consumer) => [consumer.id, consumer.used])),
    }));
    return {
      judgements: accounts.flatMap((account) => judge(account, machines.has(account.id), { byDay, days })),
      checked: accounts.length,
      limits: ['Every day is compared with the cap of today: what it was then is not known'],
    };
  },
});

interface Measure {
  readonly byDay: readonly { readonly day: Day; readonly used: ReadonlyMap<string, number> }[];
  readonly days: number;
}

function judge(account: Member | ServiceAccount, isMachine: boolean, { byDay, days }: Measure): readonly Judgement[] {
  if (!account.quotas.known) {
    const used = byDay.filter((one) => (one.used.get(account.id) ?? 0) > 0);
    // Who did not call on enough days is not at any cap.
    if (used.length < days) return [];
    const text = 'The cap of this account was not shown';
    return [
      {
        subject: accountSubject(isMachine ? 'service_account' : 'member', account),
        unknown: { kind: account.quotas.why, text },
      },
    ];
  }
  const cap = account.quotas.value[CAPPED]?.allowed ?? 0;
  if (cap <= 0 || cap >= UNLIMITED_FROM) return [];
  const used = byDay.map((one) => ({ day: one.day, used: one.used.get(account.id) ?? 0 }));
  const full: readonly { readonly day: Day; readonly used: number }[] = used.filter((one) => one.used >= cap);
  if (full.length < days) return [];
  return [
    {
      subject: accountSubject(isMachine ? 'service_account' : 'member', account),
      message: `${account.id} was at its cap of ${cap} API requests on ${full.length} of the last ${byDay.length} days`,
      evidence: { cap, days: full },
    },
  ];
}
