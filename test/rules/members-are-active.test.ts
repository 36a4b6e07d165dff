import rule from '../../rules/members-are-active.ts';
import { known, unknown } from '../../src/model/fact.ts';
import { ADMINISTRATOR_ROLE } from '../../src/model/snapshot.ts';
import { testRule } from '../support/rule-tester.ts';
import {
  AT,
  administrator,
  approved,
  buildSections,
  GROUP_ID,
  member,
  monthsOfUse,
  serviceAccount,
} from '../support/snapshot-builder.ts';

/** 23 November less 45 days. */
const OLD = '2026-10-08T23:59:59.000Z';
const EDGE = '2026-10-09T00:00:00.000Z';
const active = member('amy');
const lone = (overrides: Parameters<typeof member>[1]) => [active, member('zoe', overrides)];
const never = known(null);

testRule(rule, {
  passing: [
    { name: 'everybody signed in lately', sections: buildSections(), at: AT, checked: 5, limits: [/by month/] },
    {
      name: 'signed in on the last day that counts',
      sections: buildSections({ members: lone({ lastLoginAt: known(EDGE) }) }),
      at: AT,
    },
    {
      name: 'an old sign-in, but use of the API this month or at the end of the last',
      sections: buildSections({
        members: lone({ lastLoginAt: known(OLD) }),
        accountActivity: [...monthsOfUse({}, ['2026-09', '2026-11']), ...monthsOfUse({ zoe: 1 }, ['2026-10'])],
      }),
      at: AT,
    },
    {
      name: 'an old sign-in, but searches: a long session',
      sections: buildSections({
        members: lone({ lastLoginAt: known(OLD) }),
        accountActivity: [
          ...monthsOfUse({}),
          { quota: 'intelligence_searches_monthly', month: '2026-11', readOn: '2026-11-23', used: { zoe: 3 } },
        ],
      }),
      at: AT,
    },
    {
      name: 'nobody knows the last sign-in, but the API is used',
      sections: buildSections({
        members: lone({ lastLoginAt: unknown('not_visible'), broken: true }),
        accountActivity: monthsOfUse({ zoe: 9 }),
      }),
      at: AT,
    },
    {
      name: 'made on the last day of grace and never used',
      sections: buildSections({
        members: lone({ lastLoginAt: never, createdAt: known('2026-11-09T00:00:00.000Z') }),
      }),
      at: AT,
    },
    {
      name: 'an emergency account, by its address, and the auditor’s own account, by its id',
      sections: buildSections({
        members: [active, member('glass', { lastLoginAt: never }), member('robot', { lastLoginAt: never })],
        breakGlass: [approved('Glass@Harbor.example')],
        identity: { id: 'ROBOT' },
      }),
      at: AT,
      checked: 1,
    },
    {
      name: 'a service account among the members',
      sections: buildSections({
        members: [active, member(`${GROUP_ID}_siem`, { lastLoginAt: never })],
        serviceAccounts: [serviceAccount('siem')],
        accountActivity: monthsOfUse({}),
      }),
      at: AT,
      checked: 1,
    },
    {
      name: 'use by account could not be read, and everybody signed in lately',
      sections: buildSections(),
      missing: {
        accountActivity: { kind: 'not_collected', text: 'the API answered 503' },
        roles: { kind: 'not_collected', text: 'the API answered 503' },
      },
      at: AT,
      limits: [/by month/, /Roles were not returned/],
    },
    {
      name: 'a longer limit, and earlier audits know the months before',
      sections: buildSections({
        members: lone({ lastLoginAt: known('2026-05-01T00:00:00.000Z') }),
        previousActivity: monthsOfUse({ zoe: 4 }, ['2026-06', '2026-07', '2026-08']),
      }),
      options: { inactiveDays: 85 },
      at: AT,
    },
  ],
  breaching: [
    {
      name: 'signed in a day too early, and used the API in a month that is over too long',
      sections: buildSections({
        members: lone({ lastLoginAt: known('2026-09-02T08:00:00.000Z') }),
        accountActivity: [...monthsOfUse({ zoe: 7 }, ['2026-09']), ...monthsOfUse({}, ['2026-10', '2026-11'])],
      }),
      at: AT,
      breaches: [
        {
          subject: { kind: 'member', id: 'zoe', email: 'zoe@harbor.example', name: 'zoe Harbor' },
          severity: 'low',
          message: /^zoe has shown no sign of use since 2026-09-30$/,
          evidence: {
            administrator: false,
            apiUseKnownSince: '2026-09-01',
            createdOn: '2024-03-14',
            lastPossibleApiUse: '2026-09-30',
            lastSignIn: '2026-09-02',
          },
        },
      ],
    },
    {
      name: 'never signed in, older than the grace',
      sections: buildSections({
        members: lone({ lastLoginAt: never, createdAt: known('2026-11-08T23:59:59.000Z') }),
      }),
      at: AT,
      breaches: [{ subject: { kind: 'member', id: 'zoe' }, message: /never signed in .* since 2026-11-08$/ }],
    },
    {
      name: 'never signed in, made before anything is known, or nobody knows when',
      sections: buildSections({
        members: [
          active,
          member('zoe', { lastLoginAt: never }),
          member('yan', { lastLoginAt: never, createdAt: unknown('not_visible') }),
        ],
      }),
      at: AT,
      breaches: ['zoe', 'yan'].map((id) => ({ subject: { kind: 'member', id }, message: /since 2026-09-01$/ })),
    },
    {
      name: 'administrators weigh more, by relationship and by role, in any case',
      sections: buildSections({
        members: ['amy', 'bela', 'chen', 'dora'].map((id) => member(id, { lastLoginAt: known(OLD) })),
        administrators: [administrator('AMY')],
        roles: { visible: true, byAccount: { bela: [ADMINISTRATOR_ROLE], chen: ['USER_ROLE_PRIVATE_SCANNING'] } },
        accountActivity: monthsOfUse({}),
      }),
      at: AT,
      breaches: (['amy', 'bela', 'chen', 'dora'] as const).map((id) => ({
        subject: { kind: 'member', id },
        severity: id < 'chen' ? 'medium' : 'low',
      })),
    },
    {
      name: 'ids that are names of built-in properties',
      sections: buildSections({
        members: ['constructor', '__proto__'].map((id) => member(id, { lastLoginAt: known(OLD) })),
      }),
      at: AT,
      breaches: ['constructor', '__proto__'].map((id) => ({ subject: { kind: 'member', id } })),
    },
    {
      name: 'administrators could not be read: the breach counts',
      sections: buildSections({ members: lone({ lastLoginAt: known(OLD) }) }),
      missing: { administrators: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      breaches: [{ subject: { kind: 'member', id: 'zoe' } }],
    },
  ],
  notEvaluated: [
    {
      name: 'the last sign-in is hidden and nothing else shows use',
      sections: buildSections({ members: lone({ lastLoginAt: unknown('not_visible') }) }),
      at: AT,
      reason: 'not_visible',
      unknown: [{ subject: { kind: 'member', id: 'zoe' }, reason: 'not_visible' }],
    },
    {
      name: 'the API lists the member without any facts',
      sections: buildSections({ members: lone({ lastLoginAt: unknown('not_collected'), broken: true }) }),
      at: AT,
      reason: 'not_on_record',
      unknown: [{ subject: { kind: 'member', id: 'zoe' }, reason: 'not_on_record' }],
    },
    {
      name: 'an old sign-in, and use by account could not be read',
      sections: buildSections({ members: lone({ lastLoginAt: known(OLD) }) }),
      missing: { accountActivity: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      reason: 'not_collected',
      unknown: [{ subject: { kind: 'member', id: 'zoe' }, reason: 'not_collected' }],
    },
    {
      name: 'the limit is longer than anything is known',
      sections: buildSections({ members: lone({ lastLoginAt: known('2026-08-01T00:00:00.000Z') }) }),
      options: { inactiveDays: 90 },
      at: AT,
      reason: 'not_enough_history',
      unknown: [{ subject: { kind: 'member', id: 'zoe' }, reason: 'not_enough_history' }],
    },
    {
      name: 'a month in between was not read whole',
      sections: buildSections({
        members: lone({ lastLoginAt: known('2026-05-01T00:00:00.000Z') }),
        previousActivity: [
          ...monthsOfUse({}, ['2026-06', '2026-07']),
          { quota: 'api_requests_monthly', month: '2026-08', readOn: '2026-08-31', used: {} },
        ],
      }),
      options: { inactiveDays: 100 },
      at: AT,
      reason: 'not_enough_history',
    },
    {
      name: 'service accounts could not be read, so nobody knows who is a person',
      sections: buildSections(),
      missing: { serviceAccounts: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      reason: 'not_collected',
    },
  ],
});
