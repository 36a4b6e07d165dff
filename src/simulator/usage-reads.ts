import { addDays, type Day, daysBetween, eachDay } from '../model/instant.ts';
import { forbidden, invalidArgument } from './api-error.ts';
import { requireAdministrator } from './caller.ts';
import { type Calls, callsOf, groupCallsOf, isFree } from './consumption.ts';
import { type Answer, type Exchange, part } from './exchange.ts';
import { requireGroup } from './group-reads.ts';
import { findAccount, isOwnerOrAdministrator } from './user-reads.ts';
import { today, type World } from './world.ts';

/** The longest range of one request, first and last day included. */
const MAX_RANGE_DAYS = 30;

/** How many days are kept, today included. */
const RETENTION_DAYS = 60;

/** GET /groups/{id}/api_usage: for the group's administrators. */
export function readGroupUsage(exchange: Exchange): Answer {
  requireGroup(exchange);
  requireAdministrator(exchange.caller);
  return usageBody(exchange, (day) => groupCallsOf(exchange.world, day));
}

/** GET /users/{id}/api_usage: for the account itself and for its group's administrators. */
export function readUserUsage(exchange: Exchange): Answer {
  const account = findAccount(exchange, part(exchange, 'user'));
  if (!isOwnerOrAdministrator(exchange, account)) throw forbidden();
  return usageBody(exchange, (day) => callsOf(exchange.world, account, day));
}

function usageBody(exchange: Exchange, callsOn: (day: Day) => Calls): Answer {
  const { world } = exchange;
  const days = requestedDays(exchange);
  const isOneList = world.switches.usageForm === 'two-keys';
  const charged = days.map(
    (day) => [day, named(world, callsOn(day), isOneList ? () => true : isCharged(world))] as const,
  );
  const free = days.map((day) => [day, named(world, callsOn(day), (endpoint) => isFree(world, endpoint))] as const);
  const body = {
    daily: daily(world, charged),
    ...(!isOneList && { daily_endpoints_not_consuming_quota: daily(world, free) }),
    total: total(charged),
    ...(!isOneList && { total_endpoints_not_consuming_quota: total(free) }),
  };
  return world.switches.usageWrapped ? { data: body } : body;
}

function isCharged(world: World): (endpoint: string) => boolean {
  return (endpoint) => !isFree(world, endpoint);
}

function named(world: World, calls: Calls, isWanted: (endpoint: string) => boolean): Calls {
  const isBare = world.switches.usageEndpointNames === 'bare';
  const entries = Object.entries(calls)
    .filter(([endpoint]) => isWanted(endpoint))
    .map(([endpoint, count]): [string, number] => [isBare ? endpoint : `/api/v3/(${endpoint})`, count]);
  return Object.fromEntries(entries);
}

function daily(world: World, days: readonly (readonly [Day, Calls])[]): Readonly<Record<Day, Calls>> {
  const shown =
    world.switches.usageEmptyDays === 'present' ? days : days.filter(([, calls]) => Object.keys(calls).length > 0);
  return Object.fromEntries(shown);
}

function total(days: readonly (readonly [Day, Calls])[]): Calls {
  const sum: Record<string, number> = {};
  for (const [, calls] of days) {
    for (const [endpoint, count] of Object.entries(calls)) sum[endpoint] = (sum[endpoint] ?? 0) + count;
  }
  return sum;
}

function requestedDays({ world, query }: Exchange): readonly Day[] {
  const last = parseDay(query.get('end_date'), 'end_date') ?? today(world);
  const first = parseDay(query.get('start_date'), 'start_date') ?? addDays(last, 1 - MAX_RANGE_DAYS);
  if (last < first) throw invalidArgument('"end_date" is before "start_date"');
  if (daysBetween(first, last) + 1 > MAX_RANGE_DAYS) {
    throw invalidArgument(`The maximum time range is ${MAX_RANGE_DAYS} days`);
  }
  const oldest = addDays(today(world), 1 - RETENTION_DAYS);
  if (first < oldest && world.switches.usageBeyondRetention === 'refused') {
    throw invalidArgument(`Only the last ${RETENTION_DAYS} natural days are available`);
  }
  return eachDay(first < oldest ? oldest : first, last > today(world) ? today(world) : last);
}

/** Query dates are `YYYYMMDD`, unlike those in the reply. */
function parseDay(text: string | null, name: string): Day | null {
  if (text === null) return null;
  const [, year, month, date] = /^(\d{4})(\d{2})(\d{2})$/.exec(text) ?? [];
  const day = `${year}-${month}-${date}`;
  const at = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day) {
    throw invalidArgument(`Invalid "${name}": it must be YYYYMMDD`);
  }
  return day;
}
