import type { z } from 'zod';
import { toNextAddress, withCursor } from './address.ts';
import { ApiError } from './api-error.ts';
import type { Requester } from './requester.ts';
import type { RequestScope } from './scope.ts';
import type { WirePage } from './wire/envelope.ts';

/** The most the API gives at once (vendor's developer kit, 2025); asking for more is refused. */
export const PAGE_SIZE = 40;

/** 200,000 accounts: beyond it a list is not long but endless. */
const MAX_PAGES = 5_000;

/**
 * Empty pages in a row that are read on from. A list may end with one that still has a cursor, since the end is found by looking past it
 * (the vendor's client for Go stops at it, the one for Python reads on); where the count says that nothing is missing, it is the end.
 */
const MOST_EMPTY = 3;

/** A page of a list, and whether there is another. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly more: boolean;
}

/** A list to be read to its end. */
export interface PagedList<T> {
  readonly operation: string;
  readonly address: URL;
  readonly page: z.ZodType<WirePage<T>>;
  /** Whether `meta.count` counts this list: of a filtered one it may count the unfiltered, which no page of the vendor's settles. */
  readonly counted: boolean;
}

/** What reading a list needs. */
export interface PagingOptions {
  readonly baseUrl: string;
  readonly requester: Requester;
  readonly scope: RequestScope;
}

/**
 * Reads a list page by page. It ends only where neither a link nor a cursor leads on, and anything that makes the list doubtful (a
 * cursor or an id that comes twice, empty pages without end, fewer elements than announced) is an error, never a short list.
 * The caller may stop early, and then knows that it did.
 * @throws ApiError
 */
export async function* readPages<T extends { readonly id: string }>(
  { operation, address, page: schema, counted }: PagedList<T>,
  { baseUrl, requester, scope }: PagingOptions,
): AsyncGenerator<Page<T>> {
  const asked = new Set<string>();
  const ids = new Set<string>();
  let next: URL | null = address;
  let announced: number | null = null;
  let empty = 0;
  while (next !== null) {
    if (asked.has(next.href)) throw doubtful(operation, 'the API led back to a page that was already read');
    if (asked.size === MAX_PAGES) throw doubtful(operation, `the list did not end after ${MAX_PAGES} pages`);
    asked.add(next.href);
    const page: WirePage<T> = await requester.ask(
      { operation, address: next, schema, toFollow: toFollow(announced, asked.size) },
      scope,
    );
    announced = page.count ?? announced;
    next = toNextPage(page, { baseUrl, asked: address, operation });
    empty = page.data.length === 0 ? empty + 1 : 0;
    if (next !== null && empty > 0) {
      if (counted && announced !== null && ids.size >= announced) next = null;
      else if (empty > MOST_EMPTY) throw doubtful(operation, 'page after page was empty although more were to come');
    }
    takeIds(page.data, ids, operation);
    yield { items: page.data, more: next !== null };
  }
  if (counted && announced !== null && ids.size < announced) {
    throw doubtful(operation, `the API announced ${announced} and gave ${ids.size}`);
  }
}

/**
 * A list is taken for so many pages before it is known, and where the API does not count it. Lists that were announced as longer go
 * before it, the rest of shorter ones after it: thus a long one among those not begun is found out in time.
 */
const GUESSED_PAGES = 10;

/** How many pages come after the one that is the `asked`th, as far as can be told. */
function toFollow(announced: number | null, asked: number): number {
  const pages = announced === null ? GUESSED_PAGES : Math.ceil(announced / PAGE_SIZE);
  return Math.max(0, pages - asked);
}

function toNextPage(
  page: WirePage<unknown>,
  { baseUrl, asked, operation }: { readonly baseUrl: string; readonly asked: URL; readonly operation: string },
): URL | null {
  // The link is judged even where the cursor would do: an answer that leads elsewhere is not to be believed.
  const linked = page.next === null ? null : toNextAddress({ baseUrl, asked, link: page.next, operation });
  // Beside the link, the cursor stands as it is: a link may spell it in a way that reads differently, such as a bare plus sign.
  return page.cursor === null ? linked : withCursor(asked, page.cursor);
}

function takeIds(elements: readonly { readonly id: string }[], ids: Set<string>, operation: string): void {
  for (const { id } of elements) {
    if (ids.has(id)) throw doubtful(operation, 'an account was listed twice, so another may have been left out');
    ids.add(id);
  }
}

function doubtful(operation: string, because: string): ApiError {
  return new ApiError({ kind: 'incomplete', operation, because });
}
