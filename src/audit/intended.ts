import type { GroupSettings } from '../model/settings.ts';
import { type IntendedSections, missing, present, type Section } from '../model/snapshot.ts';
import type { Yardstick } from '../model/yardstick.ts';

/** Sections of the configuration, as a snapshot holds them. */
export type IntendedSnapshot = { readonly [Name in keyof IntendedSections]: Section<IntendedSections[Name]> };

/** The intended state of a group as the configuration has it: null where a list is not configured. */
export function intendedOf(group: GroupSettings): Yardstick['intended'] {
  return {
    approvedAdministrators: group.approved.administrators,
    approvedServiceAccounts: group.approved.serviceAccounts,
    approvedDomains: group.approved.domains,
    breakGlass: group.approved.breakGlass,
    singleSignOn: { attestation: group.singleSignOn },
    identity: { id: group.identity },
  };
}

/** The same as sections. A list that is absent is missing (`not_configured`); an empty one approves nobody and is present. */
export function intendedSections(intended: Yardstick['intended']): IntendedSnapshot {
  return {
    approvedAdministrators: orMissing(intended.approvedAdministrators, 'approved.administrators'),
    approvedServiceAccounts: orMissing(intended.approvedServiceAccounts, 'approved.serviceAccounts'),
    approvedDomains: orMissing(intended.approvedDomains, 'approved.domains'),
    breakGlass: present(intended.breakGlass ?? []),
    singleSignOn: present(intended.singleSignOn ?? { attestation: null }),
    identity: present(intended.identity ?? { id: null }),
  };
}

function orMissing<T>(list: T | null, key: string): Section<T> {
  return list === null
    ? missing('not_configured', `the group's configuration has no ${key} to compare with`)
    : present(list);
}
