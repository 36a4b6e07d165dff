/** Twenty rules in YAML as people write them: most go through all members, and use every kind of function. */

/** What differs from rule to rule; the rest is the same in all. */
interface Sketch {
  readonly for: string;
  readonly when: string;
  readonly message: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly evidence?: Readonly<Record<string, string>>;
}

const MEMBERS: Readonly<Record<string, Omit<Sketch, 'for' | 'message'>>> = {
  'contractors-sign-in': {
    options: { idPattern: '^mf_0{2}', maxDays: 30 },
    when: 'member.id.matches(options.idPattern) && (member.lastLoginAt == null || daysSince(member.lastLoginAt) > options.maxDays)',
    evidence: { lastLoginAt: 'member.lastLoginAt', maxDays: 'options.maxDays' },
  },
  'idle-administrators-are-none': {
    when: 'isAdministrator(member) && (member.lastLoginAt == null || daysSince(member.lastLoginAt) > 30)',
  },
  'members-are-active-by-name': { when: 'member.status != "active"', evidence: { status: 'member.status' } },
  'members-are-few-per-name': { when: 'member.name == null || size(member.name) < 3' },
  'members-are-in-the-company': {
    when: '!isApprovedDomain(domain(member.email))',
    evidence: { address: 'member.email' },
  },
  'members-are-known-by-id': { when: 'lower(member.id) != member.id' },
  'members-are-no-robots': { when: 'glob(member.id, "*bot*") || glob(member.id, "svc-*")' },
  'members-call-little': {
    options: { most: 100000 },
    when: 'accountActivity.exists(use, use.quota == "api_requests_monthly" && member.id in use.used && use.used[member.id] > options.most)',
  },
  'members-come-back': { when: 'member.lastLoginAt != null && daysSince(member.lastLoginAt) > 90' },
  'members-have-addresses': { when: '!member.email.contains("@")' },
  'members-have-caps': {
    when: '"api_requests_daily" in member.quotas && member.quotas["api_requests_daily"].used > 100000',
  },
  'members-joined-after-the-contract': {
    when: 'member.createdAt != null && member.createdAt < timestamp("2015-01-01T00:00:00Z")',
  },
  'members-use-a-second-factor-soon': {
    when: 'member.id in membersWithout2fa && member.createdAt != null && daysSince(member.createdAt) > 14',
    evidence: { createdAt: 'member.createdAt' },
  },
  'newcomers-sign-in': {
    when: 'member.createdAt != null && daysSince(member.createdAt) > 7 && member.lastLoginAt == null',
  },
};

const OTHERS: Readonly<Record<string, Sketch>> = {
  'administrators-use-company-addresses': {
    for: 'administrators',
    when: '!isServiceAccount(administrator) && !isApprovedDomain(domain(administrator.email))',
    message: '${administrator.id} administers with ${administrator.email}',
  },
  'most-members-use-a-second-factor': {
    for: 'group',
    when: 'size(membersWithout2fa) * 100.0 / size(members) > 5.0',
    message: '${size(membersWithout2fa)} members without a second factor',
  },
  'pools-have-room': {
    for: 'quotas',
    when: 'quota.kind == "budget" && quota.allowed > 0 && quota.used * 100 / quota.allowed >= 90',
    message: '${quota.name} is nearly used up',
  },
  'searches-are-shared-out': {
    for: 'consumers',
    when: 'consumer.quota == "intelligence_searches_monthly" && consumer.share > 0.5',
    message: '${consumer.id} used ${round(consumer.share * 100)} %',
  },
  'service-accounts-are-named-by-purpose': {
    for: 'serviceAccounts',
    options: { patterns: ['*_gateway', '*_enrich', '*_auditor'] },
    when: '!options.patterns.exists(pattern, glob(lower(account.id), pattern))',
    message: '${account.id} says nothing of its purpose',
  },
  'weekends-are-quiet': {
    for: 'usageDays',
    when: 'usage.weekday in [0, 6] && usage.total > 10000000',
    message: '${usage.total} calls on ${usage.day}',
  },
};

/** The texts of the rules by id. JSON is YAML. */
export function expressionRules(): ReadonlyMap<string, string> {
  const ofMembers = Object.entries(MEMBERS).map(
    ([id, sketch]) => [id, { ...sketch, for: 'members', message: '${member.id} does not meet it' }] as const,
  );
  return new Map([...ofMembers, ...Object.entries(OTHERS)].map(([id, sketch]) => [id, toText(id, sketch)]));
}

function toText(id: string, sketch: Sketch): string {
  const rest = {
    id,
    title: id,
    severity: 'low',
    tags: [],
    why: 'To be measured.',
    fix: { text: 'Nothing.', effort: 'low' },
  };
  return JSON.stringify({ ...rest, ...sketch }, null, 2);
}
