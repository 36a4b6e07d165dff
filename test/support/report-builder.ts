import { type Finding, findingId, isOpen } from '../../src/model/finding.ts';
import { addDays, type Instant } from '../../src/model/instant.ts';
import type { Subject } from '../../src/model/judgement.ts';
import type { DisabledRule, Report, ReportLook, RuleReport, Summary } from '../../src/model/report.ts';
import type { Requirement } from '../../src/model/requirement.ts';
import type { RoutedReport } from '../../src/model/routed.ts';
import type { Run } from '../../src/model/run.ts';
import { SEVERITIES, type Severity } from '../../src/model/severity.ts';

const GROUP = 'northwind_dfir';
const NOW: Instant = '2026-11-23T07:00:00.000Z';

/** How reports look in tests. */
export const LOOK: ReportLook = {
  organization: 'Northwind',
  timezone: 'Europe/Madrid',
  accentColor: '#0b57d0',
  logo: null,
};

/** An instant so many days before the reports' time. */
export function daysAgo(days: number): Instant {
  return new Date(Date.parse(NOW) - days * 86_400_000).toISOString();
}

function changed<T extends object>(base: T, over: Partial<T>): T {
  return { ...base, ...over };
}

/** A finished, complete run of `weekly-review`. */
export function buildRun(over: Partial<Run> = {}): Run {
  return {
    id: '20261123T070000Z-k3v9qd',
    audit: 'weekly-review',
    group: GROUP,
    status: 'complete',
    trigger: 'schedule',
    narrowed: false,
    slot: '2026-11-23T08:00[Europe/Madrid]',
    dueAt: NOW,
    startedAt: NOW,
    finishedAt: '2026-11-23T07:00:41.000Z',
    version: '0.1.0',
    requests: { planned: 24, made: 24 },
    historySince: '2026-09-14T06:00:00.000Z',
    failure: null,
    ...over,
  };
}

/** A requirement; only its id is needed. */
export function buildRequirement(over: Partial<Requirement> & Pick<Requirement, 'id'>): Requirement {
  return {
    title: over.id.replaceAll('-', ' '),
    severity: 'medium',
    tags: ['access'],
    why: 'It matters because somebody could otherwise do harm without being seen.',
    fix: { text: 'Ask the owner and put it right.', effort: 'low', url: 'https://docs.example/fix' },
    controls: { 'CIS v8': ['5.1'], 'ISO 27001:2022': ['A.5.18'] },
    event: null,
    source: 'built-in',
    version: '1',
    ...over,
  };
}

/** A rule that passed on 58 subjects, unless told otherwise. */
export function buildRule(
  id: string,
  over: Partial<Omit<RuleReport, 'requirement'>> & { readonly requirement?: Partial<Requirement> } = {},
): RuleReport {
  const { requirement, ...rest } = over;
  return {
    verdict: 'passed',
    reason: null,
    checked: 58,
    unknown: [],
    limits: [],
    options: {},
    since: daysAgo(42),
    ...rest,
    requirement: buildRequirement({ id, ...requirement }),
  };
}

/** A new, high finding about a member, unless told otherwise. The id follows from rule, subject and key. */
export function buildFinding(over: Partial<Finding> = {}): Finding {
  const subject: Subject = over.subject ?? { kind: 'member', id: 'tkoval', email: 'tkoval@northwind.example' };
  const rule = over.rule ?? 'members-use-2fa';
  const key = over.key ?? '';
  return {
    id: findingId(GROUP, rule, subject, key),
    group: GROUP,
    rule,
    severity: 'high',
    state: 'new',
    subject,
    key,
    message: `${subject.id} signs in without two-factor authentication`,
    evidence: { '2fa_enabled': false },
    because: 'group_changed',
    openedAt: NOW,
    firstSeenAt: NOW,
    lastSeenAt: NOW,
    lastOpenAt: null,
    resolvedAt: null,
    resetsAt: null,
    baseline: false,
    waiver: null,
    acknowledged: null,
    ...over,
  };
}

/** The counts that findings and rules add up to. */
export function summaryOf(
  rules: readonly RuleReport[],
  findings: readonly Finding[],
  disabled: readonly DisabledRule[] = [],
): Summary {
  const verdicts = (verdict: RuleReport['verdict']) => rules.filter((rule) => rule.verdict === verdict).length;
  const states = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length;
  const resolved = findings.filter(
    (finding) => finding.state === 'resolved' && ['group_changed', 'left_group'].includes(finding.because),
  ).length;
  const waived = (finding: Finding) => finding.waiver !== null && !finding.waiver.expired;
  const open = findings.filter((finding) => isOpen(finding.state) && !waived(finding));
  const count = (severity: Severity) => open.filter((finding) => finding.severity === severity).length;
  return {
    rules: {
      passed: verdicts('passed'),
      breached: verdicts('breached'),
      notEvaluated: verdicts('not_evaluated'),
      disabled: disabled.length,
    },
    findings: {
      new: states('new'),
      persisting: states('persisting'),
      resolved,
      closed: states('resolved') - resolved,
      unverified: states('unverified'),
      withdrawn: states('withdrawn'),
      waived: findings.filter((finding) => isOpen(finding.state) && waived(finding)).length,
    },
    bySeverity: {
      critical: count(SEVERITIES[0]),
      high: count(SEVERITIES[1]),
      medium: count(SEVERITIES[2]),
      low: count(SEVERITIES[3]),
    },
  };
}

/** A complete report with nothing in it; the summary follows from rules and findings unless it is given. */
export function buildReport(over: Partial<Report> = {}): Report {
  const rules = over.rules ?? [];
  const findings = over.findings ?? [];
  const disabled = over.disabled ?? [];
  return {
    run: buildRun(),
    baseline: false,
    missedSlots: [],
    rights: {
      proven: true,
      proofs: [
        "the API told the group's use, which only administrators may read",
        'the API showed the quotas of 3 service accounts',
      ],
      identityIsAdministrator: true,
    },
    summary: summaryOf(rules, findings, disabled),
    rules,
    disabled,
    brokenRules: [],
    findings,
    sections: [
      { name: 'group', items: 1, complete: true, requests: 1, reason: null },
      { name: 'members', items: 58, complete: true, requests: 2, reason: null },
    ],
    waivers: { inForce: [], bad: [] },
    yardstickChanges: [],
    outsideView: ['pending invitations', 'sign-in and session settings', 'usage before 60 days'],
    quotas: [],
    usage: null,
    trend: [],
    owed: [],
    nextRunAt: '2026-11-30T07:00:00.000Z',
    digests: null,
    ...over,
  };
}

/** A report as a reader gets it; every finding that is not `persisting` is news unless told otherwise. */
export function buildRouted(report: Report, over: Partial<RoutedReport> = {}): RoutedReport {
  const news = report.findings.filter((finding) => finding.state !== 'persisting' && finding.state !== 'unverified');
  return {
    report,
    audit: report.run.audit,
    channel: 'security-team',
    firstReport: report.baseline,
    news: new Set(news.map((finding) => finding.id)),
    hidden: 0,
    domains: null,
    ...over,
  };
}

const USAGE = Array.from({ length: 30 }, (_, index) => {
  const day = addDays('2026-10-24', index);
  const weekend = [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
  const calls = weekend ? 420 + index * 3 : 2_180 + ((index * 137) % 640);
  return { day, calls: index === 28 ? 14_812 : calls, spike: index === 28 };
});

/** The rules of a small pack, all met. */
export function passingRules(): readonly RuleReport[] {
  const controls = (cis: string, iso: string, nist: string, tsc: string) => ({
    'CIS v8': [cis],
    'ISO 27001:2022': [iso],
    'NIST 800-53 r5': [nist],
    'SOC 2 TSC 2017': [tsc],
  });
  return [
    buildRule('administrators-are-approved', {
      checked: 4,
      limits: ['administrators by relationship; roles were not returned, so one made only by role would not be seen'],
      requirement: {
        title: 'Every administrator is approved',
        severity: 'critical',
        controls: controls('5.1', 'A.8.2', 'AC-2(7)', 'CC6.3'),
      },
    }),
    buildRule('auto-join-is-restricted', {
      checked: 2,
      requirement: {
        title: 'Nobody joins the group who was not invited',
        severity: 'high',
        controls: controls('6.1', 'A.5.16', 'AC-2', 'CC6.2'),
      },
    }),
    buildRule('members-use-2fa', {
      requirement: {
        title: 'Every member signs in with a second factor',
        severity: 'high',
        why: 'A password alone is guessed, reused and phished; a second factor stops most of it.',
        fix: {
          text: 'Ask the member to switch on two-factor authentication in the account settings.',
          effort: 'low',
          url: 'https://docs.example/two-factor',
        },
        controls: controls('6.3', 'A.8.5', 'IA-2(2)', 'CC6.1'),
      },
    }),
    buildRule('privileges-are-current', {
      checked: 11,
      requirement: {
        title: 'No privilege of the group is about to expire',
        controls: { 'ISO 27001:2022': ['A.5.23'], 'SOC 2 TSC 2017': ['CC9.2'] },
      },
    }),
    buildRule('quota-within-limit', {
      checked: 5,
      requirement: {
        title: 'Every quota lasts until it resets',
        fix: { text: 'Find the top consumer and lower its cap, or ask the vendor for more.', effort: 'medium' },
        controls: { 'ISO 27001:2022': ['A.8.6'], 'SOC 2 TSC 2017': ['A1.1'] },
      },
    }),
    buildRule('service-accounts-are-approved', {
      checked: 3,
      requirement: {
        title: 'Every service account is approved',
        severity: 'high',
        controls: controls('5.5', 'A.5.16', 'AC-2', 'CC6.2'),
      },
    }),
    buildRule('usage-without-spikes', {
      checked: 30,
      requirement: {
        title: 'No day stands out from the group’s own use',
        controls: controls('8.11', 'A.8.16', 'SI-4', 'CC7.2'),
        event: { agesOutAfterDays: 30 },
      },
    }),
  ];
}

const QUOTAS: Report['quotas'] = [
  {
    name: 'api_requests_daily',
    allowed: 20_000,
    used: 1_204,
    status: 'judged',
    resetsAt: '2026-11-24T00:00:00.000Z',
    peak: { day: '2026-11-21', used: 14_812 },
    forecast: {
      from: null,
      likeliest: null,
      to: null,
      likelihoodPercent: 99,
      beforeResetPercent: 1,
      usedADay: 6_012,
      atReset: { low: 5_400, likely: 6_100, high: 6_800 },
    },
  },
  {
    name: 'api_requests_monthly',
    allowed: 300_000,
    used: 262_440,
    status: 'judged',
    resetsAt: '2026-12-01T00:00:00.000Z',
    peak: null,
    forecast: {
      from: '2026-11-24',
      likeliest: '2026-11-26',
      to: '2026-11-27',
      likelihoodPercent: 80,
      beforeResetPercent: 95,
      usedADay: 11_800,
      atReset: { low: 331_000, likely: 354_000, high: 377_000 },
    },
  },
  {
    name: 'intelligence_searches_monthly',
    allowed: 5_000,
    used: 1_310,
    status: 'judged',
    resetsAt: '2026-12-01T00:00:00.000Z',
    peak: null,
    forecast: {
      from: null,
      likeliest: null,
      to: null,
      likelihoodPercent: 95,
      beforeResetPercent: 5,
      usedADay: 59,
      atReset: { low: 1_690, likely: 1_760, high: 1_840 },
    },
  },
  { name: 'api_requests_hourly', allowed: 6_000, used: 212, status: 'rate', resetsAt: null, peak: null },
  {
    name: 'intelligence_graphs_private',
    allowed: 1_000_000_000,
    used: 17,
    status: 'no_limit',
    resetsAt: null,
    peak: null,
  },
];

const TREND: Report['trend'] = [9, 9, 7, 8, 6, 5].map((total, index) => ({
  at: daysAgo((5 - index) * 7),
  status: index === 2 ? 'partial' : 'complete',
  bySeverity: { critical: index < 2 ? 1 : 0, high: Math.floor(total / 2), medium: 2, low: index === 5 ? 1 : 2 },
}));

/** Everything met, nothing to say: the quiet Monday. */
export function cleanReport(): Report {
  return buildReport({
    rules: passingRules(),
    quotas: QUOTAS.map((quota) => ({ ...quota, used: Math.round(quota.used / 4), peak: null })),
    usage: USAGE.map((bar) => ({ ...bar, calls: Math.min(bar.calls, 2_600), spike: false })),
    trend: TREND.map((point) => ({ ...point, bySeverity: { critical: 0, high: 0, medium: 0, low: 0 } })),
  });
}

const waiver = {
  reason: 'Laboratory account without a person; retires with the old sandbox',
  approvedBy: 'ana@northwind.example',
  expires: '2026-12-01',
  ticket: 'GRC-1182',
};

function ordinaryFindings(): readonly Finding[] {
  return [
    buildFinding({
      rule: 'administrators-are-approved',
      severity: 'critical',
      subject: { kind: 'member', id: 'mreyes', email: 'mreyes@northwind.example', name: 'Marta Reyes' },
      message: 'mreyes is an administrator and nobody approved it',
      evidence: { by: ['relationship'], role: null, memberSince: '2026-11-19T10:12:00.000Z' },
    }),
    buildFinding({
      subject: { kind: 'member', id: 'tkoval', email: 'tkoval@northwind.example', name: 'Taras Koval' },
    }),
    buildFinding({
      subject: { kind: 'member', id: 'jlind', email: 'jlind@northwind.example', name: 'Jo Lind' },
      message: 'jlind signs in without two-factor authentication',
      state: 'persisting',
      openedAt: daysAgo(23),
      firstSeenAt: daysAgo(23),
    }),
    buildFinding({
      subject: { kind: 'member', id: 'lab-sandbox', email: 'lab@northwind.example' },
      message: 'lab-sandbox signs in without two-factor authentication',
      state: 'persisting',
      openedAt: daysAgo(40),
      firstSeenAt: daysAgo(40),
      waiver: { ...waiver, expired: false },
    }),
    buildFinding({
      subject: { kind: 'member', id: 'pstone', email: 'pstone@northwind.example', name: 'Pat Stone' },
      message: 'pstone signs in without two-factor authentication',
      state: 'resolved',
      openedAt: daysAgo(51),
      firstSeenAt: daysAgo(51),
      resolvedAt: NOW,
    }),
    buildFinding({
      rule: 'quota-within-limit',
      severity: 'high',
      subject: { kind: 'quota', id: 'api_requests_monthly' },
      key: 'api_requests_monthly',
      message: '87 % used; runs out between 24 and 27 November, before it resets',
      evidence: {
        allowed: 300_000,
        used: 262_440,
        percent: 87.48,
        topConsumers: [
          { account: 'northwind_siem', used: 141_200 },
          { account: 'tkoval', used: 38_021 },
          { account: 'jlind', used: 22_480 },
        ],
      },
      state: 'persisting',
      openedAt: daysAgo(7),
      firstSeenAt: daysAgo(7),
      resetsAt: '2026-12-01T00:00:00.000Z',
    }),
    buildFinding({
      rule: 'usage-without-spikes',
      severity: 'medium',
      subject: { kind: 'group', id: GROUP },
      key: '2026-11-21',
      message: '14,812 calls on Sat 21 November, about 30 times a usual Saturday',
      evidence: { day: '2026-11-21', calls: 14_812, expected: 489, endpoints: ['/files/{id}/download', '/files/{id}'] },
    }),
  ];
}

/** A normal week: two breached rules opened, one resolved, one waived, one rule that could not be evaluated. */
export function ordinaryReport(): Report {
  const breached = new Set([
    'administrators-are-approved',
    'members-use-2fa',
    'quota-within-limit',
    'usage-without-spikes',
  ]);
  const rules = passingRules().map((rule): RuleReport => {
    if (breached.has(rule.requirement.id)) return changed(rule, { verdict: 'breached', since: daysAgo(23) });
    if (rule.requirement.id !== 'service-accounts-are-approved') return rule;
    const text = 'No list of approved service accounts is configured for this group';
    return changed(rule, { verdict: 'not_evaluated', reason: { kind: 'not_configured', text }, checked: null });
  });
  const disabled = [
    {
      id: 'members-are-active',
      title: 'Every member uses the account',
      reason: 'Works council, GRC-88',
      until: '2027-03-31',
      controls: { 'CIS v8': ['5.3'], 'ISO 27001:2022': ['A.5.18'] },
    },
  ];
  return buildReport({
    rules,
    disabled,
    findings: ordinaryFindings(),
    quotas: QUOTAS,
    usage: USAGE,
    trend: TREND,
    waivers: {
      inForce: [
        {
          rule: 'members-use-2fa',
          group: null,
          subject: 'lab-sandbox',
          key: null,
          ...waiver,
          endsAt: '2026-12-01T23:00:00.000Z',
        },
      ],
      bad: [],
    },
    yardstickChanges: [
      { what: 'quota-within-limit: warnAt', from: '80', to: '85' },
      { what: 'approved domains', from: 'northwind.example', to: 'northwind.example, *.northwind.example' },
    ],
  });
}

/** Something could not be collected: a rule is not evaluated and its findings stay open, unverified. */
export function partialReport(): Report {
  const text = 'The list of service accounts could not be read: the API answered 503 five times';
  const base = ordinaryReport();
  const rules = base.rules.map(
    (rule): RuleReport =>
      rule.requirement.id === 'service-accounts-are-approved'
        ? changed(rule, { verdict: 'not_evaluated', reason: { kind: 'not_collected', text }, checked: null })
        : rule,
  );
  const finding = buildFinding({
    rule: 'service-accounts-are-approved',
    subject: { kind: 'service_account', id: 'northwind_old_soar' },
    message: 'northwind_old_soar is not on the list',
    state: 'unverified',
    openedAt: daysAgo(12),
    lastSeenAt: daysAgo(7),
  });
  return buildReport({
    ...base,
    run: buildRun({ status: 'partial', requests: { planned: 24, made: 31 } }),
    rules,
    findings: [...base.findings, finding],
    sections: [
      ...base.sections,
      {
        name: 'serviceAccounts',
        items: null,
        complete: false,
        requests: 5,
        reason: { kind: 'not_collected', text },
      },
    ],
    brokenRules: [
      { file: 'custom-rules/vault.ts', reason: { kind: 'rule_failed', text: 'It does not export a rule' } },
    ],
    summary: summaryOf(rules, [...base.findings, finding], base.disabled),
  });
}

/** The run came to nothing: what was open stays open, unverified. */
export function failedReport(): Report {
  const reason = { kind: 'not_collected', text: 'The API refused the key (401): nothing could be read' } as const;
  const rules = passingRules().map((rule) => changed(rule, { verdict: 'not_evaluated', reason, checked: null }));
  const findings = ordinaryFindings()
    .filter((finding) => isOpen(finding.state))
    .map((finding) => changed(finding, { state: 'unverified' }));
  return buildReport({
    run: buildRun({ status: 'failed', failure: reason, requests: { planned: 24, made: 2 } }),
    rights: null,
    rules,
    findings,
    sections: [{ name: 'members', items: null, complete: false, requests: 2, reason }],
    owed: [
      {
        channel: 'siem',
        run: '20261116T070000Z-aaaaaa',
        state: 'failed',
        since: daysAgo(7),
        lastError: 'no route to the host',
      },
    ],
  });
}

/** The first audit of a group: every finding is a starting point. */
export function baselineReport(): Report {
  const base = ordinaryReport();
  const findings = base.findings
    .filter((finding) => isOpen(finding.state))
    .map((finding) => changed(finding, { state: 'new', baseline: true, openedAt: NOW, firstSeenAt: NOW }));
  return buildReport({
    ...base,
    run: buildRun({ historySince: NOW }),
    baseline: true,
    findings,
    trend: [],
    yardstickChanges: [],
    summary: summaryOf(base.rules, findings, base.disabled),
  });
}

/** `count` findings over all rules and states. */
export function hugeReport(count = 10_000): Report {
  const base = ordinaryReport();
  const states = ['new', 'persisting', 'persisting', 'resolved', 'unverified'] as const;
  const ids = base.rules.map((rule) => rule.requirement.id);
  const findings = Array.from({ length: count }, (_, index) => {
    const id = `member${String(index).padStart(5, '0')}`;
    const state = states[index % states.length] ?? 'new';
    return buildFinding({
      rule: ids[index % ids.length] ?? 'members-use-2fa',
      severity: SEVERITIES[index % SEVERITIES.length] ?? 'low',
      subject: { kind: 'member', id, email: `${id}@northwind.example`, name: `Member Number ${index}` },
      message: `${id} does not meet the requirement`,
      state,
      openedAt: daysAgo(index % 90),
      firstSeenAt: daysAgo(index % 90),
      resolvedAt: state === 'resolved' ? NOW : null,
    });
  });
  return buildReport({ ...base, findings, summary: summaryOf(base.rules, findings, base.disabled) });
}

/** Names that somebody chose to do harm. */
export const HOSTILE_NAMES = [
  '<img src=x onerror=alert(1)>"\'`</title></style></script><script>alert(2)</script>',
  '=HYPERLINK("https://evil.example","click")',
  '＝1+1',
  '+cmd|calc',
  '-2+3',
  '@SUM(1)',
  '\t=1+1',
  "=cmd|'/C calc'!A1",
  '<at>everyone</at> <users/all> [safe](https://evil.example) @here',
  'x\r\nBcc: victim@evil.example\r\n\r\nbody',
  'nul\u0000bell\u0007esc\u001b[31mred\u009b',
  'invoice\u202Eexe.pdf\u2066\u200b\ufeff',
  '<!channel> <@U123> *bold* `code` <https://evil.example|safe>',
  '{{constructor}} {{{raw}}} ${process.env.HOME}',
  `${'A'.repeat(4_990)}<b>\ud800`,
] as const;

/** Every hostile name in every place that a group's members, or the operator, can write to. */
export function hostileReport(): Report {
  const base = partialReport();
  const findings = HOSTILE_NAMES.flatMap((name, index) => [
    buildFinding({
      subject: { kind: 'member', id: name, email: name, name },
      message: `${name} does not meet it`,
      evidence: { name, list: [name, name], rows: [{ [name]: name }], nested: { [name]: name } },
      key: name,
    }),
    buildFinding({
      subject: { kind: 'member', id: `m${index}`, name },
      message: name,
      state: index % 2 === 0 ? 'resolved' : 'persisting',
      resolvedBy:
        index % 2 === 0 ? { change: name, by: name, reason: name, at: NOW, what: 'cap API requests a day' } : null,
      waiver: index % 3 === 0 ? { ...waiver, reason: name, approvedBy: name, ticket: name, expired: false } : null,
    }),
  ]);
  const [first] = HOSTILE_NAMES;
  return buildReport({
    ...base,
    findings,
    run: buildRun({ status: 'partial', group: 'g<b>\r\nBcc: x', audit: 'a"<i>\r\nx' }),
    rules: [
      ...base.rules,
      buildRule('hostile-rule', {
        verdict: 'not_evaluated',
        reason: { kind: 'rule_failed', text: first },
        limits: [...HOSTILE_NAMES],
        options: { [first]: HOSTILE_NAMES },
        unknown: HOSTILE_NAMES.map((subject) => ({ subject, reason: { kind: 'not_on_record', text: subject } })),
        requirement: {
          title: first,
          why: first,
          fix: { text: first, effort: 'low', url: 'javascript:alert(3)' },
          controls: { [first]: [first] },
        },
      }),
    ],
    disabled: [{ id: first, title: first, reason: first, until: null, controls: { [first]: [first] } }],
    brokenRules: [{ file: first, reason: { kind: 'rule_failed', text: first } }],
    yardstickChanges: [{ what: first, from: first, to: first }],
    outsideView: [...HOSTILE_NAMES],
    quotas: [{ name: first, allowed: 10, used: 9, status: 'judged', resetsAt: null, peak: null }],
    owed: [{ channel: first, run: first, state: 'failed', since: NOW, lastError: first }],
    missedSlots: [first],
    waivers: { inForce: [], bad: [{ place: first, problem: first }] },
    summary: summaryOf(base.rules, findings, base.disabled),
  });
}
