import rule from '../../rules/members-belong-to-approved-domains.ts';
import { known, unknown } from '../../src/model/fact.ts';
import { testRule } from '../support/rule-tester.ts';
import { AT, approved, buildSections, GROUP_ID, member, serviceAccount } from '../support/snapshot-builder.ts';

const at = (address: string) => [member('amy'), member('zoe', { email: known(address) })];
const zoe = { subject: { kind: 'member', id: 'zoe' } } as const;

testRule(rule, {
  passing: [
    { name: 'everybody is in the approved domain', sections: buildSections(), at: AT, checked: 5 },
    {
      name: 'in any case, below an approved domain, in either spelling of an international name',
      sections: buildSections({
        members: ['a@Harbor.Example', 'b@lab.quay.example', 'c@deep.lab.quay.example', 'd@xn--mnchen-3ya.example'].map(
          (address) => member(address, { email: known(address) }),
        ),
        approvedDomains: ['HARBOR.example', '*.quay.example', 'münchen.example'],
      }),
      at: AT,
      checked: 4,
    },
    {
      name: 'a service account among the members',
      sections: buildSections({
        members: [member('amy'), member(`${GROUP_ID}_siem`, { email: known(`siem@${GROUP_ID}.example`) })],
        serviceAccounts: [serviceAccount('siem')],
      }),
      at: AT,
      checked: 1,
    },
  ],
  breaching: [
    {
      name: 'another domain',
      sections: buildSections({ members: at('zoe@Contractor.example') }),
      at: AT,
      checked: 2,
      breaches: [
        {
          subject: { kind: 'member', id: 'zoe', email: 'zoe@Contractor.example', name: 'zoe Harbor' },
          severity: 'high',
          message: /^zoe has an address at contractor\.example, which is not an approved domain$/,
          evidence: { address: 'zoe@Contractor.example', domain: 'contractor.example', id: 'zoe' },
        },
      ],
    },
    ...[
      'zoe@sub.harbor.example',
      'zoe@evilharbor.example',
      'zoe@harbor.example.evil.example',
      'zoe@evil.example@harbor.example',
      'zoe@harbor.example@evil.example',
      'harbor.example',
      'zoe@',
      'zoe@harbor.example/x',
      'zoe@harbor.example\n',
    ].map((address) => ({
      name: `looks like the approved domain and is not: ${JSON.stringify(address)}`,
      sections: buildSections({ members: at(address) }),
      at: AT,
      breaches: [zoe],
    })),
    {
      name: 'the parent of a wildcard, and entries that are no domains',
      sections: buildSections({
        members: at('zoe@quay.example'),
        approvedDomains: ['harbor.example', '*.quay.example', '*', '', '@'],
      }),
      at: AT,
      breaches: [zoe],
    },
    {
      name: 'no domain is approved, and emergency accounts are no exception',
      sections: buildSections({ members: [member('zoe')], approvedDomains: [], breakGlass: [approved('zoe')] }),
      at: AT,
      breaches: [zoe],
    },
    {
      name: 'one address is not shown beside one that is',
      sections: buildSections({
        members: [...at('zoe@quay.example'), member('yan', { email: unknown('not_on_record') })],
      }),
      at: AT,
      breaches: [zoe],
      unknown: [{ subject: { kind: 'member', id: 'yan' }, reason: 'not_on_record' }],
    },
  ],
  notEvaluated: [
    {
      name: 'no list is configured',
      sections: buildSections(),
      missing: { approvedDomains: { kind: 'not_configured', text: 'approved.domains is not configured' } },
      at: AT,
      reason: 'not_configured',
    },
    {
      name: 'an address is not shown',
      sections: buildSections({ members: [member('amy'), member('yan', { email: unknown('not_visible') })] }),
      at: AT,
      reason: 'not_visible',
      unknown: [{ subject: { kind: 'member', id: 'yan' }, reason: 'not_visible' }],
    },
    {
      name: 'the API lists a member without any facts',
      sections: buildSections({
        members: [member('amy'), member('yan', { email: unknown('not_collected'), broken: true })],
      }),
      at: AT,
      reason: 'not_on_record',
      unknown: [{ subject: { kind: 'member', id: 'yan' }, reason: 'not_on_record' }],
    },
    { name: 'nobody is listed', sections: buildSections({ members: [] }), at: AT, reason: 'not_on_record' },
  ],
});
