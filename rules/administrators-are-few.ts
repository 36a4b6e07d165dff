import {
  ADMINISTRATOR_ROLE,
  type Administrator,
  type ApprovedEntry,
  defineRule,
  notEvaluated,
  type Roles,
  type Section,
  type ServiceAccount,
  z,
} from '../src/rule.ts';

export default defineRule({
  id: 'administrators-are-few',
  title: 'A group has neither more nor fewer administrators than it needs',
  severity: 'medium',
  tags: ['access', 'administrators'],
  why: 'Every administrator can add members, raise quotas and read the keys of service accounts, so each one more is one more way in. With a single one, the group cannot be managed when that person is away.',
  fix: {
    text: 'Revoke administration rights that nobody needs any more; or, where there is only one administrator, make a second one.',
    effort: 'low',
    url: 'https://docs.virustotal.com/docs/admins-guide',
  },
  controls: {
    'CIS Controls v8': ['6.8'],
    'ISO/IEC 27001:2022': ['A.8.2'],
    'NIST SP 800-53 r5': ['AC-6(5)'],
    'SOC 2 TSC 2017': ['CC6.3'],
  },
  version: 1,
  needs: ['group', 'administrators', 'serviceAccounts', 'breakGlass', 'identity'],
  // Administrators whom the relationship does not list.
  wants: ['roles'],
  // Addresses by which an administrator by role may be named.
  consults: ['members'],
  options: z
    .strictObject({
      min: z.number().int().min(0).max(1000).default(2),
      max: z.number().int().min(1).max(1000).default(6),
    })
    .refine(({ min, max }) => min <= max, { path: ['min'], message: 'must not be more than max' }),

  evaluate({ group, administrators, serviceAccounts, breakGlass, identity, roles, members }, { min, max }) {
    const known = [...administrators, ...(members.present ? members.value : [])];
    const ids = administratorIds(administrators, roles);
    if (ids.length === 0) return notEvaluated('not_visible', 'No administrator was shown, and every group has one');
    const excused = namesIn(breakGlass, identity.id);
    const machines = new Set(serviceAccounts.map(({ id }: ServiceAccount) => id));
    const isExcused = (id: string) =>
      [id, ...known.filter((one) => one.id === id).flatMap(({ email }) => (email.known ? [email.value] : []))].some(
        excused,
      );
    const people = ids.filter((id) => !machines.has(id) && !isExcused(id));
    const others = ids.filter((id) => !people.includes(id));
    const limits =
      roles.present && !roles.value.visible
        ? ['Administrators by relationship: roles were not returned, so one made only by role would not be counted']
        : [];
    const isTooMany = people.length > max;
    // Without the roles there may be more: that is no reason to say there are too few.
    const isTooFew = people.length < min && roles.present;
    if (!isTooMany && !isTooFew) return { judgements: [], checked: people.length, limits };
    const count = people.length === 1 ? '1 person administers' : `${people.length} people administer`;
    return {
      judgements: [
        {
          subject: { kind: 'group', id: group.id },
          key: isTooMany ? 'too-many' : 'too-few',
          message: `${count} the group; at ${isTooMany ? `most ${max}` : `least ${min}`} expected`,
          evidence: { people, notCounted: others, min, max },
        },
      ],
      checked: people.length,
      limits,
    };
  },
});

function administratorIds(administrators: readonly Administrator[], roles: Section<Roles>): readonly string[] {
  const byRole = Object.entries(roles.present ? roles.value.byAccount : {})
    .filter(([, held]) => held.includes(ADMINISTRATOR_ROLE))
    .map(([id]) => id);
  return [...new Set([...administrators.map(({ id }) => id), ...byRole])].sort();
}

/** Tells whether a name is an emergency account's or that of the account whose key the auditor uses. */
function namesIn(breakGlass: readonly ApprovedEntry[], identity: string | null): (name: string) => boolean {
  const names = [...breakGlass.map(({ id }) => id), ...(identity === null ? [] : [identity])];
  const lower = new Set(names.map((name) => name.toLowerCase()));
  return (name) => lower.has(name.toLowerCase());
}
