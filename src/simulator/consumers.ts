import { addDays, toMonth } from '../model/instant.ts';
import { invalidArgument } from './api-error.ts';
import { requireAdministrator } from './caller.ts';
import { consumedBy } from './consumption.ts';
import { type Answer, type Exchange, listOf, part, viewOf } from './exchange.ts';
import { requireGroup } from './group-reads.ts';
import { accountObject, type View, type WireObject } from './objects.ts';
import { pageOf } from './paging.ts';
import { personalQuotas } from './quotas.ts';
import { type Account, contributorsOf, remember, today, type World } from './world.ts';

/** Quotas that can be asked for by month; API requests by day as well. */
const MONTHLY = new Set([
  'intelligence_downloads_monthly',
  'intelligence_searches_monthly',
  'intelligence_retrohunt_jobs_monthly',
  'intelligence_vtdiff_creation_monthly',
  'private_scans_monthly',
  'private_urlscans_monthly',
]);
const BY_DAY_TOO = new Set(['api_requests_daily', 'api_requests_monthly']);
const GAUGES = new Set(['intelligence_hunting_rules']);

interface Row {
  readonly account: Account;
  readonly used: number;
}

/** GET /groups/{id}/users_consuming_quota/{quota_name}: for administrators. Service accounts are in it, among the users. */
export function listConsumers(exchange: Exchange): Answer {
  requireGroup(exchange);
  requireAdministrator(exchange.caller);
  const quota = part(exchange, 'quota');
  const period = periodOf(exchange, quota);
  const rows = ranking(exchange.world, quota, period);
  const ordered = isAscending(exchange.query) ? rows.toReversed() : rows;
  const view = viewOf(exchange);
  return pageOf(listOf(exchange), ordered, (row) => consumer(view, quota, row), { countShown: false });
}

function isAscending(query: URLSearchParams): boolean {
  const order = query.get('order') ?? 'desc';
  if (order !== 'asc' && order !== 'desc') throw invalidArgument('"order" must be "asc" or "desc"');
  return order === 'asc';
}

function periodOf({ world, query }: Exchange, quota: string): string {
  const takesDay = BY_DAY_TOO.has(quota);
  if (!takesDay && !MONTHLY.has(quota) && !GAUGES.has(quota)) throw invalidArgument(`Invalid quota: "${quota}"`);
  const current = toMonth(world.clock.now());
  const period = query.get('period') ?? current;
  const isWellFormed = takesDay ? /^\d{4}-\d{2}(-\d{2})?$/.test(period) : /^\d{4}-\d{2}$/.test(period);
  if (!isWellFormed) throw invalidArgument(`Invalid period: "${period}"`);
  if (period.slice(0, 7) < monthsBefore(current, 2) || period > today(world)) {
    throw invalidArgument('"period" must be in the current month or the two months before');
  }
  return period;
}

function monthsBefore(month: string, count: number): string {
  return count === 0 ? month : monthsBefore(toMonth(`${addDays(`${month}-01`, -1)}T00:00:00Z`), count - 1);
}

/** Most first; among equals by id. */
function ranking(world: World, quota: string, period: string): readonly Row[] {
  const minute = period.startsWith(toMonth(world.clock.now())) ? world.clock.now().toISOString().slice(0, 16) : '';
  return remember(
    world,
    `ranking|${quota}|${period}|${minute}`,
    () =>
      contributorsOf(world)
        .map((account) => ({ account, used: consumedBy(world, account, quota, period) }))
        .filter((row) => row.used > 0 || (world.switches.zeroConsumersListed && row.account.leftOn === null))
        .sort((a, b) => b.used - a.used || (a.account.id < b.account.id ? -1 : 1)),
    isRanking,
  );
}

function isRanking(value: unknown): value is readonly Row[] {
  return Array.isArray(value);
}

function consumer(view: View, quota: string, { account, used }: Row): WireObject {
  const object = accountObject(view, account);
  const isServiceAccount = account.kind === 'service_account';
  return {
    ...object,
    ...(isServiceAccount && { type: view.world.switches.consumingServiceAccountType }),
    ...('attributes' in object && { attributes: withOneQuota(view, quota, account, object['attributes']) }),
    context_attributes: { quota_consumed_from_group: used },
  };
}

/** The list shows the personal part of the quota that was asked for, not of all. */
function withOneQuota(view: View, quota: string, account: Account, attributes: unknown): unknown {
  if (typeof attributes !== 'object' || attributes === null || !('quotas' in attributes)) return attributes;
  const own = personalQuotas(view.world, account)[quota];
  return { ...attributes, quotas: own === undefined ? {} : { [quota]: own } };
}
