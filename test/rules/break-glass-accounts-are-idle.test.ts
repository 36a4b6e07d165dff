import rule from '../../rules/break-glass-accounts-are-idle.ts';
import { known, unknown } from '../../src/model/fact.ts';
import { testRule } from '../support/rule-tester.ts';
import {
  AT,
  approved,
  buildSections,
  GROUP_ID,
  member,
  monthsOfUse,
  serviceAccount,
} from '../support/snapshot-builder.ts';

const siem = `${GROUP_ID}_siem`;
const signedIn = (day: string | null) => [member('amy'), member('glass', { lastLoginAt: known(day) })];
const base = { breakGlass: [approved('GLASS@harbor.example')], members: signedIn('2025-12-01T10:00:00.000Z') };
const used = (count: number, month = '2026-11') => [
  ...monthsOfUse({ amy: 3 }),
  ...monthsOfUse({ glass: count }, [month]).slice(0, 1),
];
const glass = { kind: 'member', id: 'glass' } as const;
const judgedBefore = { 'break-glass-accounts-are-idle': '2026-11-16T07:00:00.000Z' };

testRule(rule, {
  passing: [
    { name: 'not signed in to for months', sections: buildSections(base), at: AT, checked: 1, limits: [] },
    { name: 'never signed in to', sections: buildSections({ ...base, members: signedIn(null) }), at: AT },
    {
      name: 'a sign-in that is older than 30 days and than the last audit',
      sections: buildSections({ ...base, members: signedIn('2026-10-23T23:59:59.000Z'), lastJudged: judgedBefore }),
      at: AT,
    },
    {
      name: 'use that the last audit saw already',
      sections: buildSections({
        ...base,
        accountActivity: used(7),
        previousActivity: used(7),
        lastJudged: judgedBefore,
      }),
      at: AT,
    },
    {
      name: 'use in a month that ended more than 30 days ago, on a first audit',
      sections: buildSections({ ...base, accountActivity: used(7, '2026-09') }),
      at: AT,
    },
    {
      name: 'one of two is not in the group',
      sections: buildSections({ ...base, breakGlass: [approved('glass'), approved('spare')] }),
      at: AT,
      checked: 1,
      limits: [/1 of 2 emergency accounts are not in the group/],
    },
  ],
  breaching: [
    {
      name: 'a sign-in 30 days ago, on a first audit',
      sections: buildSections({ ...base, members: signedIn('2026-10-24T00:00:00.000Z') }),
      at: AT,
      breaches: [
        {
          subject: { ...glass, email: 'glass@harbor.example' },
          key: 'sign-in-2026-10-24',
          severity: 'critical',
          evidence: { id: 'glass', signedInAt: '2026-10-24T00:00:00.000Z' },
        },
      ],
    },
    {
      name: 'a sign-in long ago, but after the last audit',
      sections: buildSections({
        ...base,
        members: signedIn('2026-08-02T11:00:00.000Z'),
        lastJudged: { 'break-glass-accounts-are-idle': '2026-08-02T07:00:00.000Z' },
      }),
      at: AT,
      breaches: [{ subject: glass, key: 'sign-in-2026-08-02' }],
    },
    {
      name: 'more use than the last audit saw, of one call',
      sections: buildSections({
        ...base,
        accountActivity: used(8),
        previousActivity: used(7),
        lastJudged: judgedBefore,
      }),
      at: AT,
      breaches: [
        {
          subject: glass,
          key: 'use-seen-2026-11-23',
          severity: 'critical',
          evidence: { id: 'glass', use: [{ month: '2026-11', quota: 'api_requests_monthly', used: 8, before: 7 }] },
        },
      ],
    },
    {
      name: 'use this month and last, on a first audit, beside a sign-in',
      sections: buildSections({
        ...base,
        members: signedIn('2026-11-20T09:00:00.000Z'),
        accountActivity: [...used(2), ...used(1, '2026-10')],
      }),
      at: AT,
      breaches: [
        { subject: glass, key: 'sign-in-2026-11-20' },
        { subject: glass, key: 'use-seen-2026-11-23', message: /in 2026-10 and 2026-11;/ },
      ],
    },
    {
      name: 'a service account kept for emergencies',
      sections: buildSections({
        breakGlass: [approved(siem)],
        serviceAccounts: [serviceAccount('siem')],
        accountActivity: monthsOfUse({ [siem]: 1 }),
      }),
      at: AT,
      breaches: [{ subject: { kind: 'service_account', id: siem }, key: 'use-seen-2026-11-23' }],
    },
    {
      name: 'use by account could not be read: the sign-in counts',
      sections: buildSections({ ...base, members: signedIn('2026-11-20T09:00:00.000Z') }),
      missing: { accountActivity: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      breaches: [{ subject: glass, key: 'sign-in-2026-11-20' }],
    },
  ],
  notEvaluated: [
    { name: 'none is configured', sections: buildSections(), at: AT, reason: 'not_configured' },
    {
      name: 'its last sign-in is hidden',
      sections: buildSections({ ...base, members: [member('glass', { lastLoginAt: unknown('not_visible') })] }),
      at: AT,
      reason: 'not_visible',
      unknown: [{ subject: glass, key: 'sign-in', reason: 'not_visible' }],
    },
    {
      name: 'use by account could not be read, and nobody signed in',
      sections: buildSections(base),
      missing: { accountActivity: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      reason: 'not_collected',
    },
  ],
});
