import {
  accountSubject,
  addDays,
  type Day,
  defineRule,
  type Judgement,
  type ServiceAccount,
  toDay,
  toUseHistory,
  type UseHistory,
  z,
} from '../src/rule.ts';

const Options = z.strictObject({
  /** Days without a call after which a service account is unused. */
  unusedDays: z.number().int().min(14).max(365).default(45),
  /** Days after an account was made in which it need not have been used. */
  graceDays: z.number().int().min(0).max(365).default(14),
});
type Options = z.infer<typeof Options>;

export default defineRule({
  id: 'service-accounts-are-used',
  title: 'Every service account is used',
  severity: 'medium',
  tags: ['access', 'service-accounts'],
  why: 'The key of a service account that nothing uses lies in some old configuration and still works. Nobody would miss it, and nobody would notice who has it.',
  fix: {
    text: 'Find out which program it was made for. If that is gone, delete the service account in the group’s settings; the API cannot.',
    effort: 'medium',
    url: 'https://docs.virustotal.com/docs/admins-guide',
  },
  controls: {
    'CIS Controls v8': ['5.3', '5.5'],
    'ISO/IEC 27001:2022': ['A.5.18'],
    'NIST SP 800-53 r5': ['AC-2(3)'],
    'SOC 2 TSC 2017': ['CC6.2'],
  },
  version: 1,
  needs: ['serviceAccounts', 'accountActivity', 'identity'],
  consults: ['previousActivity'],
  options: Options,

  evaluate({ serviceAccounts, accountActivity, identity, previousActivity }, options, { at }) {
    const history = toUseHistory(accountActivity, previousActivity.present ? previousActivity.value : [], at);
    const own = identity.id?.toLowerCase();
    // The key that asks is in use.
    const accounts = serviceAccounts.filter(
      ({ id, email }) => id.toLowerCase() !== own && !(email.known && email.value.toLowerCase() === own),
    );
    return {
      judgements: accounts.flatMap((account) => judge(account, { history, options, today: toDay(at) })),
      checked: accounts.length,
      limits: [
        'Calls that cost no quota do not show by account, and use is known by month: an account counts as used on the last day of the last month in which it was.',
      ],
    };
  },
});

interface Measure {
  readonly history: UseHistory;
  readonly options: Options;
  readonly today: Day;
}

function judge(account: ServiceAccount, { history, options, today }: Measure): readonly Judgement[] {
  const cutoff = addDays(today, -options.unusedDays);
  const created = account.createdAt.known && account.createdAt.value !== null ? toDay(account.createdAt.value) : null;
  if (created !== null && created >= addDays(today, -options.graceDays)) return [];
  const used = history.lastPossibleUse(account.id);
  if (used !== null && used >= cutoff) return [];
  const subject = accountSubject('service_account', account);
  const from = created !== null && created > cutoff ? created : cutoff;
  if (history.since > from) {
    const text = `Use by account is known from ${history.since} on; ${options.unusedDays} days of it are needed`;
    return [{ subject, unknown: { kind: 'not_enough_history', text } }];
  }
  const last = used ?? (created !== null && created > history.since ? created : history.since);
  return [
    {
      subject,
      message: `${account.id} has made no call that costs quota since ${last}, and its key still works`,
      evidence: { createdOn: created, lastPossibleUse: used, useKnownSince: history.since },
    },
  ];
}
