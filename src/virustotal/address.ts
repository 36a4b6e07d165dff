import { ApiError } from './api-error.ts';

/** Parameters of a query; those that are null are left out. */
export type Query = Readonly<Record<string, string | number | null>>;

/**
 * The address of `segments` under the base, each segment encoded. Segments are ids and names, never a key.
 * @throws Error on an id that would change the path.
 */
export function toAddress(baseUrl: string, segments: readonly string[], query: Query = {}): URL {
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw new Error('an id cannot be empty, "." or ".."');
  }
  const path = segments.map((segment) => encodeURIComponent(segment)).join('/');
  const address = new URL(`${baseUrl.replace(/\/+$/u, '')}/${path}`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null) address.searchParams.set(name, String(value));
  }
  return address;
}

/**
 * The page that a `links.next` leads to. Where the link names a cursor, that is all that is taken from it: the rest is what was asked
 * at first, so that a link that forgot the filter or the attributes changes nothing.
 * @throws ApiError when the link leads away from the configured scheme, host, port and path. It is never followed: with it the key
 * would leave. (Links in the vendor's answers are absolute.)
 */
export function toNextAddress({ baseUrl, asked, link, operation }: NextLink): URL {
  const base = new URL(baseUrl);
  const prefix = `${base.pathname.replace(/\/+$/u, '')}/`;
  const target = URL.parse(link, asked);
  const foreign =
    target === null ||
    target.origin !== base.origin ||
    !target.pathname.startsWith(prefix) ||
    target.username !== '' ||
    target.password !== '';
  if (foreign) {
    throw new ApiError({
      kind: 'incomplete',
      operation,
      because: 'the link to the next page leads to another place than the configured API, and was not followed',
    });
  }
  const cursor = target.searchParams.get('cursor');
  if (cursor !== null) return withCursor(asked, cursor);
  if (target.pathname === asked.pathname) return target;
  throw new ApiError({ kind: 'incomplete', operation, because: 'the link to the next page leads to another list' });
}

/** What is needed to judge a link to the next page. */
export interface NextLink {
  readonly baseUrl: string;
  /** The address of the first page. */
  readonly asked: URL;
  readonly link: string;
  readonly operation: string;
}

/** The same question, from a cursor on. */
export function withCursor(asked: URL, cursor: string): URL {
  const address = new URL(asked);
  address.searchParams.set('cursor', cursor);
  return address;
}
