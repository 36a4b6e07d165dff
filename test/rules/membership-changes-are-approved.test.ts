import rule from '../../rules/membership-changes-are-approved.ts';
import { unknown } from '../../src/model/fact.ts';
import { type ActivityEntry, ADMINISTRATOR_ROLE } from '../../src/model/snapshot.ts';
import { testRule } from '../support/rule-tester.ts';
import {
  AT,
  administrator,
  approved,
  buildSections,
  GROUP_ID,
  LAST_WEEK,
  member,
  serviceAccount,
} from '../support/snapshot-builder.ts';

const soar = `${GROUP_ID}_soar`;
const group = { kind: 'group', id: GROUP_ID } as const;
const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const people = (...ids: readonly string[]) => ids.map((id) => member(id));
const before = (...ids: readonly string[]) => ({ at: LAST_WEEK, ids });
const roles = (...ids: readonly string[]) => ({
  visible: true,
  byAccount: Object.fromEntries(ids.map((id) => [id, [ADMINISTRATOR_ROLE]])),
});
const log = (...entries: readonly ActivityEntry[]) => ({ available: true, entries, since: '2026-10-09T00:00:00.000Z' });
const entry = (action: string, affected: string, at = '2026-11-19T10:00:00.000Z') => ({
  at,
  action,
  affected,
  actor: 'bela',
});
const withNewAdministrator = { administrators: ['amy', 'bela', 'chen'].map((id) => administrator(id)) };

testRule(rule, {
  passing: [
    { name: 'nothing changed', sections: buildSections(), at: AT, checked: 6, limits: [/audit of 2026-11-16/] },
    {
      name: 'a new administrator by address, an emergency one by role, and a new service account: all approved',
      sections: buildSections({
        ...withNewAdministrator,
        roles: roles('dora'),
        approvedAdministrators: [approved('CHEN@harbor.example')],
        breakGlass: [approved('Dora')],
        serviceAccounts: [serviceAccount('siem'), serviceAccount('soar')],
        approvedServiceAccounts: [approved(soar.toUpperCase())],
      }),
      at: AT,
    },
    {
      name: 'ordinary joins and departures: four of five at once in a small group',
      sections: buildSections({ members: people('amy', ...names('n', 4)) }),
      at: AT,
    },
    {
      name: 'exactly a tenth joined and left',
      sections: buildSections({
        members: people(...names('a', 90), ...names('new', 10)),
        previousMembers: before(...names('a', 100)),
      }),
      at: AT,
    },
    {
      name: 'roles were not shown the last time, so nothing follows from showing them now',
      sections: buildSections({
        roles: roles('chen', 'dora'),
        previousAdministrators: { ...before('amy', 'bela'), byRole: null },
      }),
      at: AT,
    },
    {
      name: 'an administrator by relationship who had the role before',
      sections: buildSections({
        ...withNewAdministrator,
        previousAdministrators: { ...before('amy', 'bela'), byRole: ['chen'] },
      }),
      at: AT,
    },
    {
      name: 'no list and no log, and nothing new',
      sections: buildSections(),
      missing: {
        approvedAdministrators: { kind: 'not_configured', text: 'no list' },
        approvedServiceAccounts: { kind: 'not_configured', text: 'no list' },
        activityLog: { kind: 'not_collected', text: 'the API answered 503' },
        roles: { kind: 'not_collected', text: 'the API answered 503' },
      },
      at: AT,
      limits: [/Compared/, /cannot say who/],
    },
    {
      name: 'service accounts among the members do not count as joined',
      sections: buildSections({
        members: people('amy', 'bela', 'chen', 'dora', 'emil', ...names('m', 6)),
        serviceAccounts: names('m', 6).map((id) => serviceAccount(id, { id })),
        previousServiceAccounts: before(...names('m', 6)),
      }),
      at: AT,
    },
  ],
  breaching: [
    {
      name: 'a new administrator in no list, and the log says who made him',
      sections: buildSections({
        ...withNewAdministrator,
        activityLog: log(
          entry('Add admin to group', 'Chen'),
          entry('Add user to group', 'chen', '2026-11-18T10:00:00.000Z'),
          entry('Add admin to group', 'chen', '2026-11-17T10:00:00.000Z'),
        ),
      }),
      at: AT,
      breaches: [
        {
          subject: { kind: 'member', id: 'chen', email: 'chen@harbor.example' },
          key: 'administrator-added-2026-11-23',
          severity: 'medium',
          message: /^chen was made an administrator by bela and is not/,
          evidence: {
            address: 'chen@harbor.example',
            comparedWith: LAST_WEEK,
            id: 'chen',
            madeAt: '2026-11-19T10:00:00.000Z',
            madeBy: 'bela',
          },
        },
      ],
    },
    {
      name: 'the licence shows no log, or only an older entry',
      sections: buildSections({
        ...withNewAdministrator,
        activityLog: log(entry('Add admin to group', 'chen', '2026-11-10T10:00:00.000Z')),
      }),
      at: AT,
      breaches: [
        {
          subject: { kind: 'member', id: 'chen' },
          key: 'administrator-added-2026-11-23',
          message: /^chen was made an administrator and is/,
        },
      ],
    },
    {
      name: 'a new service account with the role is two changes',
      sections: buildSections({
        serviceAccounts: [serviceAccount('siem'), serviceAccount('soar')],
        roles: roles(soar),
        activityLog: { available: false, entries: [], since: LAST_WEEK },
      }),
      at: AT,
      limits: [/Compared/, /cannot say who/],
      breaches: [
        { subject: { kind: 'service_account', id: soar }, key: 'administrator-added-2026-11-23' },
        { subject: { kind: 'service_account', id: soar }, key: 'service-account-added-2026-11-23' },
      ],
    },
    {
      name: 'one more than a tenth joined, and left; the log names who',
      sections: buildSections({
        members: people(...names('a', 89), ...names('new', 11)),
        previousMembers: before(...names('a', 100)),
        activityLog: log(entry('Remove user from group', 'a99'), entry('Remove user from group', 'a98')),
      }),
      at: AT,
      breaches: [
        {
          subject: group,
          key: 'members-joined-2026-11-23',
          severity: 'high',
          message: /^11 members joined at once, of 100 before$/,
        },
        { subject: group, key: 'members-left-2026-11-23', severity: 'high', message: /the log names bela$/ },
      ],
    },
    {
      name: 'five of five left',
      sections: buildSections({ members: people('zoe') }),
      at: AT,
      breaches: [{ subject: group, key: 'members-left-2026-11-23', severity: 'high' }],
    },
  ],
  notEvaluated: [
    {
      name: 'a first audit',
      sections: buildSections(),
      missing: { previousMembers: { kind: 'not_enough_history', text: 'no earlier audit has read it' } },
      at: AT,
      reason: 'not_enough_history',
    },
    {
      name: 'something new, and no list to compare it with',
      sections: buildSections(withNewAdministrator),
      missing: { approvedAdministrators: { kind: 'not_configured', text: 'no list' } },
      at: AT,
      reason: 'not_configured',
      unknown: [
        { subject: { kind: 'member', id: 'chen' }, key: 'administrator-added-2026-11-23', reason: 'not_configured' },
      ],
    },
    {
      name: 'a new administrator whose address is hidden, and approved addresses',
      sections: buildSections({
        administrators: [
          ...withNewAdministrator.administrators.slice(0, 2),
          administrator('shade', { email: unknown('not_visible') }),
        ],
        approvedAdministrators: [approved('amy'), approved('who@harbor.example')],
      }),
      at: AT,
      reason: 'not_visible',
    },
  ],
});
