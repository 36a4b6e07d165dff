import rule from '../../rules/endpoints-are-familiar.ts';
import { testRule } from '../support/rule-tester.ts';
import { AT, buildSections, GROUP_ID, usageDay, usageDays } from '../support/snapshot-builder.ts';

const group = { kind: 'group', id: GROUP_ID } as const;
const usual = { file_lookup: 800, url_lookup: 200 };
const withNew = (day: string, calls: Readonly<Record<string, number>>) =>
  usageDays('2026-11-23', 60, { [day]: { ...usual, ...calls } });

testRule(rule, {
  passing: [
    { name: 'the same endpoints as ever', sections: buildSections(), at: AT, checked: 2, limits: [/since 2026-09-25/] },
    {
      name: 'a new one today, which is not over',
      sections: buildSections({ groupUsage: withNew('2026-11-23', { file_download: 9 }) }),
      at: AT,
    },
    {
      name: 'a first use on the thirtieth day of history',
      sections: buildSections({ groupUsage: withNew('2026-10-24', { file_download: 9 }) }),
      at: AT,
    },
    {
      name: 'used by earlier days that only the store knows',
      sections: buildSections({
        groupUsage: withNew('2026-11-20', { file_download: 9 }),
        storedUsage: [usageDay('2026-06-01', { file_download: 1 })],
      }),
      at: AT,
    },
    {
      name: 'the endpoints of audits, and one that is ignored by option',
      sections: buildSections({ groupUsage: withNew('2026-11-20', { groups: 4, users: 60, odd: 1 }) }),
      options: { ignore: ['groups', 'users', 'odd'] },
      at: AT,
    },
    {
      name: 'a count of zero is no use',
      sections: buildSections({ groupUsage: withNew('2026-11-20', { file_download: 0 }) }),
      at: AT,
    },
    {
      name: 'an endpoint that is new before enough is known',
      sections: buildSections({ groupUsage: [...usageDays('2026-11-22', 31, { '2026-11-21': { ...usual, odd: 1 } })] }),
      at: AT,
    },
  ],
  breaching: [
    {
      name: 'the first day that is judged, an ordinary endpoint',
      sections: buildSections({ groupUsage: withNew('2026-10-25', { intelligence_search: 1 }) }),
      at: AT,
      breaches: [
        {
          subject: group,
          key: 'intelligence_search',
          severity: 'low',
          message: /called on 2026-10-25 \(UTC\), once, and never in the 30 days before/,
        },
      ],
    },
    ...['file_download', 'Feeds', 'graph_export', 'zip_files'].map((endpoint) => ({
      name: `much leaves at once by ${endpoint}`,
      sections: buildSections({ groupUsage: withNew('2026-11-22', { [endpoint]: 12 }) }),
      at: AT,
      breaches: [
        {
          subject: group,
          key: endpoint,
          severity: 'high' as const,
          evidence: { calls: 12, day: '2026-11-22', endpoint, notUsedSince: '2026-09-25' },
        },
      ],
    })),
    {
      name: 'calls that cost nothing, and a name of a built-in property',
      sections: buildSections({
        groupUsage: usageDays('2026-11-23', 60).map((day) =>
          day.day === '2026-11-20' ? usageDay(day.day, { ...day.calls, constructor: 1 }, { analyses: 2 }) : day,
        ),
      }),
      at: AT,
      breaches: [
        { subject: group, key: 'analyses' },
        { subject: group, key: 'constructor' },
      ],
    },
  ],
  notEvaluated: [
    {
      name: 'the group is too young: 29 days before yesterday',
      sections: buildSections({ groupUsage: usageDays('2026-11-22', 30) }),
      at: AT,
      reason: 'not_enough_history',
    },
    {
      name: 'nothing was ever used',
      sections: buildSections({ groupUsage: [] }),
      at: AT,
      reason: 'not_enough_history',
    },
  ],
});
