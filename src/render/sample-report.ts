import { type Finding, findingId } from '../model/finding.ts';
import { addDays } from '../model/instant.ts';
import type { Report, RuleReport } from '../model/report.ts';
import type { RoutedReport } from '../model/routed.ts';

const GROUP = 'sample_group';
const AT = '2026-03-02T07:00:00.000Z';

const fact = { kind: 'not_on_record', text: 'The API has no address on record' } as const;

const rule: RuleReport = {
  requirement: {
    id: 'members-use-2fa',
    title: 'Every member signs in with a second factor',
    severity: 'high',
    tags: ['access'],
    why: 'A password alone is guessed, reused and phished.',
    fix: {
      text: 'Ask the member to switch on two-factor authentication.',
      effort: 'low',
      url: 'https://docs.example/two-factor',
    },
    controls: { 'CIS v8': ['6.3'] },
    event: null,
    source: 'built-in',
    version: '1',
  },
  verdict: 'breached',
  reason: null,
  checked: 58,
  unknown: [{ subject: 'jlind', reason: fact }],
  limits: ['API keys are not covered by a second factor'],
  options: {},
  since: AT,
};

const met: RuleReport = {
  ...rule,
  requirement: { ...rule.requirement, id: 'administrators-are-approved', title: 'Every administrator is approved' },
  verdict: 'passed',
};

const unread: RuleReport = {
  ...rule,
  requirement: { ...rule.requirement, id: 'service-accounts-are-approved', title: 'Every service account is approved' },
  verdict: 'not_evaluated',
  reason: { kind: 'not_configured', text: 'No list of approved service accounts is configured' },
};

function finding(id: string, over: Partial<Finding>): Finding {
  const subject = { kind: 'member', id, email: `${id}@members.example`, name: `Sample ${id}` } as const;
  return {
    id: findingId(GROUP, rule.requirement.id, subject, ''),
    group: GROUP,
    rule: rule.requirement.id,
    severity: 'high',
    state: 'new',
    subject,
    key: '',
    message: `${id} signs in without two-factor authentication`,
    evidence: { '2fa_enabled': false, devices: [{ name: 'phone', used: '2026-03-01' }] },
    because: 'group_changed',
    openedAt: AT,
    firstSeenAt: AT,
    lastSeenAt: AT,
    lastOpenAt: '2026-01-12T07:00:00.000Z',
    resolvedAt: null,
    resetsAt: null,
    baseline: false,
    waiver: null,
    acknowledged: null,
    ...over,
  };
}

const waiver = {
  reason: 'A laboratory account without a person',
  approvedBy: 'ana@members.example',
  expires: '2026-03-09',
  ticket: 'GRC-1',
} as const;

/** Every part of a report once: what `send-test` sends, and what templates are checked against. Nothing in it is real. */
export function sampleReport(): Report {
  return {
    run: {
      id: '20260302T070000Z-sample',
      audit: 'sample-audit',
      group: GROUP,
      status: 'complete',
      trigger: 'manual',
      narrowed: true,
      slot: null,
      dueAt: null,
      startedAt: AT,
      finishedAt: AT,
      version: '0.0.0',
      requests: { planned: 12, made: 12 },
      historySince: '2026-01-05T07:00:00.000Z',
      failure: null,
    },
    baseline: false,
    missedSlots: [],
    rights: { proven: true, proofs: ['group usage'], identityIsAdministrator: true },
    summary: {
      rules: { passed: 1, breached: 1, notEvaluated: 1, disabled: 1 },
      findings: { new: 1, persisting: 1, resolved: 1, closed: 0, unverified: 0, withdrawn: 0, waived: 1 },
      bySeverity: { critical: 0, high: 2, medium: 0, low: 0 },
    },
    rules: [met, rule, unread],
    disabled: [
      {
        id: 'members-are-active',
        title: 'Every member uses the account',
        reason: 'Works council',
        until: '2026-12-31',
        controls: { 'CIS v8': ['5.3'] },
      },
    ],
    brokenRules: [],
    findings: [
      finding('tkoval', {}),
      finding('mreyes', { state: 'persisting', openedAt: '2026-02-09T07:00:00.000Z' }),
      finding('lab', { state: 'persisting', waiver: { ...waiver, expired: false } }),
      finding('pstone', { state: 'resolved', resolvedAt: AT }),
    ],
    sections: [{ name: 'members', items: 58, complete: true, requests: 2, reason: null }],
    waivers: {
      inForce: [
        {
          ...waiver,
          rule: rule.requirement.id,
          group: null,
          subject: 'lab',
          key: null,
          endsAt: '2026-03-09T23:00:00.000Z',
        },
      ],
      bad: [],
    },
    yardstickChanges: [{ what: 'approved domains', from: 'members.example', to: 'members.example, lab.example' }],
    outsideView: ['Pending invitations'],
    quotas: [
      {
        name: 'api_requests_daily',
        allowed: 20_000,
        used: 1_204,
        status: 'judged',
        resetsAt: '2026-03-03T00:00:00.000Z',
        peak: { day: '2026-02-28', used: 14_812 },
      },
    ],
    usage: Array.from({ length: 30 }, (_, index) => ({
      day: addDays('2026-01-31', index),
      calls: index === 28 ? 14_812 : 2_000 + index * 7,
      spike: index === 28,
    })),
    trend: [
      { at: '2026-02-23T07:00:00.000Z', status: 'complete', bySeverity: { critical: 0, high: 3, medium: 0, low: 0 } },
      { at: AT, status: 'complete', bySeverity: { critical: 0, high: 2, medium: 0, low: 0 } },
    ],
    owed: [
      {
        channel: 'siem',
        run: '20260223T070000Z-sample',
        state: 'failed',
        since: AT,
        lastError: 'The receiver is gone',
      },
    ],
    nextRunAt: '2026-03-09T07:00:00.000Z',
    digests: null,
  };
}

/** The sample as a reader gets it who has been told of what is not new. */
export function sampleRouted(channel: string): RoutedReport {
  const report = sampleReport();
  const news = report.findings.filter(({ state }) => state !== 'persisting').map(({ id }) => id);
  return {
    report,
    audit: report.run.audit,
    channel,
    firstReport: false,
    news: new Set(news),
    hidden: 0,
    domains: null,
  };
}
