import rule from '../../rules/administrators-are-few.ts';
import { ADMINISTRATOR_ROLE } from '../../src/model/snapshot.ts';
import { testRule } from '../support/rule-tester.ts';
import { AT, administrator, approved, buildSections, GROUP_ID, member } from '../support/snapshot-builder.ts';

const siem = `${GROUP_ID}_siem`;
const group = { kind: 'group', id: GROUP_ID } as const;
const people = (count: number) => Array.from({ length: count }, (_, index) => administrator(`p${index}`));
const byRole = (...ids: readonly string[]) => ({
  visible: true,
  byAccount: Object.fromEntries(ids.map((id) => [id, [ADMINISTRATOR_ROLE]])),
});

testRule(rule, {
  passing: [
    { name: 'two', sections: buildSections(), at: AT, checked: 2, limits: [] },
    { name: 'six', sections: buildSections({ administrators: people(6) }), at: AT, checked: 6 },
    {
      name: 'emergency accounts, service accounts and the auditor’s own do not tip the bound',
      sections: buildSections({
        administrators: [...people(6), administrator('glass'), administrator(siem), administrator('robot')],
        members: [member('amy'), member('spare')],
        roles: byRole('p0', 'spare'),
        breakGlass: [approved('GLASS@harbor.example'), approved('spare@harbor.example')],
        identity: { id: 'Robot' },
      }),
      at: AT,
      checked: 6,
    },
    {
      name: 'roles were not returned',
      sections: buildSections({ roles: { visible: false, byAccount: {} } }),
      at: AT,
      limits: [/made only by role would not be counted/],
    },
  ],
  breaching: [
    {
      name: 'seven, one of them by role',
      sections: buildSections({ administrators: people(6), roles: byRole('zoe', siem) }),
      at: AT,
      checked: 7,
      breaches: [
        {
          subject: group,
          key: 'too-many',
          severity: 'medium',
          message: /^7 people administer the group; at most 6 expected$/,
          evidence: { people: ['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'zoe'], notCounted: [siem], min: 2, max: 6 },
        },
      ],
    },
    {
      name: 'one person beside the auditor',
      sections: buildSections({ identity: { id: 'bela' } }),
      at: AT,
      breaches: [
        { subject: group, key: 'too-few', evidence: { people: ['amy'], notCounted: ['bela'], min: 2, max: 6 } },
      ],
    },
    {
      name: 'other bounds',
      sections: buildSections(),
      options: { min: 0, max: 1 },
      at: AT,
      breaches: [{ subject: group, key: 'too-many' }],
    },
    {
      name: 'roles could not be read: too many is too many all the same',
      sections: buildSections({ administrators: people(7) }),
      missing: { roles: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      breaches: [{ subject: group, key: 'too-many' }],
    },
  ],
  notEvaluated: [
    { name: 'nobody was shown', sections: buildSections({ administrators: [] }), at: AT, reason: 'not_visible' },
    {
      name: 'roles could not be read and the rest is within the bounds',
      sections: buildSections(),
      missing: { roles: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      reason: 'not_collected',
    },
    {
      name: 'roles could not be read: too few may be enough',
      sections: buildSections({ administrators: [administrator('amy')] }),
      missing: { roles: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      reason: 'not_collected',
    },
  ],
});
