import {
  ADMINISTRATOR_ROLE,
  type Administrator,
  type ApprovedEntry,
  accountSubject,
  type Breach,
  defineRule,
  type Group,
  type Judgement,
  type Member,
  notEvaluated,
  type Roles,
  type Section,
  type Severity,
  type SingleSignOn,
  type Subject,
  toDay,
  z,
} from '../src/rule.ts';

const NOT_COVERED = 'API keys are not covered by single sign-on';

export default defineRule({
  id: 'members-use-2fa',
  title: 'Every member signs in with two-factor authentication',
  severity: 'high',
  tags: ['access', 'authentication'],
  why: 'A password alone can be guessed, phished or bought. Whoever signs in as a member reads what the group uploads and searches, and can copy that member’s API key.',
  fix: {
    text: 'Ask the member to turn on two-factor authentication in the settings of their account; an administrator cannot do it for them. Remove the member from the group where that does not help.',
    effort: 'low',
    url: 'https://docs.virustotal.com/docs/admins-guide',
  },
  controls: {
    'CIS Controls v8': ['6.3', '6.5'],
    'ISO/IEC 27001:2022': ['A.8.5'],
    'NIST SP 800-53 r5': ['IA-2(1)', 'IA-2(2)'],
    'SOC 2 TSC 2017': ['CC6.1'],
  },
  version: 1,
  needs: ['members', 'membersWithout2fa', 'serviceAccounts', 'administrators', 'breakGlass', 'singleSignOn'],
  // The group for its id and its sign-in setting, the roles for administrators whom the relationship does not list.
  wants: ['roles', 'group'],
  options: z.strictObject({}),

  evaluate(sections, _options, { at }) {
    const machines = new Set(sections.serviceAccounts.map((account) => account.id));
    const members = new Map<string, Member>();
    for (const member of sections.members) if (!machines.has(member.id)) members.set(member.id, member);
    if (members.size === 0) return notEvaluated('not_on_record', 'The list of members is empty, which proves nothing');
    const without = [...new Set(sections.membersWithout2fa)].filter((id) => !machines.has(id)).sort();
    const strangers = without.filter((id) => !members.has(id));
    if (strangers.length > 0) {
      return notEvaluated(
        'not_collected',
        `${strangers.length} of the ${without.length} accounts listed without two-factor authentication are not in the list of members, so the two lists do not belong together`,
      );
    }
    const { attestation } = sections.singleSignOn;
    const inForce = attestation !== null && toDay(at) <= attestation.until ? attestation : null;
    const rank = rankBy(sections.administrators, sections.roles, sections.breakGlass);
    const people = without.flatMap((id) => members.get(id) ?? []);
    const isCovered = (member: Member) => signsInThrough(inForce, member) && !isPrivileged(rank(member));
    return {
      judgements: [
        ...people
          .filter((member) => !isCovered(member))
          .map((member) => judgeMember(member, rank(member), signsInThrough(inForce, member))),
        ...judgeAttested(people.filter(isCovered), inForce, sections.group),
        ...absentAdministrators(sections.administrators, members, machines),
        ...recordless(members, new Set(without)),
      ],
      checked: members.size,
      limits: [...rolesLimit(sections.roles, people.length), ...attestationLimit(attestation, inForce, sections.group)],
    };
  },
});

/** An account that the API has no record of is in no list of a second factor, and that proves nothing about it. */
function recordless(members: ReadonlyMap<string, Member>, without: ReadonlySet<string>): readonly Judgement[] {
  const text = 'The API shows no record of this member, so nothing is known of a second factor';
  return members
    .values()
    .filter(({ id, broken }) => broken && !without.has(id))
    .map((member) => ({ subject: accountSubject('member', member), unknown: { kind: 'not_on_record' as const, text } }))
    .toArray();
}

/** What makes an account worth more to an attacker than another. */
interface Rank {
  /** By relationship, by role, or both; empty for others. */
  readonly administratorBy: readonly string[];
  readonly breakGlass: boolean;
}

function isPrivileged({ administratorBy, breakGlass }: Rank): boolean {
  return administratorBy.length > 0 || breakGlass;
}

/** Ids are compared without case: should the API write one in two ways, the graver reading is the right one here. */
function rankBy(
  administrators: readonly Administrator[],
  roles: Section<Roles>,
  breakGlass: readonly ApprovedEntry[],
): (member: Member) => Rank {
  const listed = new Set(administrators.map(({ id }) => id.toLowerCase()));
  const byRole = new Set(
    Object.entries(roles.present ? roles.value.byAccount : {})
      .filter(([, held]) => held.includes(ADMINISTRATOR_ROLE))
      .map(([id]) => id.toLowerCase()),
  );
  const emergency = new Set(breakGlass.map(({ id }) => id.toLowerCase()));
  return ({ id, email }) => ({
    administratorBy: [
      ...(listed.has(id.toLowerCase()) ? ['relationship'] : []),
      ...(byRole.has(id.toLowerCase()) ? ['role'] : []),
    ],
    breakGlass: emergency.has(id.toLowerCase()) || (email.known && emergency.has(email.value.toLowerCase())),
  });
}

function signsInThrough(attestation: SingleSignOn | null, { email }: Member): boolean {
  if (attestation === null || !email.known) return false;
  // From the first @: an address with two of them is in nobody's domain.
  const domain = email.value.slice(email.value.indexOf('@') + 1).toLowerCase();
  return attestation.domains.some((attested) => attested.toLowerCase() === domain);
}

function judgeMember(member: Member, rank: Rank, attested: boolean): Breach {
  const titles = [
    ...(rank.administratorBy.length > 0 ? ['an administrator'] : []),
    ...(rank.breakGlass ? ['an emergency account'] : []),
  ];
  const title = titles.length > 0 ? `, ${titles.join(' and ')},` : '';
  const note = attested ? `; single sign-on does not excuse privileged accounts, and ${NOT_COVERED}` : '';
  return {
    subject: accountSubject('member', member),
    severity: isPrivileged(rank) ? 'critical' : 'high',
    message: `${member.id}${title} signs in without two-factor authentication${note}`,
    evidence: { administratorBy: rank.administratorBy, breakGlass: rank.breakGlass, twoFactor: false },
  };
}

/** One finding for all members who rely on single sign-on, so that one waiver can cover them; graver once the API contradicts it. */
function judgeAttested(
  members: readonly Member[],
  attestation: SingleSignOn | null,
  group: Section<Group>,
): readonly Judgement[] {
  if (attestation === null) return [];
  if (!group.present) {
    const text = `Whether the attested single sign-on is enforced could not be read: ${group.missing.text}`;
    return members.map((member) => ({
      subject: accountSubject('member', member),
      unknown: { kind: group.missing.kind, text },
    }));
  }
  const contradicted = isContradicted(group);
  const subject = { kind: 'group', id: group.value.id } as const;
  const severity = contradicted ? 'high' : 'low';
  return [
    ...(contradicted ? [contradiction(subject, attestation)] : []),
    ...(members.length > 0 ? [reliance(subject, { members, attestation, severity })] : []),
  ];
}

function isContradicted(group: Section<Group>): boolean {
  return group.present && group.value.forceOidcLogin.known && !group.value.forceOidcLogin.value;
}

function contradiction(subject: Subject, attestation: SingleSignOn): Breach {
  return {
    subject,
    key: 'attestation-contradicted',
    severity: 'high',
    message: `The attestation of single sign-on by ${attestation.attestedBy} is contradicted: the group does not enforce sign-in through its identity provider; ${NOT_COVERED}`,
    evidence: { ...attestationFacts(attestation), enforced: false },
  };
}

function reliance(
  subject: Subject,
  relying: {
    readonly members: readonly Member[];
    readonly attestation: SingleSignOn;
    readonly severity: Severity;
  },
): Breach {
  const { members, attestation, severity } = relying;
  const who = members.length === 1 ? '1 member has' : `${members.length} members have`;
  return {
    subject,
    key: 'single-sign-on',
    severity,
    message: `${who} no second factor of their own and rely on single sign-on, attested by ${attestation.attestedBy} until ${attestation.until}; ${NOT_COVERED}`,
    evidence: {
      ...attestationFacts(attestation),
      count: members.length,
      members: members.map(({ id }) => id).sort(),
    },
  };
}

function attestationFacts({ domains, evidence, attestedBy, until }: SingleSignOn) {
  return { attestedBy, attestedWith: evidence, domains: domains.toSorted(), until };
}

/** The filter only speaks about listed members: of an administrator outside the list nothing is known. */
function absentAdministrators(
  administrators: readonly Administrator[],
  members: ReadonlyMap<string, Member>,
  machines: ReadonlySet<string>,
): readonly Judgement[] {
  const text = 'This administrator is not in the list of members, so nothing says how they sign in';
  const wanted = new Set(administrators.map(({ id }) => id.toLowerCase()));
  const listed = new Set(
    members
      .keys()
      .map((id) => id.toLowerCase())
      .filter((id) => wanted.has(id)),
  );
  const absent = new Map(
    administrators
      .filter(({ id }) => !listed.has(id.toLowerCase()) && !machines.has(id))
      .map((account) => [account.id, account]),
  );
  return [...absent.values()].map((account) => ({
    subject: accountSubject('member', account),
    unknown: { kind: 'not_on_record', text },
  }));
}

function rolesLimit(roles: Section<Roles>, breaches: number): readonly string[] {
  if (!roles.present || roles.value.visible || breaches === 0) return [];
  return ['Roles were not returned, so an administrator made only by role is rated as an ordinary member'];
}

function attestationLimit(
  attestation: SingleSignOn | null,
  inForce: SingleSignOn | null,
  group: Section<Group>,
): readonly string[] {
  if (attestation === null) return [];
  if (inForce === null) {
    return [`The attestation of single sign-on ended on ${attestation.until} and counts no more; ${NOT_COVERED}`];
  }
  if (!group.present || group.value.forceOidcLogin.known) return [NOT_COVERED];
  return [
    `That single sign-on is enforced rests on the attestation by ${attestation.attestedBy}: the API does not show it; ${NOT_COVERED}`,
  ];
}
