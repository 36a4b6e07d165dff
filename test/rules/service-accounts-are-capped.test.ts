import rule from '../../rules/service-accounts-are-capped.ts';
import { known, unknown } from '../../src/model/fact.ts';
import { testRule } from '../support/rule-tester.ts';
import { AT, buildGroup, buildSections, GROUP_ID, quota, serviceAccount } from '../support/snapshot-builder.ts';

const siem = `${GROUP_ID}_siem`;
const capped = (allowed: number) =>
  buildSections({
    serviceAccounts: [serviceAccount('siem', { quotas: known({ api_requests_daily: quota(allowed, 3) }) })],
  });
const pool = (allowed: number) => buildGroup({ quotas: known({ api_requests_daily: quota(allowed, 3) }) });
const breach = { subject: { kind: 'service_account', id: siem } } as const;

testRule(rule, {
  passing: [
    { name: 'a sixth of the group’s allowance', sections: buildSections(), at: AT, checked: 1, limits: [] },
    { name: 'exactly half', sections: capped(15_000), at: AT },
    {
      name: 'more than half, which is allowed for this one, in any case',
      sections: capped(24_000),
      options: { caps: { [siem.toUpperCase()]: 80 } },
      at: AT,
    },
    {
      name: 'no cap, which is allowed for this one',
      sections: capped(1_000_000_000),
      options: { caps: { [siem]: 100 } },
      at: AT,
    },
    {
      name: 'the group has no limit: a cap is enough',
      sections: { ...capped(90_000_000), group: pool(1_000_000_000) },
      at: AT,
      limits: [/no daily limit of its own/],
    },
    { name: 'there are none', sections: buildSections({ serviceAccounts: [] }), at: AT, checked: 0 },
  ],
  breaching: [
    {
      name: 'one more than half',
      sections: capped(15_001),
      at: AT,
      breaches: [
        {
          ...breach,
          severity: 'low',
          evidence: { cap: 15_001, groupAllowance: 30_000, maxSharePercent: 50, sharePercent: 50 },
        },
      ],
    },
    ...[1_000_000_000, 100_000_000, 0].map((allowed) => ({
      name: `no cap is written as ${allowed}`,
      sections: capped(allowed),
      at: AT,
      breaches: [
        { ...breach, evidence: { cap: null, groupAllowance: 30_000, maxSharePercent: 50, sharePercent: null } },
      ],
    })),
    {
      name: 'no cap is no figure at all, whatever the group has',
      sections: buildSections({
        serviceAccounts: [serviceAccount('siem', { quotas: known({}) })],
        group: buildGroup({ quotas: unknown('not_visible') }),
      }),
      at: AT,
      breaches: [{ ...breach, message: /no daily cap/ }],
    },
    {
      name: 'a smaller share is allowed for this one',
      sections: capped(6_000),
      options: { caps: { [siem]: 10 } },
      at: AT,
      breaches: [breach],
    },
  ],
  notEvaluated: [
    {
      name: 'caps are not shown',
      sections: buildSections({ serviceAccounts: [serviceAccount('siem', { quotas: unknown('not_visible') })] }),
      at: AT,
      reason: 'not_visible',
      unknown: [{ ...breach, reason: 'not_visible' }],
    },
    {
      name: 'the group’s allowance is not shown',
      sections: { ...capped(500), group: buildGroup({ quotas: unknown('not_visible') }) },
      at: AT,
      reason: 'not_visible',
      unknown: [{ ...breach, reason: 'not_visible' }],
    },
  ],
});
