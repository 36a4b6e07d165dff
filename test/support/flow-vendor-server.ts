// A server of the vendor's documented shape, written from the documentation alone and sharing nothing with the simulator in src: what
// both misread, neither would show.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Scope } from './flow-program.ts';

const DAY_MS = 86_400_000;
const MAX_LIMIT = 40;
const DEFAULT_LIMIT = 10;
const ADMINISTRATOR_ROLE = 'USER_ROLE_GROUP_ADMIN';

/** A member of a group. */
export interface VendorMember {
  readonly id: string;
  readonly email?: string;
  readonly name?: string;
  readonly twoFactor: boolean;
  /** Absent: never signed in. */
  readonly lastLogin?: number;
  /** Absent: the relationship shows no roles for this account. */
  readonly roles?: readonly string[];
  /** The element carries an error and no attributes. */
  readonly broken?: boolean;
}

/** A service account of a group. */
export interface VendorServiceAccount {
  readonly id: string;
  readonly apiKey: string;
  readonly roles?: readonly string[];
}

/** Calls of one account on one day, counted back from today. */
export interface VendorSpike {
  readonly daysAgo: number;
  readonly account: string;
  readonly endpoint: string;
  readonly calls: number;
}

/** A group and the two keys that know it. */
export interface VendorGroup {
  readonly id: string;
  readonly key: string;
  /** Whose key it is. */
  readonly keyOwner: string;
  /** A plain member's key; the answers to it hide what only administrators see. */
  readonly memberKey?: string;
  readonly memberKeyOwner?: string;
  readonly members: readonly VendorMember[];
  readonly administrators: readonly string[];
  readonly serviceAccounts: readonly VendorServiceAccount[];
  readonly quotas: Readonly<Record<string, { readonly allowed: number; readonly used: number }>>;
  readonly autoAddUsers: readonly string[];
  readonly spike: VendorSpike | null;
  /** The server gives no more than this at once, whatever the limit. */
  readonly pageCap?: number;
  /** Service accounts are listed among the users as well. */
  readonly machinesAmongUsers?: boolean;
}

/** What is asked for, in the words of the sections that need it. */
export type VendorList =
  | 'group'
  | 'members'
  | 'membersWithout2fa'
  | 'administrators'
  | 'roles'
  | 'serviceAccounts'
  | 'groupUsage'
  | 'consumption'
  | 'peakDays';

/** What goes wrong with a list. */
export type VendorFault =
  | { readonly kind: 'status'; readonly status: number; readonly code: string; readonly retryAfter?: number }
  | { readonly kind: 'reset' }
  /** A page of another system, which repeats the key that it was sent. */
  | { readonly kind: 'html' }
  /** The last rows are missing and nothing leads to them; the count stays. */
  | { readonly kind: 'cutShort' }
  | { readonly kind: 'cutBody' }
  | { readonly kind: 'emptyPage' }
  | { readonly kind: 'ignoredFilter' }
  | { readonly kind: 'repeatedCursor' }
  | { readonly kind: 'foreignNext'; readonly origin: string };

/** A request that arrived. */
export interface VendorRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly key: string | null;
  readonly headers: IncomingMessage['headers'];
}

/** The server. */
export interface VendorServer {
  readonly baseUrl: string;
  readonly requests: readonly VendorRequest[];
  /** Faults by group and list. */
  setFault(group: string, list: VendorList, fault: VendorFault | null): void;
  /** Replaces a group. */
  setGroup(group: VendorGroup): void;
}

interface Attributes {
  readonly [name: string]: unknown;
}

interface Row {
  readonly type: string;
  readonly id: string;
  readonly attributes?: Attributes;
  readonly [name: string]: unknown;
}

interface Asked {
  readonly group: VendorGroup;
  readonly byAdministrator: boolean;
  readonly caller: string;
  readonly key: string;
  readonly url: URL;
  readonly fault: VendorFault | null;
}

/** Starts the server on loopback; it ends with its scope. */
export async function startVendorServer(scope: Scope, groups: readonly VendorGroup[]): Promise<VendorServer> {
  const known = new Map(groups.map((group) => [group.id, group]));
  const faults = new Map<string, VendorFault>();
  const requests: VendorRequest[] = [];
  const server = createServer((request, response) => {
    const key = request.headers['x-apikey'];
    requests.push({
      method: request.method ?? '',
      target: request.url ?? '',
      key: typeof key === 'string' ? key : null,
      headers: request.headers,
    });
    answer(request, response, { known, faults, baseUrl: baseUrl() });
  });
  // A client on a busy machine may come back to a connection late: it would find it closed, and ask again.
  server.keepAliveTimeout = 0;
  const baseUrl = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  scope.after(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return {
    baseUrl: baseUrl(),
    requests,
    setFault(group, list, fault) {
      if (fault === null) faults.delete(`${group} ${list}`);
      else faults.set(`${group} ${list}`, fault);
    },
    setGroup: (group) => void known.set(group.id, group),
  };
}

interface Serving {
  readonly known: ReadonlyMap<string, VendorGroup>;
  readonly faults: ReadonlyMap<string, VendorFault>;
  readonly baseUrl: string;
}

function answer(request: IncomingMessage, response: ServerResponse, { known, faults, baseUrl }: Serving): void {
  const url = new URL(request.url ?? '/', baseUrl);
  const key = request.headers['x-apikey'];
  if (typeof key !== 'string')
    return refuse(response, 401, 'AuthenticationRequiredError', 'X-Apikey header is missing');
  const [, , , collection, groupId, ...path] = url.pathname.split('/').map(decodeURIComponent);
  const group = known.get(groupId ?? '');
  if (![...known.values()].some((each) => each.key === key || each.memberKey === key)) {
    return refuse(response, 401, 'WrongCredentialsError', `Wrong API key: ${key}`);
  }
  if (collection !== 'groups' || group === undefined)
    return refuse(response, 404, 'NotFoundError', `"${groupId}" not found, asked with ${key}`);
  if (request.method !== 'GET') return refuse(response, 403, 'ForbiddenError', 'this server is only read');
  const list = listOf(path, url);
  const byAdministrator = group.key === key;
  if (!byAdministrator && group.memberKey !== key)
    return refuse(response, 403, 'ForbiddenError', 'You are not authorized to perform the requested operation');
  const caller = byAdministrator ? group.keyOwner : (group.memberKeyOwner ?? '');
  const fault = list === null ? null : (faults.get(`${group.id} ${list}`) ?? null);
  if (fault !== null && spoil(response, fault, key)) return;
  serve(request, response, path, { group, byAdministrator, caller, key, url, fault });
}

/** Which list is asked for. The busiest days and today are told apart by the period. */
function listOf(path: readonly string[], url: URL): VendorList | null {
  const [first, second] = path;
  if (first === undefined) return 'group';
  if (first === 'users') return url.searchParams.has('filter') ? 'membersWithout2fa' : 'members';
  if (first === 'administrators') return 'administrators';
  if (first === 'service_accounts') return 'serviceAccounts';
  if (first === 'api_usage') return 'groupUsage';
  if (first === 'relationships') return second === 'administrators' ? null : 'roles';
  if (first !== 'users_consuming_quota') return null;
  const today = dayOf(0);
  const period = url.searchParams.get('period') ?? today.slice(0, 7);
  return period === today || period === today.slice(0, 7) ? 'consumption' : 'peakDays';
}

/** Answers with a fault that leaves nothing of the right answer; false for the others. */
function spoil(response: ServerResponse, fault: VendorFault, key: string): boolean {
  if (fault.kind === 'status') {
    if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter);
    refuse(response, fault.status, fault.code, `no answer for key ${key}`);
  } else if (fault.kind === 'reset') {
    response.socket?.resetAndDestroy();
  } else if (fault.kind === 'html') {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<html><body>Sign in. Your request had the header X-Apikey: ${key}</body></html>`);
  } else return false;
  return true;
}

/** Errors are never compressed, and repeat more than they should. */
function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ error: { code, message, debug: { trace: 'f00' } } }));
}

function serve(request: IncomingMessage, response: ServerResponse, path: readonly string[], asked: Asked): void {
  const { group, byAdministrator, fault } = asked;
  const [first, second, third] = path;
  const send = (body: object): void => sendJson(request, response, body, fault);
  const forbidden = (): void =>
    refuse(response, 403, 'ForbiddenError', 'You are not authorized to perform the requested operation');
  if (first === undefined) return send({ data: groupObject(asked), request_id: 'r-1' });
  if (first === 'users') return page(response, send, asked, selectUsers(asked), 'users');
  if (first === 'administrators')
    return page(
      response,
      send,
      asked,
      group.administrators.map((id) => accountRow(id, asked)),
      'administrators',
    );
  if (first === 'service_accounts')
    return page(
      response,
      send,
      asked,
      group.serviceAccounts.map((account) => machineRow(account, asked)),
      'service_accounts',
    );
  if (first === 'api_usage') return byAdministrator ? usage(response, send, asked) : forbidden();
  if (first === 'users_consuming_quota')
    return byAdministrator
      ? page(response, send, asked, consumers(second ?? '', asked), `users_consuming_quota/${second}`)
      : forbidden();
  if (first === 'relationships' && second === 'administrators' && third !== undefined)
    return send({ data: group.administrators.some((id) => id === third) });
  if (first === 'relationships' && second !== undefined)
    return page(response, send, asked, descriptors(second, asked), `relationships/${second}`);
  refuse(response, 404, 'NotFoundError', `"${path.join('/')}" not found`);
}

function sendJson(request: IncomingMessage, response: ServerResponse, body: object, fault: VendorFault | null): void {
  const text = JSON.stringify(body);
  const mayZip =
    /gzip/.test(request.headers['user-agent'] ?? '') && /gzip/.test(request.headers['accept-encoding'] ?? '');
  const bytes = mayZip ? gzipSync(text) : Buffer.from(text);
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'x-cloud-trace-context': 'abc/1',
    ...(mayZip && { 'content-encoding': 'gzip' }),
  });
  response.end(fault?.kind === 'cutBody' ? bytes.subarray(0, Math.floor(bytes.length / 2)) : bytes);
}

/** Pages are of the size asked for, 10 by default, never more than 40; a cursor is good for its list only. */
function page(
  response: ServerResponse,
  send: (body: object) => void,
  { group, url, fault }: Asked,
  rows: readonly Row[],
  path: string,
): void {
  const limit = Number(url.searchParams.get('limit') ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    return refuse(response, 400, 'InvalidArgumentError', `limit must be at most ${MAX_LIMIT}`);
  const cursor = url.searchParams.get('cursor');
  const from = cursor === null ? 0 : fromCursor(cursor, path);
  if (from === null) return refuse(response, 400, 'BadRequestError', 'Invalid cursor');
  const size = Math.min(limit, group.pageCap ?? MAX_LIMIT);
  const wanted = fault?.kind === 'emptyPage' ? [] : rows.slice(from, from + size);
  const isShort = fault?.kind === 'cutShort' || fault?.kind === 'emptyPage';
  const data = fault?.kind === 'cutShort' ? wanted.slice(0, Math.floor(wanted.length / 2)) : wanted;
  const after = fault?.kind === 'repeatedCursor' ? from : from + size;
  const hasNext =
    !isShort && (after < rows.length || fault?.kind === 'repeatedCursor' || fault?.kind === 'foreignNext');
  const next = new URL(url);
  next.searchParams.set('cursor', toCursor(after, path));
  const origin = fault?.kind === 'foreignNext' ? fault.origin : url.origin;
  send({
    data,
    links: {
      self: url.href,
      ...(hasNext && { next: `${origin}${next.pathname}${next.search}` }),
    },
    meta: {
      ...(path.startsWith('users_consuming_quota') ? {} : { count: rows.length }),
      ...(hasNext && { cursor: toCursor(after, path) }),
      days_back: 3,
    },
  });
}

function toCursor(offset: number, path: string): string {
  return Buffer.from(`${offset}:${path}`).toString('base64url');
}

function fromCursor(cursor: string, path: string): number | null {
  const [offset, of] = Buffer.from(cursor, 'base64url').toString().split(':');
  return of === path && /^\d+$/.test(offset ?? '') ? Number(offset) : null;
}

function groupObject({ group, byAdministrator, url }: Asked): object {
  const inAYear = Math.floor(Date.now() / 1000) + 365 * 86_400;
  return {
    type: 'group',
    id: group.id,
    links: { self: url.href },
    attributes: {
      ...(byAdministrator && { auto_add_users: group.autoAddUsers }),
      domain_name: 'larkspur.example',
      organization: 'Larkspur Foods',
      contact_emails: ['it@larkspur.example'],
      group_token: 'not-for-anybody',
      preferences: { graph: { last_visit: 1_597_683_192_814 } },
      privileges: {
        intelligence: { granted: true, expiration_date: inAYear },
        livehunt: { granted: true, inherited_from: 'intelligence', inherited_via: 'privilege' },
        'file-feed': { granted: false },
        'big-files': { granted: true, expiration_date: 0 },
      },
      quotas: group.quotas,
      quota_usage_by_user: {},
    },
    context_attributes: { role: byAdministrator ? 'admin' : 'user' },
  };
}

function selectUsers(asked: Asked): readonly Row[] {
  const { group, url, fault } = asked;
  const filter = fault?.kind === 'ignoredFilter' ? null : url.searchParams.get('filter');
  const people = group.members
    .filter(({ twoFactor }) => filter === null || filter === `2fa_enabled:${twoFactor}`)
    .map((member) => memberRow(member, asked));
  const machines = group.machinesAmongUsers === true && filter === null ? group.serviceAccounts : [];
  return [...people, ...machines.map((account) => machineRow(account, asked))];
}

function memberRow(member: VendorMember, { group, byAdministrator, caller, key, url }: Asked): Row {
  const { id } = member;
  if (member.broken === true)
    return { type: 'user', id, error: { code: 'NotFoundError', message: `User "${id}" not found` } };
  const isSelf = id === caller;
  const all: Attributes = {
    first_name: member.name ?? '',
    last_name: 'Larkspur',
    ...((byAdministrator || isSelf) && {
      ...(member.email !== undefined && { email: member.email }),
      ...(member.lastLogin !== undefined && { last_login: member.lastLogin }),
      quotas: {
        api_requests_daily: { allowed: 1_000_000_000, used: 3 },
        intelligence_searches_monthly: { allowed: 0, used: 7 },
      },
    }),
    status: 'active',
    reputation: 1,
    user_since: 1_650_000_000,
    profile_phrase: '=HYPERLINK("x")',
    badge: { colour: 'teal' },
  };
  return {
    type: 'user',
    id,
    links: { self: `${url.origin}/api/v3/users/${id}` },
    attributes: { ...chosen(all, url), ...(isSelf && { apikey: key, has_2fa: member.twoFactor }) },
    ...(id.length % 2 === 0 && { context_attributes: { added_by: group.keyOwner } }),
  };
}

function machineRow({ id, apiKey }: VendorServiceAccount, { byAdministrator, url }: Asked): Row {
  const all: Attributes = {
    first_name: id.split('_').at(-1) ?? id,
    status: 'active',
    user_since: 1_690_000_000,
    // As with people: the address and the quotas are for administrators.
    ...(byAdministrator && {
      email: `${id.replace('_', '.')}@larkspur.example`,
      quotas: { api_requests_daily: { allowed: 1_000_000_000, used: 900 } },
      privileges: { intelligence: { granted: true } },
    }),
  };
  // The key comes with every such object, whatever attributes were asked for.
  const attributes = { ...chosen(all, url), ...(byAdministrator && { apikey: apiKey }) };
  return { type: 'service_account', id, links: { self: `${url.origin}/api/v3/users/${id}` }, attributes };
}

/** An administrator, who may be a member or a service account. */
function accountRow(id: string, asked: Asked): Row {
  const machine = asked.group.serviceAccounts.find((account) => account.id === id);
  if (machine !== undefined) return machineRow(machine, asked);
  const member = asked.group.members.find((each) => each.id === id);
  return memberRow(member ?? { id, twoFactor: true }, asked);
}

function chosen(attributes: Attributes, url: URL): Attributes {
  const wanted = url.searchParams.get('attributes')?.split(',');
  if (wanted === undefined) return attributes;
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => wanted.includes(name)));
}

/** Ids; roles only for accounts that have the field. */
function descriptors(relationship: string, { group }: Asked): readonly Row[] {
  if (relationship === 'users')
    return [...group.members, ...(group.machinesAmongUsers === true ? group.serviceAccounts : [])].map(
      ({ id, roles }) => ({
        type: 'user',
        id,
        ...(roles !== undefined && { context_attributes: { roles } }),
      }),
    );
  if (relationship === 'service_accounts')
    return group.serviceAccounts.map(({ id, roles, apiKey }) => ({
      type: 'service_account',
      id,
      context_attributes: { ...(roles !== undefined && { roles }), apikey: apiKey },
    }));
  return group.administrators.map((id) => ({ type: 'user', id, context_attributes: { roles: [ADMINISTRATOR_ROLE] } }));
}

function dayOf(daysAgo: number): string {
  return new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10);
}

/** Calls of every account on a day: the first two service accounts and one person work, others hardly. */
function callsOn(group: VendorGroup, day: string): ReadonlyMap<string, Readonly<Record<string, number>>> {
  const isWeekend = [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
  const workers = [...group.serviceAccounts.slice(0, 2), ...group.members.slice(0, 1)];
  const calls = new Map<string, Record<string, number>>(
    workers.map(({ id }, index) => [
      id,
      { '/api/v3/(files)': (isWeekend ? 90 : 300) / (index + 1), '/api/v3/(domains)': 40 },
    ]),
  );
  const { spike } = group;
  if (spike !== null && day === dayOf(spike.daysAgo)) {
    const own = calls.get(spike.account) ?? {};
    calls.set(spike.account, { ...own, [spike.endpoint]: (own[spike.endpoint] ?? 0) + spike.calls });
  }
  return calls;
}

function usage(response: ServerResponse, send: (body: object) => void, { group, url }: Asked): void {
  const from = isoDay(url.searchParams.get('start_date')) ?? dayOf(29);
  const to = isoDay(url.searchParams.get('end_date')) ?? dayOf(0);
  const length = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  if (!(length >= 1) || length > 30) return refuse(response, 400, 'InvalidArgumentError', 'at most 30 days at once');
  const daily: Record<string, Record<string, number>> = {};
  for (let offset = 0; offset < length; offset += 1) {
    const day = new Date(Date.parse(from) + offset * DAY_MS).toISOString().slice(0, 10);
    if (day < dayOf(59)) continue;
    const ofDay: Record<string, number> = {};
    for (const endpoints of callsOn(group, day).values())
      for (const [endpoint, count] of Object.entries(endpoints)) ofDay[endpoint] = (ofDay[endpoint] ?? 0) + count;
    daily[day] = ofDay;
  }
  const free = Object.fromEntries(Object.keys(daily).map((day) => [day, { '/api/v3/(users_overall_quotas)': 9000 }]));
  send({
    data: {
      daily,
      daily_endpoints_not_consuming_quota: free,
      total: {},
      total_endpoints_not_consuming_quota: {},
      lag_minutes: 4,
    },
  });
}

/** `20261123` as `2026-11-23`. */
function isoDay(compact: string | null): string | null {
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(compact ?? '');
  return match === null ? null : `${match[1]}-${match[2]}-${match[3]}`;
}

/** Who consumed a quota in a day or a month, most first where that was asked for. Accounts without use are not listed. */
function consumers(quota: string, { group, url }: Asked): readonly Row[] {
  const period = url.searchParams.get('period') ?? dayOf(0).slice(0, 7);
  const used = new Map<string, number>();
  if (quota.startsWith('api_requests_')) {
    for (let daysAgo = 0; daysAgo < 92; daysAgo += 1) {
      const day = dayOf(daysAgo);
      if (!day.startsWith(period)) continue;
      for (const [id, endpoints] of callsOn(group, day))
        used.set(id, (used.get(id) ?? 0) + Object.values(endpoints).reduce((sum, count) => sum + count, 0));
    }
  } else for (const [index, { id }] of group.members.slice(0, 3).entries()) used.set(id, 30 - index);
  return [...used]
    .sort(([, a], [, b]) => (url.searchParams.get('order') === 'asc' ? a - b : b - a))
    .map(([id, count]) => ({
      type: 'user',
      id,
      attributes: { quotas: {} },
      context_attributes: { quota_consumed_from_group: count, since: period },
    }));
}
