import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { ApiError } from '../../src/virustotal/api-error.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createTestClient, type Script, startScriptedApi } from '../support/scripted-api.ts';

interface Listing {
  readonly ids: readonly string[] | null;
  readonly failure: ApiError | null;
  readonly asked: readonly string[];
}

const NAMES = Array.from({ length: 95 }, (_, index) => `user${String(index).padStart(3, '0')}`);

async function collectPages<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

function users(ids: readonly string[]): readonly unknown[] {
  return ids.map((id) => ({ type: 'user', id, attributes: { first_name: id } }));
}

async function listMembers(t: TestContext, makeScript: (base: () => string) => Script): Promise<Listing> {
  let base = '';
  const script = makeScript(() => base);
  const api = await startScriptedApi(t, script);
  base = api.baseUrl;
  const client = createTestClient(t, { baseUrl: base, clock: createManualClock('2026-11-23T08:00:00Z') });
  const ids: string[] = [];
  let failure: ApiError | null = null;
  try {
    for await (const { items } of client.members()) ids.push(...items.map(({ id }) => id));
  } catch (error) {
    assert.ok(error instanceof ApiError);
    failure = error;
  }
  return {
    ids: failure === null ? ids : null,
    failure,
    asked: api.requests.map(({ url }) => url.pathname + url.search),
  };
}

/** Pages of 40 with a cursor that is the offset. */
function pageOf(url: URL, ids = NAMES): { items: readonly unknown[]; cursor: string | null } {
  const start = Number(url.searchParams.get('cursor') ?? 0);
  return { items: users(ids.slice(start, start + 40)), cursor: start + 40 < ids.length ? String(start + 40) : null };
}

test('follows links to the end, in pages of 40, asking for named attributes only', async (t) => {
  const { ids, asked } = await listMembers(t, (base) => ({ url }) => {
    const { items, cursor } = pageOf(url);
    const next = cursor === null ? {} : { next: `${base()}/groups/tidal_soc/users?limit=40&cursor=${cursor}` };
    return { json: { data: items, links: { self: url.href, ...next }, meta: { count: NAMES.length } } };
  });
  assert.deepEqual(ids, NAMES);
  assert.equal(asked.length, 3);
  for (const address of asked) {
    assert.match(address, /limit=40/u);
    assert.match(address, /attributes=[a-z_%2C]+/u);
    assert.doesNotMatch(address, /apikey/iu);
  }
});

test('goes on where only a cursor leads on', async (t) => {
  const { ids } = await listMembers(t, () => ({ url }) => {
    const { items, cursor } = pageOf(url);
    return { json: { data: items, meta: cursor === null ? {} : { cursor } } };
  });
  assert.deepEqual(ids, NAMES);
});

test('takes an empty page for the end, though it has a cursor, when everybody announced was named', async (t) => {
  const { ids, asked } = await listMembers(t, () => ({ url }) => {
    const { items, cursor } = pageOf(url);
    return {
      json: { data: items, meta: { count: NAMES.length, cursor: cursor ?? (items.length > 0 ? '95' : 'end') } },
    };
  });
  assert.deepEqual(ids, NAMES);
  assert.equal(asked.length, 4);
});

test('reads on past an empty page where nothing says how many there are', async (t) => {
  const { ids } = await listMembers(t, () => ({ url }) => {
    const cursor = url.searchParams.get('cursor');
    if (cursor === null) return { json: { data: users(['a']), meta: { cursor: 'gap' } } };
    return { json: cursor === 'gap' ? { data: [], meta: { cursor: 'rest' } } : { data: users(['b']), meta: {} } };
  });
  assert.deepEqual(ids, ['a', 'b']);
});

test('takes an empty group for an empty list', async (t) => {
  const { ids } = await listMembers(t, () => () => ({ json: { data: [], meta: { count: 0 } } }));
  assert.deepEqual(ids, []);
});

const doubtful: readonly (readonly [string, RegExp, number, (base: () => string) => Script])[] = [
  [
    'a cursor that repeats',
    /led back/u,
    2,
    () =>
      ({ url }) => ({ json: { data: users([url.searchParams.has('cursor') ? 'b' : 'a']), meta: { cursor: 'same' } } }),
  ],
  [
    'empty pages without end',
    /empty although/u,
    4,
    () =>
      ({ url }) => ({ json: { data: [], meta: { cursor: `${url.searchParams.get('cursor') ?? ''}x` } } }),
  ],
  [
    'an empty page that leads back to itself before everybody announced was named',
    /already read/u,
    3,
    () =>
      ({ url }) => ({
        json: url.searchParams.has('cursor')
          ? { data: [], meta: { cursor: 'more' } }
          : { data: pageOf(url).items, meta: { count: 95, cursor: 'end' } },
      }),
  ],
  [
    'a short list against its count',
    /announced 95 and gave 40/u,
    1,
    () =>
      ({ url }) => ({ json: { data: pageOf(url).items, meta: { count: 95 } } }),
  ],
  [
    'an account that comes twice',
    /listed twice/u,
    1,
    () => () => ({ json: { data: users(['a', 'b', 'a']), meta: {} } }),
  ],
  ['an element without an id', /documented form/u, 1, () => () => ({ json: { data: [{ type: 'user' }] } })],
  [
    'an object where a list should be',
    /documented form/u,
    1,
    () => () => ({ json: { data: { type: 'user', id: 'a' } } }),
  ],
  ...[
    'https://elsewhere.example/api/v3/groups/tidal_soc/users?cursor=x',
    '//elsewhere.example/api/v3/x?cursor=x',
    'http://127.0.0.1:1/api/v3/groups/tidal_soc/users?cursor=x',
    'http://localhost/api/v3/groups/tidal_soc/users?cursor=x',
    'ftp://127.0.0.1/api/v3/x?cursor=x',
    '/api/v4/groups/tidal_soc/users?cursor=x',
    '/api/v3/../v4/users?cursor=x',
    'not an address\u0000 at all:::',
    'http://:secret@127.0.0.1/api/v3/x?cursor=x',
  ].map(
    (next) =>
      [
        `a next link to ${JSON.stringify(next)}`,
        /another place|another list/u,
        1,
        () => () => ({ json: { data: users(['a']), links: { next }, meta: { cursor: 'x' } } }),
      ] as const,
  ),
  [
    'a next link to another list of the same API',
    /another list/u,
    1,
    (base) => () => ({ json: { data: users(['a']), links: { next: `${base()}/groups/other_soc/users?page=2` } } }),
  ],
];

for (const [name, message, requests, makeScript] of doubtful) {
  test(`takes no list with ${name}`, async (t) => {
    const { ids, failure, asked } = await listMembers(t, makeScript);
    assert.equal(ids, null);
    assert.match(failure?.message ?? '', message);
    assert.equal(asked.length, requests);
  });
}

test('keeps the filter and the attributes when a next link forgets them', async (t) => {
  const { asked } = await listMembers(t, (base) => ({ url }) => {
    const { items, cursor } = pageOf(url);
    return {
      json: {
        data: items,
        links: cursor === null ? {} : { next: `${base()}/groups/other_soc/users?cursor=${cursor}` },
      },
    };
  });
  const withoutCursor = asked.map((address) => address.replace(/&cursor=\d+/u, ''));
  assert.equal(new Set(withoutCursor).size, 1);
});

test('ends an endless list', async (t) => {
  const api = await startScriptedApi(t, (_request, count) => ({
    json: { data: users([`user${count}`]), meta: { cursor: `c${count}` } },
  }));
  const client = createTestClient(t, { baseUrl: api.baseUrl, clock: createManualClock('2026-11-23T08:00:00Z') });
  const limited = client.limitedTo({ maxRequests: 20 });
  await assert.rejects(collectPages(limited.members()), /budget of 20 requests/u);
});

test('takes elements with an error, or without attributes, for accounts of which nothing is known', async (t) => {
  const api = await startScriptedApi(t, () => ({
    json: {
      data: [
        { type: 'user', id: 'ana', attributes: { first_name: 'Ana', apikey: 'x', has_2fa: true } },
        { type: 'user', id: 'bob', error: { code: 'NotFoundError', message: 'gone' } },
        { type: 'user', id: 'cleo' },
      ],
    },
  }));
  const client = createTestClient(t, { baseUrl: api.baseUrl, clock: createManualClock('2026-11-23T08:00:00Z') });
  const [page] = await collectPages(client.members());
  assert.deepEqual(
    page?.items.map(({ id, broken }) => [id, broken]),
    [
      ['ana', false],
      ['bob', true],
      ['cleo', true],
    ],
  );
  assert.ok(!JSON.stringify(page).includes('apikey'));
});
