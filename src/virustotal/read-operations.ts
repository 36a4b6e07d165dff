import type { z } from 'zod';
import { type Query, toAddress } from './address.ts';
import { ApiError } from './api-error.ts';
import type { ApiKey } from './api-key.ts';
import type { AccountRelationship, AuditClient, GroupRelationship, Pages, UsageRange } from './audit-client.ts';
import type { Pace } from './pace.ts';
import { PAGE_SIZE, readPages } from './paging.ts';
import type { Requester } from './requester.ts';
import { createScope, type RequestScope } from './scope.ts';
import { wireAccount, wireConsumer, wireDescriptor, wireRelated } from './wire/account.ts';
import { wireActivity } from './wire/activity.ts';
import { type WirePage, wireData, wirePage } from './wire/envelope.ts';
import { wireGroup } from './wire/group.ts';
import { wireMembership } from './wire/membership.ts';
import { wireMetadata } from './wire/metadata.ts';
import { wireOwnership } from './wire/ownership.ts';
import { wireOverallQuotas } from './wire/quotas.ts';
import { wireUsage } from './wire/usage.ts';

const MEMBER_ATTRIBUTES = 'first_name,last_name,email,last_login,user_since,status,quotas';
const SERVICE_ACCOUNT_ATTRIBUTES = 'first_name,email,user_since,status,quotas';
const ADMINISTRATOR_ATTRIBUTES = 'first_name,last_name,email,status';

/** Where only ids are wanted, one harmless attribute keeps the API from sending all of them, the caller's own key among them. */
const ID_ATTRIBUTES = 'first_name';

/** Made once: zod compiles a schema when it is first used, which takes longer than reading a page with it. */
const PAGE_OF = {
  accounts: wirePage(wireAccount),
  activities: wirePage(wireActivity),
  consumers: wirePage(wireConsumer),
  descriptors: wirePage(wireDescriptor),
} as const;

const ACCOUNT = wireData(wireAccount);
const GROUP = wireData(wireGroup);
const OVERALL_QUOTAS = wireData(wireOverallQuotas);

/** What every view of a client shares. */
export interface ClientCore {
  readonly baseUrl: string;
  readonly groupId: string;
  readonly key: ApiKey;
  readonly requester: Requester;
  readonly pace: Pace;
  readonly requestsPerMinute: number;
  close(): void;
}

/** Nothing says whether the count of this list is of consumers or of members, so it cannot tell that some are missing. */
const CONSUMERS = 'users_consuming_quota';

/** The operations, counted and limited by `scope`. */
export function createClientWithin(scope: RequestScope, core: ClientCore): AuditClient {
  const { baseUrl, groupId, key, requester, pace } = core;

  const one = <T>(operation: string, path: readonly string[], schema: z.ZodType<T>, query: Query = {}): Promise<T> =>
    requester.ask({ operation, address: toAddress(baseUrl, path, query), schema }, scope);

  const list = <T extends { readonly id: string }>(
    operation: string,
    path: readonly string[],
    page: z.ZodType<WirePage<T>>,
    query: Query = {},
  ): Pages<T> => {
    const address = toAddress(baseUrl, ['groups', groupId, ...path], { limit: PAGE_SIZE, ...query });
    return readPages(
      { operation, address, page, counted: query['filter'] === undefined && path[0] !== CONSUMERS },
      { baseUrl, requester, scope },
    );
  };

  const hasRelationship = async (operation: string, relationship: string, id: string): Promise<boolean> => {
    try {
      return await one(operation, ['groups', groupId, 'relationships', relationship, id], wireMembership);
    } catch (error) {
      // What is answered for an account that is not one is not documented: `false`, or that there is no such thing.
      if (error instanceof ApiError && error.kind === 'not_found') return false;
      throw error;
    }
  };

  const isOwnAccount = async (id: string, kind: 'member' | 'service_account'): Promise<boolean> => {
    const path = [kind === 'member' ? 'users' : 'service_accounts', id];
    try {
      return await one('tell whose key it is', path, wireOwnership(key.reveal()), { attributes: 'apikey' });
    } catch (error) {
      // One's own account can always be read.
      if (error instanceof ApiError && (error.kind === 'not_found' || error.kind === 'forbidden')) return false;
      throw error;
    }
  };

  return {
    group: () => one("read the group's quotas and privileges", ['groups', groupId], GROUP),
    groupUsage: (range) =>
      one("read the group's use of the API", ['groups', groupId, 'api_usage'], wireUsage, toUsageQuery(range)),
    accountUsage: (id, range) =>
      one("read an account's use of the API", ['users', id, 'api_usage'], wireUsage, toUsageQuery(range)),
    members: () => list('list the members', ['users'], PAGE_OF.accounts, { attributes: MEMBER_ATTRIBUTES }),
    membersByTwoFactor: (enabled) =>
      list(`list the members ${enabled} two-factor authentication`, ['users'], PAGE_OF.accounts, {
        attributes: ID_ATTRIBUTES,
        filter: `2fa_enabled:${enabled === 'with'}`,
      }),
    administrators: () =>
      list('list the administrators', ['administrators'], PAGE_OF.accounts, { attributes: ADMINISTRATOR_ATTRIBUTES }),
    serviceAccounts: () =>
      list('list the service accounts', ['service_accounts'], PAGE_OF.accounts, {
        attributes: SERVICE_ACCOUNT_ATTRIBUTES,
      }),
    memberRoles: () => list("list the members' roles", ['relationships', 'users'], PAGE_OF.descriptors),
    serviceAccountRoles: () =>
      list("list the service accounts' roles", ['relationships', 'service_accounts'], PAGE_OF.descriptors),
    isAdministrator: (id) => hasRelationship('check whether an account is an administrator', 'administrators', id),
    isMember: (id) => hasRelationship('check whether an account is a member', 'users', id),
    usersConsumingQuota: ({ quota, period }) =>
      list(`list who consumed ${quota} in ${period}`, [CONSUMERS, quota], PAGE_OF.consumers, {
        period,
        order: 'desc',
        attributes: ID_ATTRIBUTES,
      }),
    overallQuotas: (id) => one("read an account's quotas", ['users', id, 'overall_quotas'], OVERALL_QUOTAS),
    activityLog: ({ from }) =>
      list('read the activity log', ['activity_log_entries'], PAGE_OF.activities, {
        relationships: 'user',
        attributes: 'action,date,info',
        // A "+" behind a date means "from"; URLSearchParams writes it as %2B, which it must be.
        ...(from === null ? {} : { filter: `date:${from}+` }),
      }),
    account: (id) => one('read an account', ['users', id], ACCOUNT, { attributes: MEMBER_ATTRIBUTES }),
    serviceAccount: (id) =>
      one('read a service account', ['service_accounts', id], ACCOUNT, {
        attributes: SERVICE_ACCOUNT_ATTRIBUTES,
      }),
    isOwnAccount,
    groupRelationship: (name) =>
      list('read a relationship of the group', ['relationships', toName(name)], PAGE_OF.descriptors),
    relatedToGroup: (name) =>
      list('read what is related to the group', [toName(name)], PAGE_OF.descriptors, { attributes: ID_ATTRIBUTES }),
    accountRelationship: (id, name) =>
      one('read a relationship of an account', ['users', id, 'relationships', toName(name)], wireRelated, {
        limit: PAGE_SIZE,
      }),
    relatedToAccount: (id, name) =>
      one('read what is related to an account', ['users', id, toName(name)], wireRelated, { limit: PAGE_SIZE }),
    privilegeNames: () => one("read the service's metadata", ['metadata'], wireMetadata),
    limitedTo: (limits) => createClientWithin(createScope(limits, scope), core),
    limitHourly: (allowed) => pace.limitHourly(allowed),
    requestsPerMinute: core.requestsPerMinute,
    get requestsMade() {
      return scope.made;
    },
    get quotaRefused() {
      return requester.quotaRefused;
    },
    close: () => core.close(),
  };
}

/** The API takes `YYYYMMDD` and answers `YYYY-MM-DD`. */
function toUsageQuery({ from, to }: UsageRange): Query {
  return { start_date: from.replaceAll('-', ''), end_date: to.replaceAll('-', '') };
}

function toName(relationship: GroupRelationship | AccountRelationship): string {
  return typeof relationship === 'string' ? relationship : relationship.other;
}
