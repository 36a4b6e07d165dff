import type { z } from 'zod';
import type { Clock } from '../model/clock.ts';
import type { Day } from '../model/instant.ts';
import type { Log } from '../model/log.ts';
import type { ApiSettings, GroupSettings } from '../model/settings.ts';
import { type Query, toAddress } from './address.ts';
import { createAgents } from './agent.ts';
import { ApiError } from './api-error.ts';
import { createApiKey } from './api-key.ts';
import { createExchange } from './exchange.ts';
import { createPace, type Pace } from './pace.ts';
import { PAGE_SIZE, type Page, readPages } from './paging.ts';
import { createRequester, type Requester } from './requester.ts';
import { createScope, type RequestScope, type ScopeLimits } from './scope.ts';
import {
  type WireAccount,
  type WireConsumer,
  type WireDescriptor,
  wireAccount,
  wireConsumer,
  wireDescriptor,
} from './wire/account.ts';
import { type WireActivity, wireActivity } from './wire/activity.ts';
import { wireData } from './wire/envelope.ts';
import { type WireGroup, wireGroup } from './wire/group.ts';
import { wireMembership } from './wire/membership.ts';
import { type WireOverallQuota, wireOverallQuotas } from './wire/quotas.ts';
import { type WireUsage, wireUsage } from './wire/usage.ts';

/** What a client is made of. */
export interface ClientOptions {
  readonly api: ApiSettings;
  readonly group: Pick<GroupSettings, 'id' | 'apiKey' | 'apiKeyFile'>;
  readonly clock: Clock;
  readonly log: Log;
  /** vt-auditor's version, for the user agent. */
  readonly version: string;
  /** Aborts everything that is waiting or in flight. */
  readonly signal?: AbortSignal;
}

/** Days, both included; at most 30 of them, none older than 60 days. */
export interface UsageRange {
  readonly from: Day;
  readonly to: Day;
}

/** Whose consumption of which quota is asked for. */
export interface ConsumersQuestion {
  readonly quota: string;
  /** A month (`YYYY-MM`), or for the `api_requests` quotas also a day (`YYYY-MM-DD`); this month and the two before it can be asked for. */
  readonly period: string;
}

/** Which entries of the activity log are asked for. */
export interface ActivityQuestion {
  /** The first day that is wanted; null: from the beginning. */
  readonly from: Day | null;
}

/** Pages of a list, read one by one as they are asked for. */
export type Pages<T> = AsyncIterable<Page<T>>;

/**
 * The API as an audit may use it: everything reads, nothing writes. Bound to one group and its key. Every method rejects with
 * `ApiError` and with nothing else that the API or the network could cause. No answer keeps a field that is not named in `wire/`.
 */
export interface AuditClient {
  /** The group's quotas, privileges and automatic joining. */
  group(): Promise<WireGroup>;
  /** The group's API calls by day and endpoint. Only administrators get an answer; free of charge. */
  groupUsage(range: UsageRange): Promise<WireUsage>;
  /** A user's or service account's API calls by day and endpoint. */
  accountUsage(id: string, range: UsageRange): Promise<WireUsage>;
  /** Members with the attributes that the key may see. */
  members(): Pages<WireAccount>;
  /** Ids of members with, or without, a second factor. The attribute itself is shown to its owner only. */
  membersByTwoFactor(enabled: 'with' | 'without'): Pages<WireAccount>;
  /** Administrators by relationship. */
  administrators(): Pages<WireAccount>;
  /** Service accounts; never with their keys. */
  serviceAccounts(): Pages<WireAccount>;
  /** Ids of members, with their roles where the API shows them. */
  memberRoles(): Pages<WireDescriptor>;
  /** Ids of service accounts, with their roles where the API shows them. */
  serviceAccountRoles(): Pages<WireDescriptor>;
  /** Whether an account is an administrator by relationship. */
  isAdministrator(id: string): Promise<boolean>;
  /** Whether an account is a member. */
  isMember(id: string): Promise<boolean>;
  /** Who used a quota of the group, most first. */
  usersConsumingQuota(question: ConsumersQuestion): Pages<WireConsumer>;
  /** An account's quotas beside the pools that it draws on. Free of charge. */
  overallQuotas(id: string): Promise<Readonly<Record<string, WireOverallQuota>>>;
  /** Changes of members, administrators and service accounts, and who made them. Some licences do not show it. */
  activityLog(question: ActivityQuestion): Pages<WireActivity>;

  /** The same client under further limits, with a count of its own. */
  limitedTo(limits: ScopeLimits): AuditClient;
  /** Never more than a tenth of the group's hourly allowance in any hour, and never fewer than 60 requests. */
  limitHourly(allowed: number): void;
  /** The rate that it keeps to. */
  readonly requestsPerMinute: number;
  /** Requests sent, retries included. */
  readonly requestsMade: number;
  /** Whether the API refused us for the group's quota, even after the minute. */
  readonly quotaRefused: boolean;
  /** Closes the connections. */
  close(): void;
}

const MEMBER_ATTRIBUTES = 'first_name,last_name,email,last_login,user_since,status,quotas';
const SERVICE_ACCOUNT_ATTRIBUTES = 'first_name,email,user_since,status,quotas';
const ADMINISTRATOR_ATTRIBUTES = 'first_name,last_name,email';

/** Where only ids are wanted, one harmless attribute keeps the API from sending all of them, the caller's own key among them. */
const ID_ATTRIBUTES = 'first_name';

/** A client for one group. */
export function createAuditClient(options: ClientOptions): AuditClient {
  const { api, clock, log, signal } = options;
  const agents = createAgents(api.network, api.concurrency);
  const pace = createPace(clock, api.requestsPerMinute);
  const requester = createRequester({
    exchange: createExchange({ agents, version: options.version, timeoutMs: api.timeoutSeconds * 1_000 }),
    key: createApiKey(options.group),
    pace,
    concurrency: api.concurrency,
    clock,
    log,
    signal,
  });
  const close = (): void => {
    requester.close();
    agents.close();
  };
  return createClientWithin(createScope(), {
    baseUrl: api.baseUrl,
    groupId: options.group.id,
    requester,
    pace,
    requestsPerMinute: api.requestsPerMinute,
    close,
  });
}

/** What every view of a client shares. */
interface ClientCore {
  readonly baseUrl: string;
  readonly groupId: string;
  readonly requester: Requester;
  readonly pace: Pace;
  readonly requestsPerMinute: number;
  close(): void;
}

function createClientWithin(scope: RequestScope, core: ClientCore): AuditClient {
  const { baseUrl, groupId, requester, pace } = core;

  const one = <T>(operation: string, path: readonly string[], schema: z.ZodType<T>, query: Query = {}): Promise<T> =>
    requester.ask({ operation, address: toAddress(baseUrl, path, query), schema }, scope);

  const list = <T extends { readonly id: string }>(
    operation: string,
    path: readonly string[],
    element: z.ZodType<T>,
    query: Query = {},
  ): Pages<T> => {
    const address = toAddress(baseUrl, ['groups', groupId, ...path], { limit: PAGE_SIZE, ...query });
    return readPages(
      { operation, address, element, counted: query['filter'] === undefined },
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

  return {
    group: () => one("read the group's quotas and privileges", ['groups', groupId], wireData(wireGroup)),
    groupUsage: (range) =>
      one("read the group's use of the API", ['groups', groupId, 'api_usage'], wireUsage, toUsageQuery(range)),
    accountUsage: (id, range) =>
      one("read an account's use of the API", ['users', id, 'api_usage'], wireUsage, toUsageQuery(range)),
    members: () => list('list the members', ['users'], wireAccount, { attributes: MEMBER_ATTRIBUTES }),
    membersByTwoFactor: (enabled) =>
      list(`list the members ${enabled} two-factor authentication`, ['users'], wireAccount, {
        attributes: ID_ATTRIBUTES,
        filter: `2fa_enabled:${enabled === 'with'}`,
      }),
    administrators: () =>
      list('list the administrators', ['administrators'], wireAccount, { attributes: ADMINISTRATOR_ATTRIBUTES }),
    serviceAccounts: () =>
      list('list the service accounts', ['service_accounts'], wireAccount, { attributes: SERVICE_ACCOUNT_ATTRIBUTES }),
    memberRoles: () => list("list the members' roles", ['relationships', 'users'], wireDescriptor),
    serviceAccountRoles: () =>
      list("list the service accounts' roles", ['relationships', 'service_accounts'], wireDescriptor),
    isAdministrator: (id) => hasRelationship('check whether an account is an administrator', 'administrators', id),
    isMember: (id) => hasRelationship('check whether an account is a member', 'users', id),
    usersConsumingQuota: ({ quota, period }) =>
      list(`list who consumed ${quota} in ${period}`, ['users_consuming_quota', quota], wireConsumer, {
        period,
        order: 'desc',
        attributes: ID_ATTRIBUTES,
      }),
    overallQuotas: (id) =>
      one("read an account's quotas", ['users', id, 'overall_quotas'], wireData(wireOverallQuotas)),
    activityLog: ({ from }) =>
      list('read the activity log', ['activity_log_entries'], wireActivity, {
        relationships: 'user',
        attributes: 'action,date,info',
        // A "+" behind a date means "from"; URLSearchParams writes it as %2B, which it must be.
        ...(from === null ? {} : { filter: `date:${from}+` }),
      }),
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
