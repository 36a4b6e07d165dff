import { type Fact, known, unknown } from '../model/fact.ts';
import type { Group, Privilege } from '../model/snapshot.ts';
import type { WireGroup, WirePrivilege } from '../virustotal/wire/group.ts';
import { toInstant } from './accounts.ts';
import { compareText } from './order.ts';

/** The group. Quotas and privileges are shown to every member, automatic joining to administrators only. */
export function toGroup(group: WireGroup, rightsProven: boolean): Group {
  return {
    id: group.id,
    domain: group.domain,
    quotas: group.quotas === null ? unknown('not_visible') : known(group.quotas),
    privileges: group.privileges === null ? unknown('not_visible') : known(toPrivileges(group.privileges)),
    autoAddUsers: toAutoAddUsers(group.autoAddUsers, rightsProven),
    // No page of the vendor's describes it, so its absence proves nothing.
    forceOidcLogin: group.forceUsersOidcLogin === null ? unknown('not_on_record') : known(group.forceUsersOidcLogin),
    ...(group.unreadable.quotas.length + group.unreadable.privileges.length === 0
      ? {}
      : { unreadable: group.unreadable }),
  };
}

function toAutoAddUsers(patterns: readonly string[] | null, rightsProven: boolean): Fact<readonly string[]> {
  return rightsProven ? known([...(patterns ?? [])].sort(compareText)) : unknown('not_visible');
}

function toPrivileges(privileges: Readonly<Record<string, WirePrivilege>>): readonly Privilege[] {
  return Object.entries(privileges)
    .map(([name, privilege]) => ({
      name,
      granted: privilege.granted,
      expiresAt: toInstant(privilege.expirationDate),
      inheritedFrom: privilege.inheritedFrom,
      inheritedVia: privilege.inheritedVia,
    }))
    .sort((a, b) => compareText(a.name, b.name));
}
