import rule from '../../rules/administrators-are-approved.ts';
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
  serviceAccount,
} from '../support/snapshot-builder.ts';

const siem = `${GROUP_ID}_siem`;
const byRole = (...ids: readonly string[]) => ({
  visible: true,
  byAccount: Object.fromEntries(ids.map((id) => [id, [ADMINISTRATOR_ROLE]])),
});

testRule(rule, {
  passing: [
    { name: 'both administrators are on the list', sections: buildSections(), at: AT, checked: 2, limits: [] },
    {
      name: 'by id or by address, in any case, each as often as one likes',
      sections: buildSections({
        approvedAdministrators: [approved('AMY@Harbor.Example'), approved('Bela'), approved('bela@harbor.example')],
      }),
      at: AT,
      checked: 2,
    },
    {
      name: 'an emergency account counts as approved',
      sections: buildSections({ approvedAdministrators: [approved('amy')], breakGlass: [approved('bela')] }),
      at: AT,
    },
    {
      name: 'a service account is on both lists',
      sections: buildSections({
        roles: byRole(siem),
        approvedAdministrators: [approved('amy'), approved('bela'), approved(`SIEM@${GROUP_ID}.example`)],
      }),
      at: AT,
      checked: 3,
    },
    {
      name: 'an administrator by role whose address only the members show',
      sections: buildSections({
        roles: byRole('chen'),
        approvedAdministrators: [approved('amy'), approved('bela'), approved('chen@harbor.example')],
      }),
      at: AT,
      checked: 3,
    },
    {
      name: 'roles other than administration, and an approved account that is no administrator',
      sections: buildSections({
        roles: { visible: true, byAccount: { chen: ['USER_ROLE_PRIVATE_SCANNING'], constructor: [] } },
        approvedAdministrators: [approved('amy'), approved('bela'), approved('zoe@harbor.example')],
      }),
      at: AT,
      checked: 2,
    },
    {
      name: 'roles were not returned: the report says what would not be seen',
      sections: buildSections({ roles: { visible: false, byAccount: {} } }),
      at: AT,
      limits: [/by relationship: roles were not returned/],
    },
    {
      name: 'no approved service accounts are configured, and no administrator is one',
      sections: buildSections(),
      missing: {
        approvedServiceAccounts: { kind: 'not_configured', text: 'approved.serviceAccounts is not configured' },
      },
      at: AT,
      checked: 2,
    },
    {
      name: 'a review is due today',
      sections: buildSections({
        approvedAdministrators: [approved('amy', { reviewBy: '2026-11-23' }), approved('bela')],
      }),
      at: new Date('2026-11-23T23:59:59.999Z'),
    },
  ],
  breaching: [
    {
      name: 'an administrator by relationship, one by role, and one by both',
      sections: buildSections({
        administrators: [administrator('amy'), administrator('dora'), administrator('bela')],
        roles: byRole('dora', 'emil', 'gone'),
      }),
      at: AT,
      checked: 5,
      breaches: [
        {
          subject: { kind: 'member', id: 'dora', email: 'dora@harbor.example', name: 'dora Harbor' },
          severity: 'critical',
          evidence: {
            address: 'dora@harbor.example',
            administratorBy: ['relationship', 'role'],
            id: 'dora',
            missingFrom: ['administrators'],
          },
        },
        {
          subject: { kind: 'member', id: 'emil', email: 'emil@harbor.example' },
          evidence: {
            address: 'emil@harbor.example',
            administratorBy: ['role'],
            id: 'emil',
            missingFrom: ['administrators'],
          },
        },
        {
          subject: { kind: 'member', id: 'gone' },
          evidence: { address: null, administratorBy: ['role'], id: 'gone', missingFrom: ['administrators'] },
        },
      ],
    },
    {
      name: 'ids that are names of built-in properties',
      sections: buildSections({
        administrators: ['amy', 'bela', '__proto__', 'constructor', 'hasOwnProperty'].map((id) => administrator(id)),
        roles: byRole('__proto__'),
      }),
      at: AT,
      breaches: ['__proto__', 'constructor', 'hasOwnProperty'].map((id) => ({ subject: { kind: 'member', id } })),
    },
    {
      name: 'part of an id or of an address does not match',
      sections: buildSections({
        approvedAdministrators: [approved('am'), approved('harbor.example'), approved('bela')],
      }),
      at: AT,
      breaches: [{ subject: { kind: 'member', id: 'amy' } }],
    },
    {
      name: 'a service account on neither list, or on one of the two',
      sections: buildSections({
        serviceAccounts: ['siem', 'soar', 'feed'].map((name) => serviceAccount(name)),
        administrators: [administrator('amy'), administrator(`${GROUP_ID}_soar`, { name: null })],
        roles: byRole(siem, `${GROUP_ID}_feed`),
        approvedAdministrators: [approved('amy'), approved(`${GROUP_ID}_feed`)],
        approvedServiceAccounts: [approved(siem)],
      }),
      at: AT,
      checked: 4,
      breaches: [
        {
          subject: { kind: 'service_account', id: siem },
          evidence: {
            address: `siem@${GROUP_ID}.example`,
            administratorBy: ['role'],
            id: siem,
            missingFrom: ['administrators'],
          },
        },
        {
          subject: { kind: 'service_account', id: `${GROUP_ID}_soar`, name: 'soar' },
          evidence: {
            address: `${GROUP_ID}_soar@harbor.example`,
            administratorBy: ['relationship'],
            id: `${GROUP_ID}_soar`,
            missingFrom: ['administrators', 'serviceAccounts'],
          },
        },
        {
          subject: { kind: 'service_account', id: `${GROUP_ID}_feed` },
          evidence: {
            address: `feed@${GROUP_ID}.example`,
            administratorBy: ['role'],
            id: `${GROUP_ID}_feed`,
            missingFrom: ['serviceAccounts'],
          },
        },
      ],
    },
    {
      name: 'an emergency account that is a service account must be an approved one',
      sections: buildSections({ roles: byRole(siem), breakGlass: [approved(siem)], approvedServiceAccounts: [] }),
      at: AT,
      breaches: [{ subject: { kind: 'service_account', id: siem } }],
    },
    {
      name: 'no approved service accounts are configured: on no list is a breach, on the other list is unknown',
      sections: buildSections({
        serviceAccounts: ['siem', 'soar'].map((name) => serviceAccount(name)),
        roles: byRole(siem, `${GROUP_ID}_soar`),
        approvedAdministrators: [approved('amy'), approved('bela'), approved(siem)],
      }),
      missing: {
        approvedServiceAccounts: { kind: 'not_configured', text: 'approved.serviceAccounts is not configured' },
      },
      at: AT,
      breaches: [{ subject: { kind: 'service_account', id: `${GROUP_ID}_soar` } }],
      unknown: [{ subject: { kind: 'service_account', id: siem }, reason: 'not_configured' }],
    },
    {
      name: 'an address was not shown, and all approved addresses belong to somebody',
      sections: buildSections({
        administrators: [administrator('amy'), administrator('shade', { email: unknown('not_visible') })],
        approvedAdministrators: [approved('amy'), approved('emil@harbor.example')],
      }),
      at: AT,
      breaches: [{ subject: { kind: 'member', id: 'shade' } }],
    },
    {
      name: 'members could not be collected: the administrators that are seen count',
      sections: buildSections({ approvedAdministrators: [approved('amy')] }),
      missing: { members: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      breaches: [{ subject: { kind: 'member', id: 'bela' } }],
    },
    {
      name: 'the day after a review was due, once an account',
      sections: buildSections({
        approvedAdministrators: [
          approved('AMY', { reviewBy: '2026-11-22', owner: 'ana', ticket: 'GRC-1' }),
          approved('amy@harbor.example', { reviewBy: '2026-02-28' }),
          approved('zoe', { reviewBy: '2026-01-31' }),
        ],
        breakGlass: [approved('bela', { reviewBy: '2026-11-23' })],
      }),
      at: AT,
      breaches: [
        {
          subject: { kind: 'member', id: 'amy' },
          key: 'review-due',
          severity: 'low',
          evidence: {
            entries: [
              { entry: 'amy@harbor.example', matched: 'address', owner: null, reviewBy: '2026-02-28', ticket: null },
              { entry: 'AMY', matched: 'id', owner: 'ana', reviewBy: '2026-11-22', ticket: 'GRC-1' },
            ],
            id: 'amy',
          },
        },
      ],
    },
  ],
  notEvaluated: [
    {
      name: 'an administrator is a service account, and no approved service accounts are configured',
      sections: buildSections({
        roles: byRole(siem),
        approvedAdministrators: [approved('amy'), approved('bela'), approved(siem)],
      }),
      missing: {
        approvedServiceAccounts: { kind: 'not_configured', text: 'approved.serviceAccounts is not configured' },
      },
      at: AT,
      reason: 'not_configured',
      unknown: [{ subject: { kind: 'service_account', id: siem }, reason: 'not_configured' }],
    },
    {
      name: 'no list is configured',
      sections: buildSections(),
      missing: {
        approvedAdministrators: { kind: 'not_configured', text: 'approved.administrators is not configured' },
      },
      at: AT,
      reason: 'not_configured',
    },
    {
      name: 'administrators could not be collected',
      sections: buildSections(),
      missing: { administrators: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      reason: 'not_collected',
    },
    {
      name: 'roles could not be collected and everybody seen is approved',
      sections: buildSections(),
      missing: { roles: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      reason: 'not_collected',
    },
    {
      name: 'no administrator was shown',
      sections: buildSections({ administrators: [] }),
      at: AT,
      reason: 'not_visible',
    },
    {
      name: 'an entry matches one account by id and another by address',
      sections: buildSections({
        administrators: [
          administrator('amy'),
          administrator('x@harbor.example'),
          administrator('bela', { email: known('X@harbor.example') }),
        ],
        approvedAdministrators: [approved('amy'), approved('x@harbor.example')],
      }),
      at: AT,
      reason: 'not_configured',
      unknown: [
        { subject: { kind: 'member', id: 'bela' }, reason: 'not_configured' },
        { subject: { kind: 'member', id: 'x@harbor.example' }, reason: 'not_configured' },
      ],
    },
    {
      name: 'two ids differ only in case, and only one of them has an entry of its own as well',
      sections: buildSections({
        administrators: [administrator('amy'), administrator('AMY', { email: known('other@harbor.example') })],
        approvedAdministrators: [approved('amy'), approved('other@harbor.example')],
      }),
      at: AT,
      reason: 'not_configured',
      unknown: [{ subject: { kind: 'member', id: 'amy' }, reason: 'not_configured' }],
    },
    {
      name: 'an address was not shown, and an approved address matches nobody',
      sections: buildSections({
        administrators: [administrator('amy'), administrator('shade', { email: unknown('not_on_record') })],
        members: [member('amy'), member('shade', { email: unknown('not_on_record') })],
        approvedAdministrators: [approved('amy'), approved('lee@harbor.example')],
      }),
      at: AT,
      reason: 'not_on_record',
      unknown: [{ subject: { kind: 'member', id: 'shade' }, reason: 'not_on_record' }],
    },
  ],
});
