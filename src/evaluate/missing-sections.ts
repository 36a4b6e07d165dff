import { PARTIAL_KINDS, QUIET_KINDS, type Reason, type ReasonKind } from '../model/reason.ts';
import type { Section, SectionName } from '../model/snapshot.ts';

/** Which sections there are, whatever form their values have. A name that is absent was not asked for. */
export type Presence = { readonly [Name in SectionName]?: Section<unknown> };

/** From worst to mildest: what needs somebody to act comes first. */
const KINDS: readonly ReasonKind[] = [...PARTIAL_KINDS, ...QUIET_KINDS];

/** Section names as a reader of a report knows them. */
const WORDS: Readonly<Record<SectionName, string>> = {
  group: 'group',
  members: 'members',
  membersWithout2fa: 'members without 2FA',
  administrators: 'administrators',
  roles: 'roles',
  serviceAccounts: 'service accounts',
  groupUsage: 'group usage',
  consumption: 'consumption by account',
  peakDays: 'consumption on peak days',
  rights: 'rights of the key',
  approvedAdministrators: 'approved administrators',
  approvedServiceAccounts: 'approved service accounts',
  approvedDomains: 'approved domains',
  breakGlass: 'break-glass accounts',
  singleSignOn: 'single sign-on',
  identity: 'identity of the auditor',
  storedUsage: 'stored usage',
  quotaReadings: 'earlier readings of the quotas',
  lastJudged: 'earlier judgements',
  accountActivity: 'use by account',
  activityLog: 'activity log',
  identityUsage: 'use of the auditor’s own key',
  quotaPools: 'pools behind the quotas',
  recentDays: 'consumption on the last days',
  accountDays: 'use by account and day',
  peakAccounts: 'calls of the accounts that stand out',
  previousMembers: 'members seen earlier',
  previousServiceAccounts: 'service accounts seen earlier',
  previousAdministrators: 'administrators seen earlier',
  previousActivity: 'use by account seen earlier',
  storedAccountDays: 'stored use by account and day',
  approvedSince: 'dates of approvals',
  auditorHealth: 'health of the auditor',
};

/** Why sections of these names are not there: the worst kind among them, each named in the text. Null when all are there. */
export function missingReason(names: readonly SectionName[], presence: Presence): Reason | null {
  const reasons = names.flatMap((name) => {
    const section = presence[name];
    if (section?.present === true) return [];
    const missing = section?.missing ?? { kind: 'not_collected', text: 'was not collected' };
    return [{ kind: missing.kind, text: `${WORDS[name]}: ${missing.text}` }];
  });
  const kind = worstKind(reasons.map((reason) => reason.kind));
  return kind === null ? null : { kind, text: reasons.map((reason) => reason.text).join('; ') };
}

/** The kind that most needs somebody to act; null of none. */
export function worstKind(kinds: readonly ReasonKind[]): ReasonKind | null {
  return KINDS.find((kind) => kinds.includes(kind)) ?? null;
}
