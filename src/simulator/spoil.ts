import { isObject } from './body.ts';
import type { ContentFault } from './fault.ts';
import { brokenObject, type WireObject } from './objects.ts';

/** Where the spoilt page lies: its own address. */
export interface Spot {
  readonly url: string;
  readonly query: URLSearchParams;
  /** A cursor that leads to the page itself. */
  readonly ownCursor: string;
}

/** Applies a content fault to a body. A fault that does not fit (rows of something that is no list) changes nothing. */
export function spoil(body: WireObject, fault: ContentFault, spot: Spot): WireObject {
  switch (fault.kind) {
    case 'noData':
      return without(body, ['data']);
    case 'ignoredFilter':
      return body;
    case 'emptyPage':
      return withoutNext(
        withRows(body, () => []),
        fault.count === 'zero' ? { count: 0 } : {},
      );
    case 'shortPage':
      return withoutNext(
        withRows(body, (rows) => rows.slice(0, fault.keep)),
        {},
      );
    case 'repeatedCursor':
      return repeated(body, spot);
    case 'foreignNext':
      return foreign(body, fault);
    case 'brokenMember':
      return withRows(body, (rows) => rows.map((row, index) => (index === fault.index ? broken(row) : row)));
    case 'hiddenAttributes':
      return { ...body, data: hidden(body['data'], new Set(fault.names)) };
    case 'oversized':
      break;
  }
  return { ...body, padding: 'x'.repeat(fault.bytes) };
}

function part(body: WireObject, name: string): WireObject {
  const value = body[name];
  return isObject(value) ? value : {};
}

function without(object: WireObject, names: readonly string[]): WireObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

function withRows(body: WireObject, change: (rows: readonly unknown[]) => readonly unknown[]): WireObject {
  const { data } = body;
  return Array.isArray(data) ? { ...body, data: change(data) } : body;
}

function withoutNext(body: WireObject, meta: WireObject): WireObject {
  return {
    ...body,
    links: without(part(body, 'links'), ['next']),
    meta: { ...without(part(body, 'meta'), ['cursor']), ...meta },
  };
}

function repeated(body: WireObject, { url, query, ownCursor }: Spot): WireObject {
  const again = new URLSearchParams(query);
  again.set('cursor', ownCursor);
  return {
    ...body,
    links: { ...part(body, 'links'), next: `${url}?${again.toString()}` },
    meta: { ...part(body, 'meta'), cursor: ownCursor },
  };
}

function foreign(body: WireObject, { origin, cursor }: Extract<ContentFault, { kind: 'foreignNext' }>): WireObject {
  const { next } = part(body, 'links');
  if (typeof next !== 'string') return body;
  const { pathname, search } = new URL(next);
  return {
    ...body,
    links: { ...part(body, 'links'), next: `${origin}${pathname}${search}` },
    meta: cursor === 'kept' ? part(body, 'meta') : without(part(body, 'meta'), ['cursor']),
  };
}

function broken(row: unknown): unknown {
  return isObject(row) ? brokenObject(String(row['type']), String(row['id'])) : row;
}

function hidden(data: unknown, names: ReadonlySet<string>): unknown {
  if (Array.isArray(data)) return data.map((row: unknown) => hidden(row, names));
  if (!isObject(data)) return data;
  const object = without(data, [...names]);
  return {
    ...object,
    ...(isObject(object['attributes']) && { attributes: without(object['attributes'], [...names]) }),
    ...(isObject(object['context_attributes']) && {
      context_attributes: without(object['context_attributes'], [...names]),
    }),
  };
}
