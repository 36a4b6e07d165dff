import type { Facts, ReviewedRequest, Target } from '../model/change.ts';
import { ADMINISTRATOR_ROLE } from '../model/snapshot.ts';
import type { Write } from '../virustotal/writes.ts';
import * as writes from '../virustotal/writes.ts';
import { NO_CAP } from './facts.ts';

/** The one request that makes a change, given what the target is like now. */
export function toWrite(group: string, target: Target, before: Facts): Write {
  switch (target.kind) {
    case 'add_member':
      return writes.addMember(group, target.address);
    case 'remove_member':
      return writes.removeMember(group, target.id);
    case 'grant_administrator':
      return writes.grantAdministrator(group, target.address);
    case 'revoke_administrator':
      return toRevocation(group, target.id, before);
    case 'cap_account': {
      const daily = target.daily ?? NO_CAP;
      return before['kind'] === 'service_account'
        ? writes.capServiceAccount(group, target.id, daily)
        : writes.capMember(target.id, daily);
    }
    case 'create_service_account':
      return writes.createServiceAccount(group, target.name);
    case 'set_service_account_roles':
      return writes.setServiceAccountRoles(group, target.id, target.roles);
    case 'set_auto_join':
      return writes.setAutoJoin(group, target.patterns);
  }
}

/** The request as people review it: without encoding, key or host. */
export function toReviewedRequest({ method, path, body }: Write): ReviewedRequest {
  return { method, path: `/${path.join('/')}`, body };
}

function toRevocation(group: string, id: string, before: Facts): Write {
  const roles = before['roles'];
  if (before['kind'] === 'service_account' && Array.isArray(roles)) {
    return writes.setServiceAccountRoles(group, id, withoutAdministration(roles));
  }
  return before['administrator'] === 'role'
    ? writes.revokeAdministratorRole(group, id)
    : writes.revokeAdministrator(group, id);
}

function withoutAdministration(roles: readonly unknown[]): readonly string[] {
  return roles.filter((role) => typeof role === 'string').filter((role) => role !== ADMINISTRATOR_ROLE);
}
