import { createHash } from 'node:crypto';
import { ApiError, invalidArgument } from './api-error.ts';
import type { WireObject } from './objects.ts';

/** Rows of a page when nobody asks for a number. */
const DEFAULT_LIMIT = 10;

/** The most that the API gives in one page. */
const MAX_LIMIT = 40;

/** The parameters that a continuation must repeat: a cursor is worthless with others. */
const BOUND = ['attributes', 'filter', 'order', 'period', 'relationships'] as const;

/** What a list is asked for. */
export interface ListRequest {
  /** The collection's address without parameters. */
  readonly url: string;
  readonly query: URLSearchParams;
}

/**
 * One page in the vendor's form: `data`, `links.self`, `links.next` and `meta.cursor` while there is more, `meta.count` where shown.
 * @throws ApiError 400: a limit outside 1 to 40; a cursor that is none, or is of another list.
 */
export function pageOf<Item>(
  request: ListRequest,
  items: readonly Item[],
  render: (item: Item) => unknown,
  options: { readonly countShown: boolean },
): WireObject {
  const limit = limitOf(request.query);
  const start = offsetOf(request);
  const end = start + limit;
  const cursor = end < items.length ? encodeCursor(end, request) : null;
  return {
    data: items.slice(start, end).map(render),
    links: {
      self: linkTo(request, limit, request.query.get('cursor')),
      ...(cursor !== null && { next: linkTo(request, limit, cursor) }),
    },
    meta: { ...(options.countShown && { count: items.length }), ...(cursor !== null && { cursor }) },
  };
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit');
  if (text === null) return DEFAULT_LIMIT;
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT) throw invalidArgument(`"limit" must be a number from 1 to ${MAX_LIMIT}`);
  return limit;
}

function offsetOf(request: ListRequest): number {
  const cursor = request.query.get('cursor');
  if (cursor === null || cursor === '') return 0;
  const offset = decodeCursor(cursor, request);
  if (offset === null) throw new ApiError(400, 'BadRequestError', 'Invalid cursor');
  return offset;
}

function bindingOf({ url, query }: ListRequest): string {
  const { pathname } = new URL(url);
  const bound = [pathname, ...BOUND.map((name) => query.get(name))];
  return createHash('sha256').update(JSON.stringify(bound)).digest('base64url').slice(0, 12);
}

/** A cursor that continues the list at `offset`. Exported for the fault that repeats one. */
export function encodeCursor(offset: number, request: ListRequest): string {
  return Buffer.from(`${bindingOf(request)}.${offset}`).toString('base64url');
}

function decodeCursor(cursor: string, request: ListRequest): number | null {
  const [binding, offset] = Buffer.from(cursor, 'base64url').toString().split('.');
  return binding === bindingOf(request) && offset !== undefined && /^\d+$/.test(offset) ? Number(offset) : null;
}

function linkTo({ url, query }: ListRequest, limit: number, cursor: string | null): string {
  const parameters = new URLSearchParams({ limit: String(limit) });
  for (const name of BOUND) {
    const value = query.get(name);
    if (value !== null) parameters.set(name, value);
  }
  if (cursor !== null) parameters.set('cursor', cursor);
  return `${url}?${parameters.toString()}`;
}
