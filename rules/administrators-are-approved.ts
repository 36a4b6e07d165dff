import {
  ADMINISTRATOR_ROLE,
  type Administrator,
  type Approvals,
  type ApprovedEntry,
  accountSubject,
  approvalOf,
  defineRule,
  type Fact,
  type Judgement,
  type Member,
  notEvaluated,
  type Roles,
  readApprovals,
  reviewDue,
  type Section,
  type ServiceAccount,
  z,
} from '../src/rule.ts';

export default defineRule({
  id: 'administrators-are-approved',
  title: 'Every administrator is approved',
  severity: 'critical',
  tags: ['access', 'administrators'],
  why: 'An administrator adds and removes members, changes what they may use and reads the API keys of service accounts. One that nobody approved is a mistake or an intruder.',
  fix: {
    text: 'Revoke the administration rights in the group’s settings, or have the account approved and add its id to approved.administrators.',
    effort: 'low',
    url: 'https://docs.virustotal.com/docs/admins-guide',
  },
  controls: {
    'CIS Controls v8': ['5.1', '6.8'],
    'ISO/IEC 27001:2022': ['A.5.18', 'A.8.2'],
    'NIST SP 800-53 r5': ['AC-2(7)', 'AC-6(5)', 'AC-6(7)'],
    'SOC 2 TSC 2017': ['CC6.3'],
  },
  version: 1,
  needs: ['administrators', 'serviceAccounts', 'approvedAdministrators', 'breakGlass'],
  // Members give names and addresses; roles the administrators whom the relationship does not list.
  wants: ['members', 'roles'],
  // Matters only for administrators that are service accounts.
  consults: ['approvedServiceAccounts'],
  options: z.strictObject({}),

  evaluate(sections, _options, { at }) {
    const members = sections.members.present ? sections.members.value : [];
    const accounts = findAdministrators({ ...sections, members });
    if (accounts.length === 0) {
      return notEvaluated('not_visible', 'No administrator was shown, and every group has one');
    }
    const everybody = [accounts, members, sections.serviceAccounts];
    const approval = readApprovals([...sections.approvedAdministrators, ...sections.breakGlass], accounts, everybody);
    const services = sections.approvedServiceAccounts.present
      ? readApprovals(sections.approvedServiceAccounts.value, accounts, everybody)
      : null;
    return {
      judgements: accounts.flatMap((account) => [
        ...judge(account, approval, { read: services, section: sections.approvedServiceAccounts }),
        ...reviewDue(accountSubject(account.kind, account), 'an administrator', approval, at),
      ]),
      checked: accounts.length,
      limits: rolesLimit(sections.roles),
    };
  },
});

/** An account with administration rights, and by what it has them. */
interface Account extends Administrator {
  readonly kind: 'member' | 'service_account';
  readonly administratorBy: readonly ('relationship' | 'role')[];
}

interface Sources {
  readonly administrators: readonly Administrator[];
  readonly members: readonly Member[];
  readonly serviceAccounts: readonly ServiceAccount[];
  readonly roles: Section<Roles>;
}

function findAdministrators({ administrators, members, serviceAccounts, roles }: Sources): readonly Account[] {
  const machines = new Map(serviceAccounts.map((account) => [account.id, account]));
  const listed = new Map(administrators.map((account) => [account.id, account]));
  const byRole = new Set(
    Object.entries(roles.present ? roles.value.byAccount : {})
      .filter(([, held]) => held.includes(ADMINISTRATOR_ROLE))
      .map(([id]) => id),
  );
  const ids = new Set([...listed.keys(), ...byRole]);
  const people = new Map(members.filter(({ id }) => ids.has(id)).map((member) => [member.id, member]));
  return [...ids].sort().map((id) => {
    const sources = [listed.get(id), people.get(id), machines.get(id)].filter((source) => source !== undefined);
    return {
      id,
      name: sources.find(({ name }) => name !== null)?.name ?? null,
      email: (sources.find(({ email }) => email.known) ?? sources[0])?.email ?? NOBODY_SHOWED_IT,
      kind: machines.has(id) ? 'service_account' : 'member',
      administratorBy: [
        ...(listed.has(id) ? (['relationship'] as const) : []),
        ...(byRole.has(id) ? (['role'] as const) : []),
      ],
    };
  });
}

const NOBODY_SHOWED_IT: Fact<string> = { known: false, why: 'not_on_record' };

interface ServiceList {
  readonly read: Approvals | null;
  readonly section: Section<readonly ApprovedEntry[]>;
}

/** A service account must be approved twice: as an administrator and as a service account. */
function judge(account: Account, administrators: Approvals, services: ServiceList): readonly Judgement[] {
  const asAdministrator = approvalOf(account, administrators);
  const asService =
    account.kind === 'member' || services.read === null ? 'approved' : approvalOf(account, services.read);
  const lists = [
    ...(asAdministrator === 'missing' ? ['administrators'] : []),
    ...(asService === 'missing' ? ['serviceAccounts'] : []),
  ];
  if (lists.length > 0) return [toBreach(account, lists)];
  const subject = accountSubject(account.kind, account);
  const doubt = [asAdministrator, asService].find((one) => one !== 'approved');
  if (doubt === 'ambiguous') return [{ subject, unknown: { kind: 'not_configured', text: AMBIGUOUS } }];
  if (doubt === 'unseen') return [{ subject, unknown: { kind: whyUnseen(account), text: UNSEEN } }];
  if (account.kind === 'member' || services.section.present) return [];
  const { kind, text } = services.section.missing;
  return [{ subject, unknown: { kind, text: `Whether it is an approved service account is not known: ${text}` } }];
}

const AMBIGUOUS = 'An approved entry matches this administrator and another one; write the id of the one that is meant';
const UNSEEN =
  'The address of this administrator was not shown, and an approved address matches nobody; write the id instead';

function whyUnseen({ email }: Account) {
  return email.known ? 'not_on_record' : email.why;
}

function toBreach(account: Account, missingFrom: readonly string[]): Judgement {
  const what = account.kind === 'member' ? 'is an administrator' : 'is a service account with administration rights';
  const lists = missingFrom.map((list) => (list === 'administrators' ? 'administrators' : 'service accounts'));
  return {
    subject: accountSubject(account.kind, account),
    message: `${account.id} ${what} and is not among the approved ${lists.join(' or the approved ')}`,
    evidence: {
      address: account.email.known ? account.email.value : null,
      administratorBy: account.administratorBy,
      id: account.id,
      missingFrom,
    },
  };
}

function rolesLimit(roles: Section<Roles>): readonly string[] {
  if (!roles.present || roles.value.visible) return [];
  return ['Administrators by relationship: roles were not returned, so one made only by role would not be seen'];
}
