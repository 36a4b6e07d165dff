import {
  accountSubject,
  type Breach,
  defineRule,
  type Group,
  type Judgement,
  type ServiceAccount,
  z,
} from '../src/rule.ts';

/** The budget that an administrator can cap for single accounts. */
const CAPPED = 'api_requests_daily';

/** At or above this an allowance is the vendor's way of saying "no limit" (1e9; 1e8 was seen). */
const UNLIMITED_FROM = 100_000_000;

const Options = z.strictObject({
  /** The largest share of the group's daily API requests, in percent, that one service account may have. */
  maxShare: z.number().min(1).max(100).default(50),
  /** Shares for single service accounts, by id. 100 allows one without any cap. */
  caps: z.record(z.string(), z.number().min(1).max(100)).default({}),
});
type Options = z.infer<typeof Options>;

export default defineRule({
  id: 'service-accounts-are-capped',
  title: 'No service account can use up the group’s API requests',
  severity: 'low',
  tags: ['usage', 'service-accounts'],
  why: 'A script that runs wild, or a stolen key, takes the daily requests of everybody else. A cap of its own ends that at the cap.',
  fix: {
    text: 'Give the service account a daily allowance of API requests that is a few times what it uses.',
    effort: 'low',
    url: 'https://docs.virustotal.com/docs/admins-guide',
  },
  controls: {
    'ISO/IEC 27001:2022': ['A.8.6'],
    'NIST SP 800-53 r5': ['SC-6'],
    'SOC 2 TSC 2017': ['A1.1'],
  },
  version: 1,
  needs: ['serviceAccounts', 'group'],
  options: Options,

  evaluate({ serviceAccounts, group }, options) {
    const pool = poolOf(group);
    return {
      judgements: serviceAccounts.flatMap((account) => judge(account, pool, options)),
      checked: serviceAccounts.length,
      limits:
        pool.kind === 'unlimited'
          ? ['The group has no daily limit of its own, so a cap is not compared with it; only whether there is one']
          : [],
    };
  },
});

/** What the group may use a day; `unlimited`: no figure to compare with. */
type Pool =
  | { readonly kind: 'limited'; readonly allowed: number }
  | { readonly kind: 'unlimited' }
  | { readonly kind: 'hidden'; readonly why: 'not_visible' | 'not_collected' };

function poolOf({ quotas, unreadable }: Group): Pool {
  if (unreadable?.quotas.includes(CAPPED)) return { kind: 'hidden', why: 'not_collected' };
  if (!quotas.known) return { kind: 'hidden', why: 'not_visible' };
  const allowed = quotas.value[CAPPED]?.allowed ?? 0;
  return allowed > 0 && allowed < UNLIMITED_FROM ? { kind: 'limited', allowed } : { kind: 'unlimited' };
}

function judge(account: ServiceAccount, pool: Pool, options: Options): readonly Judgement[] {
  const { id, quotas } = account;
  const subject = accountSubject('service_account', account);
  const own = Object.entries(options.caps).find(([name]) => name.toLowerCase() === id.toLowerCase())?.[1];
  const most = own ?? options.maxShare;
  if (most >= 100) return [];
  if (!quotas.known) {
    // A record that the API itself cannot show was asked for and answered: that is no gap of the audit.
    const kind = account.broken ? 'not_on_record' : quotas.why;
    return [{ subject, unknown: { kind, text: 'The caps of this service account were not shown' } }];
  }
  const quota = quotas.value[CAPPED];
  // No figure, none of its own (0) and the sentinel all mean that nothing but the group's allowance ends it.
  const cap = quota !== undefined && quota.allowed > 0 && quota.allowed < UNLIMITED_FROM ? quota.allowed : null;
  if (cap === null) return [toBreach(account, { cap, pool, most })];
  if (pool.kind === 'hidden') {
    return [{ subject, unknown: { kind: pool.why, text: 'The group’s daily allowance was not shown' } }];
  }
  if (pool.kind === 'unlimited' || (100 * cap) / pool.allowed <= most) return [];
  return [toBreach(account, { cap, pool, most })];
}

function toBreach(
  account: ServiceAccount,
  { cap, pool, most }: { readonly cap: number | null; readonly pool: Pool; readonly most: number },
): Breach {
  const allowed = pool.kind === 'limited' ? pool.allowed : null;
  const share = cap === null || allowed === null ? null : Math.round((1000 * cap) / allowed) / 10;
  return {
    subject: accountSubject('service_account', account),
    message:
      cap === null
        ? `${account.id} has no daily cap on API requests`
        : `${account.id} may use ${share} % of the group’s daily API requests; at most ${most} % expected`,
    evidence: { cap, groupAllowance: allowed, maxSharePercent: most, sharePercent: share },
  };
}
