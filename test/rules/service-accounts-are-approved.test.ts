import rule from '../../rules/service-accounts-are-approved.ts';
import { known, unknown } from '../../src/model/fact.ts';
import { testRule } from '../support/rule-tester.ts';
import { AT, approved, buildSections, GROUP_ID, serviceAccount } from '../support/snapshot-builder.ts';

const siem = `${GROUP_ID}_siem`;
const soar = `${GROUP_ID}_soar`;

testRule(rule, {
  passing: [
    { name: 'the only one is on the list', sections: buildSections(), at: AT, checked: 1 },
    {
      name: 'by id or by the address the API gives it, in any case',
      sections: buildSections({
        serviceAccounts: [serviceAccount('siem'), serviceAccount('soar')],
        approvedServiceAccounts: [approved(siem.toUpperCase()), approved(`SOAR@${GROUP_ID}.example`)],
      }),
      at: AT,
      checked: 2,
    },
    {
      name: 'there are none, and none is approved',
      sections: buildSections({ serviceAccounts: [], approvedServiceAccounts: [] }),
      at: AT,
      checked: 0,
    },
    {
      name: 'one that the API returned without attributes, approved by id',
      sections: buildSections({
        serviceAccounts: [serviceAccount('siem', { name: null, email: unknown('not_on_record'), broken: true })],
      }),
      at: AT,
    },
    {
      name: 'a review is due today, and one of an account that does not exist has passed',
      sections: buildSections({
        approvedServiceAccounts: [
          approved(siem, { reviewBy: '2026-11-23' }),
          approved('x', { reviewBy: '2020-01-01' }),
        ],
      }),
      at: AT,
    },
  ],
  breaching: [
    {
      name: 'an empty list approves none',
      sections: buildSections({ approvedServiceAccounts: [] }),
      at: AT,
      breaches: [
        {
          subject: { kind: 'service_account', id: siem, email: `siem@${GROUP_ID}.example`, name: 'siem' },
          severity: 'high',
          evidence: {
            address: `siem@${GROUP_ID}.example`,
            bareName: null,
            createdAt: '2025-02-03T09:00:00.000Z',
            id: siem,
          },
        },
      ],
    },
    {
      name: 'the bare name is not the id, and the reader is told',
      sections: buildSections({ approvedServiceAccounts: [approved('SIEM')] }),
      at: AT,
      breaches: [
        {
          subject: { kind: 'service_account', id: siem },
          message: /its name and not its id/,
          evidence: {
            address: `siem@${GROUP_ID}.example`,
            bareName: 'siem',
            createdAt: '2025-02-03T09:00:00.000Z',
            id: siem,
          },
        },
      ],
    },
    {
      name: 'listed twice by the API, once in the report',
      sections: buildSections({
        serviceAccounts: [serviceAccount('siem'), serviceAccount('soar'), serviceAccount('soar')],
      }),
      at: AT,
      checked: 2,
      breaches: [{ subject: { kind: 'service_account', id: soar } }],
    },
    {
      name: 'ids that are names of built-in properties',
      sections: buildSections({
        serviceAccounts: ['__proto__', 'constructor'].map((id) =>
          serviceAccount(id, { id, createdAt: unknown('not_visible') }),
        ),
      }),
      at: AT,
      breaches: ['__proto__', 'constructor'].map((id) => ({
        subject: { kind: 'service_account', id },
        evidence: { address: `${id}@${GROUP_ID}.example`, bareName: null, createdAt: null, id },
      })),
    },
    {
      name: 'the day after a review was due',
      sections: buildSections({ approvedServiceAccounts: [approved(siem, { reviewBy: '2026-11-22', owner: 'ana' })] }),
      at: AT,
      breaches: [
        {
          subject: { kind: 'service_account', id: siem },
          key: 'review-due',
          severity: 'low',
          evidence: {
            entries: [{ entry: siem, matched: 'id', owner: 'ana', reviewBy: '2026-11-22', ticket: null }],
            id: siem,
          },
        },
      ],
    },
    {
      name: 'an address was not shown, and all approved addresses belong to somebody',
      sections: buildSections({
        serviceAccounts: [serviceAccount('siem'), serviceAccount('soar', { email: unknown('not_visible') })],
        approvedServiceAccounts: [approved(`siem@${GROUP_ID}.example`)],
      }),
      at: AT,
      breaches: [{ subject: { kind: 'service_account', id: soar } }],
    },
  ],
  notEvaluated: [
    {
      name: 'no list is configured',
      sections: buildSections(),
      missing: {
        approvedServiceAccounts: { kind: 'not_configured', text: 'approved.serviceAccounts is not configured' },
      },
      at: AT,
      reason: 'not_configured',
    },
    {
      name: 'service accounts could not be collected',
      sections: buildSections(),
      missing: { serviceAccounts: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      reason: 'not_collected',
    },
    {
      name: 'an entry matches two',
      sections: buildSections({
        serviceAccounts: [serviceAccount('siem'), serviceAccount('soar', { email: known(`SIEM@${GROUP_ID}.example`) })],
        approvedServiceAccounts: [approved(`siem@${GROUP_ID}.example`), approved(soar)],
      }),
      at: AT,
      reason: 'not_configured',
      unknown: [{ subject: { kind: 'service_account', id: siem }, reason: 'not_configured' }],
    },
    {
      name: 'an address was not shown, and an approved address matches none',
      sections: buildSections({
        serviceAccounts: [serviceAccount('siem', { email: unknown('not_visible') })],
        approvedServiceAccounts: [approved(`siem@${GROUP_ID}.example`)],
      }),
      at: AT,
      reason: 'not_visible',
      unknown: [{ subject: { kind: 'service_account', id: siem }, reason: 'not_visible' }],
    },
  ],
});
