import type { Caller } from './caller.ts';
import { type View, type WireObject, wantedAttributes } from './objects.ts';
import type { ListRequest } from './paging.ts';
import type { World } from './world.ts';

/** A request that has a key and a route. */
export interface Exchange {
  readonly world: World;
  readonly caller: Caller;
  readonly baseUrl: string;
  /** The path below `/api/v3`, as sent. */
  readonly path: string;
  /** The variable parts of the path, decoded, by their name in the route. */
  readonly parts: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The parsed JSON body; undefined without one. */
  readonly body: unknown;
  /** The header `x-user-password`; undefined without one. */
  readonly password: string | undefined;
  /** A fault: `filter` is accepted and does nothing. */
  readonly ignoresFilter: boolean;
}

/** The body of a 200; null for the vendor's empty `text/plain` answers. */
export type Answer = WireObject | null;

/** Handles one operation. @throws ApiError for every other answer than 200. */
export type Handler = (exchange: Exchange) => Answer;

/** A variable part of the path. */
export function part(exchange: Exchange, name: string): string {
  return exchange.parts[name] ?? '';
}

/** How objects are rendered for this request. */
export function viewOf({ world, caller, baseUrl, query }: Exchange): View {
  return { world, caller, baseUrl, attributes: wantedAttributes(query) };
}

/** The collection that the request reads. */
export function listOf({ baseUrl, path, query }: Exchange): ListRequest {
  return { url: `${baseUrl}${path}`, query };
}
