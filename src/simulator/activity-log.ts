import { forbidden, invalidArgument } from './api-error.ts';
import { requireAdministrator } from './caller.ts';
import { type Answer, type Exchange, listOf } from './exchange.ts';
import { requireGroup } from './group-reads.ts';
import { type WireObject, wantedAttributes } from './objects.ts';
import { pageOf } from './paging.ts';
import type { LogEntry, World } from './world.ts';

/** The log's text of an action is not the name that the filter knows. */
const TEXTS: ReadonlyMap<string, string> = new Map([
  ['ADD_GROUP_USER', 'Add user to group'],
  ['DELETE_GROUP_USER', 'Remove user from group'],
  ['ADD_GROUP_ADMIN', 'Add admin to group'],
  ['DELETE_GROUP_ADMIN', 'Remove admin from group'],
  ['ADD_GROUP_SERVICE_ACCOUNT', 'Add service account to group'],
  ['DELETE_GROUP_SERVICE_ACCOUNT', 'Remove service account from group'],
  ['CREATE_TENANT', 'Create tenant'],
  ['DELETE_TENANT', 'Delete tenant'],
]);

/** GET /groups/{id}/activity_log_entries: for administrators of a group that has the privilege `activity-logs`. */
export function listLogEntries(exchange: Exchange): Answer {
  requireGroup(exchange);
  requireAdministrator(exchange.caller);
  const { world, query } = exchange;
  if (world.group.data.privileges['activity-logs']?.granted !== true) throw forbidden();
  const isWanted = parseFilter(world, query.get('filter'));
  const entries = world.log.filter(isWanted).sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
  return pageOf(listOf(exchange), entries, (entry) => logObject(exchange, entry), { countShown: true });
}

type Test = (entry: LogEntry) => boolean;

/** Terms joined by ` AND `: `date:`, `user:` (the actor), `target:` (the group), `action:`. */
function parseFilter(world: World, filter: string | null): Test {
  if (filter === null || filter.trim() === '') return () => true;
  const tests = filter.split(' AND ').map((term) => parseTerm(world, term.trim()));
  return (entry) => tests.every((test) => test(entry));
}

function parseTerm(world: World, term: string): Test {
  const [, keyword = '', value] = /^(\w+):(.+)$/.exec(term) ?? [];
  if (value === undefined) throw invalidArgument(`Invalid filter: "${term}"`);
  switch (keyword) {
    case 'date':
      return parseDate(value);
    case 'user':
      return (entry) => entry.actor === value;
    case 'target':
      return () => value === world.group.id;
    case 'action':
      if (!TEXTS.has(value)) throw invalidArgument(`Invalid action: "${value}"`);
      return (entry) => entry.action === value;
    default:
      throw invalidArgument(`Invalid filter: "${term}"`);
  }
}

/** `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SS`; a `+` behind it means from then on, a `-` until then, nothing that very day or second. */
function parseDate(value: string): Test {
  const [, text, sign] = /^(\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2})?)([+-]?)$/.exec(value) ?? [];
  const first = text === undefined ? Number.NaN : Date.parse(text.length === 10 ? `${text}T00:00:00Z` : `${text}Z`);
  if (text === undefined || Number.isNaN(first)) throw invalidArgument(`Invalid date: "${value}"`);
  const last = first + (text.length === 10 ? 86_400_000 : 1000) - 1;
  if (sign === '+') return (entry) => entry.at >= first;
  if (sign === '-') return (entry) => entry.at <= last;
  return (entry) => entry.at >= first && entry.at <= last;
}

function logObject({ world, baseUrl, query }: Exchange, entry: LogEntry): WireObject {
  const wanted = wantedAttributes(query);
  const attributes = {
    action: TEXTS.get(entry.action) ?? entry.action,
    date: Math.floor(entry.at / 1000),
    ip: '203.0.113.7',
    info: { user: entry.affected },
  };
  const self = `${baseUrl}/activity_log_entries/${entry.id}`;
  const related = query.get('relationships');
  return {
    type: 'activity_log_entry',
    id: entry.id,
    links: { self },
    attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => wanted?.has(name) ?? true)),
    ...(related !== null && { relationships: embedded(world, entry, self, related.split(',')) }),
  };
}

/** The actor is only here; `info.user` is whom it happened to. */
function embedded(world: World, entry: LogEntry, self: string, names: readonly string[]): WireObject {
  const known: Readonly<Record<string, WireObject>> = {
    user: { type: 'user', id: entry.actor },
    group: { type: 'group', id: world.group.id },
    target: { type: 'group', id: world.group.id },
  };
  const entries = names.flatMap((name): [string, unknown][] => {
    const data = known[name];
    if (data === undefined) return [];
    const links = { self: `${self}/relationships/${name}`, related: `${self}/${name}` };
    return [[name, { data, meta: { count: 1 }, links }]];
  });
  return Object.fromEntries(entries);
}
