import { listLogEntries } from './activity-log.ts';
import { listConsumers } from './consumers.ts';
import type { Handler } from './exchange.ts';
import { checkMembership, listDescriptors, listRelated, readGroup } from './group-reads.ts';
import {
  addAdministrators,
  addUsers,
  createServiceAccounts,
  removeAdministrator,
  removeUser,
  updateGroup,
  updateServiceAccountRoles,
  updateUserRoles,
} from './group-writes.ts';
import { readMetadata } from './metadata.ts';
import { readGroupUsage, readUserUsage } from './usage-reads.ts';
import {
  readOverallQuotas,
  readServiceAccount,
  readUser,
  readUserDescriptors,
  readUserRelationship,
} from './user-reads.ts';
import { deleteUser, updateUser } from './user-writes.ts';

/** An operation of the API. A part in braces is variable. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly handle: Handler;
}

/** Every operation. The first that fits answers: the specific ones stand before the catch-alls. */
export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/metadata', handle: readMetadata },
  { method: 'GET', path: '/groups/{group}', handle: readGroup },
  { method: 'GET', path: '/groups/{group}/api_usage', handle: readGroupUsage },
  { method: 'GET', path: '/groups/{group}/activity_log_entries', handle: listLogEntries },
  { method: 'GET', path: '/groups/{group}/users_consuming_quota/{quota}', handle: listConsumers },
  { method: 'GET', path: '/groups/{group}/relationships/{relationship}', handle: listDescriptors },
  { method: 'GET', path: '/groups/{group}/relationships/{relationship}/{user}', handle: checkMembership },
  { method: 'GET', path: '/groups/{group}/{relationship}', handle: listRelated },
  { method: 'GET', path: '/service_accounts/{account}', handle: readServiceAccount },
  { method: 'GET', path: '/users/{user}', handle: readUser },
  { method: 'GET', path: '/users/{user}/api_usage', handle: readUserUsage },
  { method: 'GET', path: '/users/{user}/overall_quotas', handle: readOverallQuotas },
  { method: 'GET', path: '/users/{user}/relationships/{relationship}', handle: readUserDescriptors },
  { method: 'GET', path: '/users/{user}/{relationship}', handle: readUserRelationship },
  { method: 'PATCH', path: '/groups/{group}', handle: updateGroup },
  { method: 'POST', path: '/groups/{group}/relationships/administrators', handle: addAdministrators },
  { method: 'DELETE', path: '/groups/{group}/relationships/administrators/{user}', handle: removeAdministrator },
  { method: 'POST', path: '/groups/{group}/relationships/users', handle: addUsers },
  { method: 'PATCH', path: '/groups/{group}/relationships/users', handle: updateUserRoles },
  { method: 'DELETE', path: '/groups/{group}/relationships/users/{user}', handle: removeUser },
  { method: 'POST', path: '/groups/{group}/relationships/service_accounts', handle: createServiceAccounts },
  { method: 'PATCH', path: '/groups/{group}/relationships/service_accounts', handle: updateServiceAccountRoles },
  { method: 'PATCH', path: '/users/{user}', handle: updateUser },
  { method: 'DELETE', path: '/users/{user}', handle: deleteUser },
];

/** The route of a request with the variable parts of its path; null when the API has none. */
export function findRoute(
  method: string,
  path: string,
): { readonly route: Route; readonly parts: Readonly<Record<string, string>> } | null {
  const given = path.split('/');
  for (const route of ROUTES) {
    if (route.method !== method) continue;
    const parts = match(route.path.split('/'), given);
    if (parts !== null) return { route, parts };
  }
  return null;
}

function match(pattern: readonly string[], given: readonly string[]): Readonly<Record<string, string>> | null {
  if (pattern.length !== given.length) return null;
  const parts: Record<string, string> = {};
  for (const [index, wanted] of pattern.entries()) {
    const text = given[index] ?? '';
    if (wanted.startsWith('{') && text !== '') parts[wanted.slice(1, -1)] = decode(text);
    else if (wanted !== text) return null;
  }
  return parts;
}

/** A percent sign that is no escape stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
