import { createKeepingAgents } from '../agents.ts';
import type { Clock } from '../model/clock.ts';
import type { Day } from '../model/instant.ts';
import type { Log } from '../model/log.ts';
import type { ApiSettings, GroupSettings } from '../model/settings.ts';
import { createApiKey } from './api-key.ts';
import { createExchange, type Exchange } from './exchange.ts';
import { createPace, type Pace } from './pace.ts';
import type { Page } from './paging.ts';
import { createClientWithin } from './read-operations.ts';
import { createRequester } from './requester.ts';
import { createScope, type ScopeLimits } from './scope.ts';
import type { WireAccount, WireConsumer, WireDescriptor } from './wire/account.ts';
import type { WireActivity } from './wire/activity.ts';
import type { WireGroup } from './wire/group.ts';
import type { WireOverallQuota } from './wire/quotas.ts';
import type { WireUsage } from './wire/usage.ts';

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
  /** What the group's earlier clients have sent counts, too; absent: there were none. */
  readonly pace?: Pace;
  /** Put around what sends each request, such as to count answers. */
  readonly around?: (exchange: Exchange) => Exchange;
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

/** Relationships of a group, and a way to name one that is not known yet. */
export type GroupRelationship = 'administrators' | 'graphs' | 'service_accounts' | 'users' | { readonly other: string };

/** Relationships of an account that lead to groups, and a way to name one that is not known yet. */
export type AccountRelationship =
  | 'api_quota_group'
  | 'groups'
  | 'groups_managed'
  | 'intelligence_quota_group'
  | 'monitor_quota_group'
  | { readonly other: string };

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
  /** One account, with the attributes that the key may see. */
  account(id: string): Promise<WireAccount>;
  /** One service account; never with its key. */
  serviceAccount(id: string): Promise<WireAccount>;
  /** Whether this client's key belongs to the account. */
  isOwnAccount(id: string, kind: 'member' | 'service_account'): Promise<boolean>;
  /** Ids that a relationship of the group leads to. */
  groupRelationship(name: GroupRelationship): Pages<WireDescriptor>;
  /** The same by the path that gives whole objects, of which only the ids are kept. */
  relatedToGroup(name: GroupRelationship): Pages<WireDescriptor>;
  /** What a relationship of an account leads to: many, one or none. Most are shown to the account's owner only. */
  accountRelationship(id: string, name: AccountRelationship): Promise<readonly WireDescriptor[]>;
  /** The same by the path that gives whole objects, of which only the ids are kept. */
  relatedToAccount(id: string, name: AccountRelationship): Promise<readonly WireDescriptor[]>;
  /** Names of all privileges that there are. */
  privilegeNames(): Promise<readonly string[]>;

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

/** A client for one group. */
export function createAuditClient(options: ClientOptions): AuditClient {
  const { api, clock, log, signal } = options;
  const agents = createKeepingAgents(api.network, api.concurrency);
  const pace = options.pace ?? createPace(clock, api.requestsPerMinute);
  const key = createApiKey(options.group);
  const exchange = createExchange({ agents, version: options.version, timeoutMs: api.timeoutSeconds * 1_000 });
  const requester = createRequester({
    exchange: options.around?.(exchange) ?? exchange,
    key,
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
    key,
    requester,
    pace,
    requestsPerMinute: api.requestsPerMinute,
    close,
  });
}
