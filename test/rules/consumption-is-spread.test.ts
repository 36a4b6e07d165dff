import rule from '../../rules/consumption-is-spread.ts';
import { known, unknown } from '../../src/model/fact.ts';
import { testRule } from '../support/rule-tester.ts';
import { AT, buildGroup, buildSections, consumption, GROUP_ID, quota } from '../support/snapshot-builder.ts';

const siem = `${GROUP_ID}_siem`;
const searches = 'intelligence_searches_monthly';
const sections = (used: number, by: Readonly<Record<string, number>>, name = searches, allowed = 1000) =>
  buildSections({
    group: buildGroup({ quotas: known({ [name]: quota(allowed, used) }) }),
    consumption: [consumption(name, by)],
  });

testRule(rule, {
  passing: [
    {
      name: 'exactly half of the use',
      sections: sections(600, { amy: 300, bela: 300 }),
      at: AT,
      checked: 1,
      limits: [],
    },
    { name: 'exactly half of the pool is used', sections: sections(500, { amy: 500 }), at: AT, checked: 0 },
    {
      name: 'no limit, not licensed, a rate, a gauge',
      sections: sections(2e9, { amy: 2e9 }, searches, 1e9),
      at: AT,
      checked: 0,
    },
    { name: 'a gauge', sections: sections(900, { amy: 900 }, 'intelligence_hunting_rules'), at: AT, checked: 0 },
    {
      name: 'a budget whose consumers are not told',
      sections: buildSections({ group: buildGroup({ quotas: known({ cases_creation_monthly: quota(10, 9) }) }) }),
      at: AT,
      limits: [/consumes cases_creation_monthly/],
    },
    {
      name: 'the list shows less than the pool: what was used altogether is what counts',
      sections: sections(900, { amy: 400 }),
      at: AT,
    },
  ],
  breaching: [
    {
      name: 'one more than half',
      sections: sections(600, { [siem]: 301, amy: 299 }),
      at: AT,
      breaches: [
        {
          subject: { kind: 'service_account', id: siem },
          key: searches,
          severity: 'low',
          evidence: {
            allowed: 1000,
            period: '2026-11',
            quota: searches,
            sharePercent: 50.2,
            used: 301,
            usedByGroup: 600,
          },
        },
      ],
    },
    {
      name: 'a member, and shares of one’s own',
      sections: sections(301, { amy: 100, bela: 201 }),
      options: { maxShare: 60, usedOver: 30 },
      at: AT,
      breaches: [{ subject: { kind: 'member', id: 'bela' }, key: searches }],
    },
  ],
  notEvaluated: [
    {
      name: 'quotas are not shown',
      sections: buildSections({ group: buildGroup({ quotas: unknown('not_visible') }) }),
      at: AT,
      reason: 'not_visible',
    },
  ],
});
