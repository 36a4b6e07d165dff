import rule from '../../rules/personal-caps-have-room.ts';
import { known, unknown } from '../../src/model/fact.ts';
import { testRule } from '../support/rule-tester.ts';
import {
  AT,
  buildSections,
  consumption,
  GROUP_ID,
  member,
  quota,
  serviceAccount,
} from '../support/snapshot-builder.ts';

const siem = `${GROUP_ID}_siem`;
const days = (id: string, ...used: readonly number[]) =>
  used.map((count, index) => consumption('api_requests_daily', { [id]: count }, `2026-11-${18 + index}`));
const capped = (allowed: number) => member('amy', { quotas: known({ api_requests_daily: quota(allowed, 0) }) });

testRule(rule, {
  passing: [
    { name: 'far from any cap', sections: buildSections(), at: AT, checked: 6, limits: [/cap of today/] },
    {
      name: 'at the cap on two of five days',
      sections: buildSections({ members: [capped(100)], recentDays: days('amy', 100, 99, 120, 0, 99) }),
      at: AT,
    },
    ...[0, 1_000_000_000].map((allowed) => ({
      name: `no cap of its own: ${allowed}`,
      sections: buildSections({ members: [capped(allowed)], recentDays: days('amy', 9, 9, 9, 9, 2e9) }),
      at: AT,
    })),
    {
      name: 'the cap is hidden, and there were calls on two days only',
      sections: buildSections({
        members: [member('amy', { quotas: unknown('not_visible') })],
        recentDays: days('amy', 5, 0, 5, 0, 0),
      }),
      at: AT,
    },
  ],
  breaching: [
    {
      name: 'at the cap on three of five days',
      sections: buildSections({ members: [capped(100)], recentDays: days('amy', 100, 99, 120, 0, 100) }),
      at: AT,
      breaches: [
        {
          subject: { kind: 'member', id: 'amy', email: 'amy@harbor.example' },
          severity: 'low',
          evidence: {
            cap: 100,
            days: [
              { day: '2026-11-18', used: 100 },
              { day: '2026-11-20', used: 120 },
              { day: '2026-11-22', used: 100 },
            ],
          },
        },
      ],
    },
    {
      name: 'a service account, which is listed among the members as well, on one day',
      sections: buildSections({
        members: [member('amy'), member(siem)],
        serviceAccounts: [serviceAccount('siem')],
        recentDays: days(siem, 1, 1, 1, 1, 5000),
      }),
      options: { days: 1 },
      at: AT,
      checked: 2,
      breaches: [{ subject: { kind: 'service_account', id: siem } }],
    },
  ],
  notEvaluated: [
    {
      name: 'the cap is hidden, and there were calls on three days',
      sections: buildSections({
        members: [member('amy', { quotas: unknown('not_visible') })],
        recentDays: days('amy', 5, 0, 5, 0, 5),
      }),
      at: AT,
      reason: 'not_visible',
    },
    {
      name: 'too few days are known',
      sections: buildSections({ recentDays: [] }),
      at: AT,
      reason: 'not_enough_history',
    },
  ],
});
