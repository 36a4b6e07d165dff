import rule from '../../rules/expected-accounts-exist.ts';
import { unknown } from '../../src/model/fact.ts';
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
const soar = `${GROUP_ID}_soar`;
const since = (administrators: Readonly<Record<string, string>>) => ({
  administrators,
  serviceAccounts: {},
  breakGlass: {},
});

testRule(rule, {
  passing: [
    { name: 'everybody is there', sections: buildSections(), at: AT, checked: 3, limits: [] },
    {
      name: 'by address, in any case, twice, by role, and an emergency account that is an administrator too',
      sections: buildSections({
        approvedAdministrators: [approved('AMY'), approved('amy@Harbor.example'), approved('chen'), approved('Glass')],
        breakGlass: [approved('glass')],
        members: [member('amy'), member('chen'), member('glass')],
        administrators: [administrator('amy')],
        roles: { visible: true, byAccount: { chen: [ADMINISTRATOR_ROLE] } },
      }),
      at: AT,
    },
    {
      name: 'an administrator that is a service account',
      sections: buildSections({
        approvedAdministrators: [approved('amy'), approved(siem)],
        roles: { visible: true, byAccount: { [siem]: [ADMINISTRATOR_ROLE] } },
      }),
      at: AT,
    },
    {
      name: 'nothing is configured',
      sections: buildSections(),
      missing: {
        approvedAdministrators: { kind: 'not_configured', text: 'no list' },
        approvedServiceAccounts: { kind: 'not_configured', text: 'no list' },
      },
      at: AT,
      checked: 0,
      limits: [/No administrators/, /No service accounts/],
    },
  ],
  breaching: [
    {
      name: 'an administrator is gone, 15 days after the approval',
      sections: buildSections({
        approvedAdministrators: [approved('amy'), approved('Zoe@harbor.example', { owner: 'ana', ticket: 'GRC-7' })],
        approvedSince: since({ 'zoe@harbor.example': '2026-11-08' }),
      }),
      at: AT,
      breaches: [
        {
          subject: { kind: 'member', id: 'Zoe@harbor.example', email: 'Zoe@harbor.example' },
          key: 'not-in-the-group',
          severity: 'medium',
          message: /perhaps it was invited/,
          evidence: {
            approvedOnOrBefore: '2026-11-08',
            entry: 'Zoe@harbor.example',
            list: 'administrators',
            owner: 'ana',
            ticket: 'GRC-7',
          },
        },
      ],
    },
    {
      name: 'in the group, but no administrator any more',
      sections: buildSections({ approvedAdministrators: [approved('amy'), approved('CHEN')] }),
      at: AT,
      breaches: [
        { subject: { kind: 'member', id: 'chen' }, key: 'no-administrator', severity: 'low', message: /no longer/ },
      ],
    },
    {
      name: 'an emergency account is missing, however new the entry, and is judged once',
      sections: buildSections({
        approvedAdministrators: [approved('amy'), approved('glass')],
        breakGlass: [approved('glass')],
        approvedSince: { ...since({ glass: '2026-11-23' }), breakGlass: { glass: '2026-11-23' } },
      }),
      at: AT,
      breaches: [{ subject: { kind: 'member', id: 'glass' }, key: 'emergency-account-missing', severity: 'high' }],
    },
    {
      name: 'a service account is missing, and one of that name is a member',
      sections: buildSections({
        members: [member('amy'), member('bela'), member(soar)],
        serviceAccounts: [serviceAccount('siem')],
        approvedServiceAccounts: [approved(siem), approved(soar)],
      }),
      at: AT,
      breaches: [{ subject: { kind: 'service_account', id: soar }, key: 'not-in-the-group', severity: 'medium' }],
    },
    {
      name: 'an id that is the name of a built-in property',
      sections: buildSections({ approvedAdministrators: [approved('amy'), approved('constructor')] }),
      at: AT,
      breaches: [{ subject: { kind: 'member', id: 'constructor' }, key: 'not-in-the-group' }],
    },
  ],
  notEvaluated: [
    {
      name: 'an invitation may be pending for 14 days',
      sections: buildSections({
        approvedAdministrators: [approved('amy'), approved('zoe')],
        approvedSince: since({ zoe: '2026-11-09' }),
      }),
      at: AT,
      reason: 'not_enough_history',
      unknown: [{ subject: { kind: 'member', id: 'zoe' }, key: 'not-in-the-group', reason: 'not_enough_history' }],
    },
    {
      name: 'an address is hidden, and an approved address matches nobody',
      sections: buildSections({
        members: [member('amy'), member('bela'), member('shade', { email: unknown('not_visible') })],
        approvedAdministrators: [approved('amy'), approved('zoe@harbor.example')],
        approvedSince: since({}),
      }),
      at: AT,
      reason: 'not_visible',
    },
    {
      name: 'no administrator by relationship, and roles were not returned',
      sections: buildSections({
        approvedAdministrators: [approved('amy'), approved('chen')],
        roles: { visible: false, byAccount: {} },
      }),
      at: AT,
      reason: 'not_on_record',
      unknown: [{ subject: { kind: 'member', id: 'chen' }, key: 'no-administrator', reason: 'not_on_record' }],
    },
    {
      name: 'the members could not be read',
      sections: buildSections(),
      missing: { members: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      reason: 'not_collected',
    },
  ],
});
