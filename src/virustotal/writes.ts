import { ADMINISTRATOR_ROLE } from '../model/snapshot.ts';

/**
 * A request that changes something: what a person is shown before it is sent, what is recorded, and what is sent. It holds no key and
 * no password.
 */
export interface Write {
  /** In words that complete "could not ...": `remove a member`. */
  readonly operation: string;
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  /** Parts of the path below the base address, not encoded. */
  readonly path: readonly string[];
  /** Plain JSON; null: none. */
  readonly body: unknown;
}

/** Adds somebody by address; who has no account is invited (https://docs.virustotal.com/docs/admins-guide). */
export function addMember(group: string, address: string): Write {
  return {
    operation: 'add a member',
    method: 'POST',
    path: ['groups', group, 'relationships', 'users'],
    body: { data: [{ type: 'user', id: address }] },
  };
}

/** Removes a member by id. The account, and its key, live on outside the group. */
export function removeMember(group: string, id: string): Write {
  return {
    operation: 'remove a member',
    method: 'DELETE',
    path: ['groups', group, 'relationships', 'users', id],
    body: null,
  };
}

/** Makes a member an administrator, by address. */
export function grantAdministrator(group: string, address: string): Write {
  return {
    operation: 'grant administration rights',
    method: 'POST',
    path: ['groups', group, 'relationships', 'administrators'],
    body: { data: [{ type: 'user', id: address }] },
  };
}

/** Ends administration by relationship, by id; the membership stays. */
export function revokeAdministrator(group: string, id: string): Write {
  return {
    operation: 'revoke administration rights',
    method: 'DELETE',
    path: ['groups', group, 'relationships', 'administrators', id],
    body: null,
  };
}

/** Ends administration by role, by id (https://docs.virustotal.com/docs/admins-guide, 2026). Other roles stay. */
export function revokeAdministratorRole(group: string, id: string): Write {
  return {
    operation: 'revoke the role of an administrator',
    method: 'PATCH',
    path: ['groups', group, 'relationships', 'users'],
    body: { data: [{ type: 'user', id, context_attributes: { remove_roles: [ADMINISTRATOR_ROLE] } }] },
  };
}

/** Replaces all roles of a service account: the vendor knows no way to take a single one. */
export function setServiceAccountRoles(group: string, id: string, roles: readonly string[]): Write {
  return {
    operation: "change a service account's roles",
    method: 'PATCH',
    path: ['groups', group, 'relationships', 'service_accounts'],
    body: { data: [{ type: 'service_account', id, context_attributes: { roles } }] },
  };
}

/** Caps a member's API requests a day. */
export function capMember(id: string, daily: number): Write {
  return {
    operation: "cap a member's API requests",
    method: 'PATCH',
    path: ['users', id],
    body: { data: { type: 'user', attributes: { quotas: { api_requests_daily: { allowed: daily } } } } },
  };
}

/** Caps a service account's API requests a day. */
export function capServiceAccount(group: string, id: string, daily: number): Write {
  return {
    operation: "cap a service account's API requests",
    method: 'PATCH',
    path: ['groups', group, 'relationships', 'service_accounts'],
    body: {
      data: [
        {
          type: 'service_account',
          id,
          context_attributes: { quota_limits: { api_requests_daily: { allowed: daily } } },
        },
      ],
    },
  };
}

/** Creates a service account; the API puts the group's id and an underscore before the name. */
export function createServiceAccount(group: string, name: string): Write {
  return {
    operation: 'create a service account',
    method: 'POST',
    path: ['groups', group, 'relationships', 'service_accounts'],
    body: { data: [{ type: 'service_account', id: name }] },
  };
}

/** Replaces the addresses and patterns whose owners join by signing up. */
export function setAutoJoin(group: string, patterns: readonly string[]): Write {
  return {
    operation: 'set who joins by signing up',
    method: 'PATCH',
    path: ['groups', group],
    body: { data: { type: 'group', attributes: { auto_add_users: patterns } } },
  };
}
