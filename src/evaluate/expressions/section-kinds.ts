import type { SectionName } from '../../model/snapshot.ts';
import {
  ACCOUNT_DAY,
  ADMINISTRATOR,
  APPROVED,
  CONSUMPTION,
  EARLIER_ACCOUNTS,
  GROUP,
  IDENTITY,
  type Kind,
  MEMBER,
  RIGHTS,
  ROLES,
  SERVICE_ACCOUNT,
  SINGLE_SIGN_ON,
  USAGE_DAY,
  USE_OF_MONTH,
} from './shapes.ts';

const APPROVED_LIST: Kind = { list: { shape: APPROVED } };

/**
 * Sections as expressions see them: variables of their own names. A rule needs exactly the sections that its expressions name. A section
 * that is not here can be read by rules in TypeScript only.
 */
export const SECTION_KINDS: Readonly<Partial<Record<SectionName, Kind>>> = {
  group: { shape: GROUP },
  members: { list: { shape: MEMBER } },
  membersWithout2fa: { set: 'string' },
  administrators: { list: { shape: ADMINISTRATOR } },
  roles: { shape: ROLES },
  serviceAccounts: { list: { shape: SERVICE_ACCOUNT } },
  groupUsage: { list: { shape: USAGE_DAY } },
  consumption: { list: { shape: CONSUMPTION } },
  peakDays: { list: { shape: CONSUMPTION } },
  rights: { shape: RIGHTS },
  accountActivity: { list: { shape: USE_OF_MONTH } },
  recentDays: { list: { shape: CONSUMPTION } },
  accountDays: { list: { shape: ACCOUNT_DAY } },
  identityUsage: { list: { shape: USAGE_DAY } },
  quotaPools: { map: 'string' },
  approvedAdministrators: APPROVED_LIST,
  approvedServiceAccounts: APPROVED_LIST,
  approvedDomains: { set: 'string' },
  breakGlass: APPROVED_LIST,
  singleSignOn: { shape: SINGLE_SIGN_ON },
  identity: { shape: IDENTITY },
  storedUsage: { list: { shape: USAGE_DAY } },
  storedAccountDays: { list: { shape: ACCOUNT_DAY } },
  lastJudged: { map: 'instant' },
  previousMembers: { shape: EARLIER_ACCOUNTS },
  previousServiceAccounts: { shape: EARLIER_ACCOUNTS },
  previousAdministrators: { shape: EARLIER_ACCOUNTS },
};

/** All section names. */
export const SECTION_NAMES: readonly SectionName[] = sectionNames();

function sectionNames(): readonly SectionName[] {
  const names: SectionName[] = [];
  for (const name in SECTION_KINDS) if (isSectionName(name)) names.push(name);
  return names;
}

/** Whether a name is a section's. */
export function isSectionName(name: string): name is SectionName {
  return Object.hasOwn(SECTION_KINDS, name);
}
