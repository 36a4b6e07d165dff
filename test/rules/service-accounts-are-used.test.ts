import rule from '../../rules/service-accounts-are-used.ts';
import { known, unknown } from '../../src/model/fact.ts';
import { testRule } from '../support/rule-tester.ts';
import { AT, buildSections, GROUP_ID, monthsOfUse, serviceAccount } from '../support/snapshot-builder.ts';

const siem = `${GROUP_ID}_siem`;
const soar = `${GROUP_ID}_soar`;
const accounts = [serviceAccount('siem'), serviceAccount('soar')];
const sections = (used: Readonly<Record<string, number>>, months?: readonly string[]) =>
  buildSections({
    serviceAccounts: accounts,
    accountActivity: [
      ...monthsOfUse({ [siem]: 1 }),
      ...(months === undefined ? monthsOfUse(used) : monthsOfUse(used, months)),
    ],
  });

testRule(rule, {
  passing: [
    { name: 'used this month', sections: sections({ [soar]: 3 }), at: AT, checked: 1, limits: [/cost no quota/] },
    {
      name: 'used last month, which ended less than 45 days ago',
      sections: sections({ [soar]: 3 }, ['2026-10']),
      at: AT,
    },
    {
      name: 'the auditor’s own account, by its address in another case',
      sections: {
        ...sections({}),
        identity: { id: `SOAR@${GROUP_ID}.example` },
        serviceAccounts: [serviceAccount('soar')],
      },
      at: AT,
      checked: 0,
    },
    {
      name: 'made on the last day of grace',
      sections: {
        ...sections({}),
        serviceAccounts: [serviceAccount('soar', { createdAt: known('2026-11-09T00:00:00.000Z') })],
      },
      at: AT,
    },
    { name: 'there are none', sections: buildSections({ serviceAccounts: [] }), at: AT, checked: 0 },
  ],
  breaching: [
    {
      name: 'used in a month that is over too long',
      sections: sections({ [soar]: 3 }, ['2026-09']),
      at: AT,
      breaches: [
        {
          subject: { kind: 'service_account', id: soar, name: 'soar' },
          severity: 'medium',
          message: /no call that costs quota since 2026-09-30/,
          evidence: { createdOn: '2025-02-03', lastPossibleUse: '2026-09-30', useKnownSince: '2026-09-01' },
        },
      ],
    },
    {
      name: 'never used, a day older than the grace; and made nobody knows when',
      sections: {
        ...sections({}),
        serviceAccounts: [
          serviceAccount('soar', { createdAt: known('2026-11-08T23:00:00.000Z') }),
          serviceAccount('feed', { createdAt: unknown('not_visible'), broken: true }),
        ],
      },
      at: AT,
      breaches: [
        { subject: { kind: 'service_account', id: soar }, message: /since 2026-11-08,/ },
        { subject: { kind: 'service_account', id: `${GROUP_ID}_feed` }, message: /since 2026-09-01,/ },
      ],
    },
    {
      name: 'a shorter limit: the month before is over too long',
      sections: sections({ [soar]: 3 }, ['2026-10']),
      options: { unusedDays: 22 },
      at: AT,
      breaches: [{ subject: { kind: 'service_account', id: soar } }],
    },
  ],
  notEvaluated: [
    {
      name: 'the limit is longer than anything is known',
      sections: sections({}),
      options: { unusedDays: 90 },
      at: AT,
      reason: 'not_enough_history',
      unknown: [{ subject: { kind: 'service_account', id: soar }, reason: 'not_enough_history' }],
    },
    {
      name: 'use by account could not be read',
      sections: sections({}),
      missing: { accountActivity: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      reason: 'not_collected',
    },
  ],
});
