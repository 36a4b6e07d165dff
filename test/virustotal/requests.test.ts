import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Secret } from '../../src/model/secret.ts';
import { ApiError } from '../../src/virustotal/api-error.ts';
import type { AuditClient } from '../../src/virustotal/audit-client.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createTestClient, PLANTED_KEY, type Reply, type Script, startScriptedApi } from '../support/scripted-api.ts';

const START = '2026-11-23T08:00:00.000Z';
const GROUP = { data: { type: 'group', id: 'tidal_soc', attributes: { quotas: {}, privileges: {} } } };

function error(status: number, code: string, headers: Record<string, string> = {}): Reply {
  return { status, headers, json: { error: { code, message: 'Something about c0ffee' } } };
}

/** Answers the replies one after another, then the group. */
function sequence(...replies: readonly Reply[]): Script {
  return (_request, count) => replies[count] ?? { json: GROUP };
}

async function failureOf(work: Promise<unknown>): Promise<ApiError> {
  const failure = await work.then(
    () => assert.fail('it did not fail'),
    (thrown: unknown) => thrown,
  );
  assert.ok(failure instanceof ApiError, inspect(failure));
  return failure;
}

test('sends the key in its header only, names itself, and asks for compression', async (t) => {
  const api = await startScriptedApi(t, () => ({ json: GROUP }));
  await createTestClient(t, { baseUrl: api.baseUrl, clock: createManualClock(START) }).group();
  const [request] = api.requests;
  assert.equal(request?.url.pathname, '/api/v3/groups/tidal_soc');
  assert.equal(request?.headers['x-apikey'], PLANTED_KEY);
  assert.equal(request?.headers['x-tool'], 'vt-auditor');
  assert.match(String(request?.headers['user-agent']), /gzip/u);
  assert.ok(!request?.url.href.includes(PLANTED_KEY));
});

test('has no method that writes', async (t) => {
  const client = createTestClient(t, { baseUrl: 'http://127.0.0.1:1/api/v3', clock: createManualClock(START) });
  const writing = Object.keys(client).filter((name) =>
    /^(?:add|create|delete|grant|invite|patch|post|put|remove|revoke|set|update)/u.test(name),
  );
  assert.deepEqual(writing, []);
});

const faults: readonly (readonly [string, Reply, Partial<ApiError>, number])[] = [
  ['a refusal', error(400, 'InvalidArgumentError'), { kind: 'refused', status: 400, code: 'InvalidArgumentError' }, 1],
  ['a key without rights', error(403, 'ForbiddenError'), { kind: 'forbidden', status: 403 }, 1],
  ['an unknown group', error(404, 'NotFoundError'), { kind: 'not_found', status: 404 }, 1],
  ['a server error', error(503, 'TransientError'), { kind: 'server', status: 503, code: 'TransientError' }, 4],
  ['a deadline of the server', error(504, 'DeadlineExceededError'), { kind: 'server', status: 504 }, 4],
  ['a plain-text 502', { status: 502, text: 'Bad Gateway' }, { kind: 'server', status: 502, code: null }, 4],
  [
    'a redirect',
    { status: 302, headers: { location: 'http://127.0.0.1:9/elsewhere' }, text: '' },
    { kind: 'redirected' },
    1,
  ],
  [
    'an HTML page',
    { text: '<html>Sign in</html>', headers: { 'content-type': 'text/html' } },
    { kind: 'malformed' },
    1,
  ],
  ['an empty body', { text: '' }, { kind: 'malformed' }, 1],
  ['no data', { json: { meta: {} } }, { kind: 'malformed' }, 1],
  ['JSON cut short', { text: '{"data":{"type":"group","id":"tidal' }, { kind: 'malformed' }, 1],
  ['a 204', { status: 204, text: '' }, { kind: 'malformed' }, 1],
  [
    'quotas that are no record',
    { json: { data: { id: 'tidal_soc', attributes: { quotas: 'many' } } } },
    { kind: 'malformed' },
    1,
  ],
  ['a code that is no code', error(400, PLANTED_KEY), { kind: 'refused', code: null }, 1],
  ['a reset', (response) => response.destroy(), { kind: 'network' }, 4],
  [
    'a body cut short',
    (response) => {
      response.writeHead(200, { 'content-length': '500' });
      response.write('{"data":');
      setImmediate(() => response.destroy());
    },
    { kind: 'network' },
    4,
  ],
];

for (const [name, reply, expected, requests] of faults) {
  test(`fails on ${name} and says so without a secret`, async (t) => {
    const api = await startScriptedApi(t, () => reply);
    const client = createTestClient(t, { baseUrl: api.baseUrl, clock: createManualClock(START, { auto: true }) });
    const failure = await failureOf(client.group());
    for (const [key, value] of Object.entries(expected)) assert.equal(failure[key as keyof ApiError], value);
    assert.equal(api.requests.length, requests);
    assert.equal(client.requestsMade, requests);
    assertSecretFree(failure);
  });
}

function assertSecretFree(failure: ApiError): void {
  const texts = [
    inspect(failure, { depth: 20, showHidden: true }),
    JSON.stringify(failure),
    failure.stack ?? '',
    failure.message,
  ];
  for (const text of texts) {
    assert.ok(!text.includes(PLANTED_KEY) && !text.includes('c0ffee'), text);
    assert.doesNotMatch(text, /127\.0\.0\.1|https?:|\?limit|Sign in/u);
  }
  assert.equal(failure.cause, undefined);
}

test('gives up on an answer that hangs, and on one that drips', async (t) => {
  for (const reply of [
    () => {},
    (response: Parameters<Extract<Reply, (...args: never) => unknown>>[0]) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    },
  ]) {
    const api = await startScriptedApi(t, () => reply);
    const clock = createManualClock(START, { auto: true });
    const client = createTestClient(t, { baseUrl: api.baseUrl, clock, api: { timeoutSeconds: 0.1 } });
    const failure = await failureOf(client.group());
    assert.equal(failure.kind, 'network');
    assert.equal(failure.code, 'ETIMEDOUT');
    assert.equal(api.requests.length, 4);
    assertSecretFree(failure);
  }
});

test('stops reading an answer that is too large, compressed or not', async (t) => {
  const bomb = gzipSync(Buffer.alloc(60 * 1024 * 1024, 32));
  const api = await startScriptedApi(t, () => (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
  });
  const failure = await failureOf(
    createTestClient(t, { baseUrl: api.baseUrl, clock: createManualClock(START) }).group(),
  );
  assert.equal(failure.kind, 'too_large');
  assert.equal(api.requests.length, 1);
});

test('survives three transient faults with growing waits', async (t) => {
  const api = await startScriptedApi(
    t,
    sequence({ status: 500, text: '' }, error(503, 'TransientError'), (r) => r.destroy()),
  );
  const clock = createManualClock(START, { auto: true });
  const group = await createTestClient(t, { baseUrl: api.baseUrl, clock }).group();
  assert.equal(group.id, 'tidal_soc');
  const [first = 0, second = 0, third = 0] = clock.sleeps;
  assert.ok(
    first >= 375 && first <= 625 && second >= 1_500 && second <= 2_500 && third >= 6_000 && third <= 10_000,
    String(clock.sleeps),
  );
});

test('backs off from 15 seconds, doubling, when too many requests were sent', async (t) => {
  const tooMany = error(429, 'TooManyRequestsError');
  const api = await startScriptedApi(t, () => tooMany);
  const clock = createManualClock(START, { auto: true });
  const client = createTestClient(t, { baseUrl: api.baseUrl, clock });
  const failure = await failureOf(client.group());
  assert.equal(failure.kind, 'rate_limited');
  assert.deepEqual(clock.sleeps, [15_000, 30_000, 60_000, 120_000]);
  assert.equal(api.requests.length, 5);
  assert.equal(client.quotaRefused, false);
});

test('honours Retry-After in seconds and as a date', async (t) => {
  const clock = createManualClock(START, { auto: true });
  const api = await startScriptedApi(
    t,
    sequence(
      error(429, 'TooManyRequestsError', { 'retry-after': '7' }),
      error(429, 'TooManyRequestsError', { 'retry-after': 'Mon, 23 Nov 2026 08:00:20 GMT' }),
      error(503, 'TransientError', { 'retry-after': '3' }),
    ),
  );
  await createTestClient(t, { baseUrl: api.baseUrl, clock }).group();
  assert.deepEqual(clock.sleeps, [7_000, 13_000, 3_000]);
});

test('does not wait for longer than it may', async (t) => {
  const clock = createManualClock(START, { auto: true });
  const api = await startScriptedApi(t, () => error(429, 'TooManyRequestsError', { 'retry-after': '3600' }));
  const client = createTestClient(t, { baseUrl: api.baseUrl, clock }).limitedTo({
    deadline: new Date('2026-11-23T08:30:00Z'),
  });
  assert.equal((await failureOf(client.group())).kind, 'rate_limited');
  assert.deepEqual(clock.sleeps, []);
  assert.equal(api.requests.length, 1);
});

test('tries an exceeded quota once more after a minute, remembers it, and does not ask twice again', async (t) => {
  const clock = createManualClock(START, { auto: true });
  const api = await startScriptedApi(t, () => error(429, 'QuotaExceededError'));
  const client = createTestClient(t, { baseUrl: api.baseUrl, clock });
  assert.equal((await failureOf(client.group())).kind, 'quota_exceeded');
  assert.deepEqual(clock.sleeps, [60_000]);
  assert.equal(client.quotaRefused, true);
  await failureOf(client.isMember('ana'));
  assert.equal(api.requests.length, 3);
});

test('pauses everybody while the API asks for a pause', async (t) => {
  const clock = createManualClock(START);
  const api = await startScriptedApi(t, sequence(error(429, 'TooManyRequestsError')));
  const client = createTestClient(t, { baseUrl: api.baseUrl, clock });
  const first = client.group();
  while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
  const second = client.group();
  await clock.advance(14_000);
  assert.equal(api.requests.length, 1);
  await clock.advance(2_000);
  await Promise.all([first, second]);
  assert.equal(api.requests.length, 3);
});

test('reads the key file once more after a 401 and goes on with the new key', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'vt-auditor-key-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const apiKeyFile = join(folder, 'key');
  writeFileSync(apiKeyFile, 'fresh-key\n');
  const api = await startScriptedApi(t, ({ headers }) =>
    headers['x-apikey'] === 'fresh-key' ? { json: GROUP } : error(401, 'WrongCredentialsError'),
  );
  const group = { id: 'tidal_soc', apiKey: new Secret('stale-key'), apiKeyFile };
  const client = createTestClient(t, { baseUrl: api.baseUrl, clock: createManualClock(START), group });
  await Promise.all([client.group(), client.group(), client.group()]);
  await client.group();
  assert.equal(api.requests.filter(({ headers }) => headers['x-apikey'] === 'fresh-key').length, 4);
});

test('asks nothing more once the key was refused', async (t) => {
  const api = await startScriptedApi(t, () => error(401, 'WrongCredentialsError'));
  const client = createTestClient(t, { baseUrl: api.baseUrl, clock: createManualClock(START) });
  assert.equal((await failureOf(client.group())).kind, 'unauthenticated');
  assert.equal((await failureOf(client.isMember('ana'))).kind, 'unauthenticated');
  assert.equal(api.requests.length, 1);
});

test('stops within a wait and within a request when told to', async (t) => {
  const controller = new AbortController();
  const clock = createManualClock(START);
  const api = await startScriptedApi(
    t,
    sequence(error(429, 'TooManyRequestsError'), () => controller.abort()),
  );
  const client = createTestClient(t, { baseUrl: api.baseUrl, clock, signal: controller.signal });
  const waiting = failureOf(client.group());
  while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
  const moving = clock.advance(15_000);
  assert.equal((await waiting).kind, 'aborted');
  await moving;
  assert.equal((await failureOf(client.group())).kind, 'aborted');
  assert.equal(api.requests.length, 2);
});

test('keeps to its budget', async (t) => {
  const api = await startScriptedApi(t, () => ({ json: GROUP }));
  const client = createTestClient(t, { baseUrl: api.baseUrl, clock: createManualClock(START) });
  const limited = client.limitedTo({ maxRequests: 2 });
  const section = limited.limitedTo({});
  await section.group();
  await section.group();
  assert.equal((await failureOf(section.group())).kind, 'budget');
  assert.deepEqual([api.requests.length, section.requestsMade, client.requestsMade], [2, 2, 2]);
});

async function timesOf(client: AuditClient, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => client.group()));
}

test('sends at most so many requests in any minute, and no fewer than it may', async (t) => {
  const clock = createManualClock(START, { auto: true });
  const times: number[] = [];
  const api = await startScriptedApi(t, () => {
    times.push(clock.now().getTime());
    return { json: GROUP };
  });
  const client = createTestClient(t, { baseUrl: api.baseUrl, clock, api: { requestsPerMinute: 10, concurrency: 3 } });
  await timesOf(client, 35);
  const inMinute = times.map((time) => times.filter((other) => other >= time && other < time + 60_000).length);
  assert.equal(Math.max(...inMinute), 10);
  const took = clock.now().getTime() - Date.parse(START);
  assert.ok(took >= 180_000 && took < 180_000 * 1.05, `${took}`);
});

test('leaves nine tenths of the hourly allowance alone, but always takes 60', async (t) => {
  for (const [allowed, most] of [
    [1_000, 100],
    [240, 60],
  ] as const) {
    const clock = createManualClock(START, { auto: true });
    const api = await startScriptedApi(t, () => ({ json: GROUP }));
    const client = createTestClient(t, { baseUrl: api.baseUrl, clock });
    client.limitHourly(allowed);
    await timesOf(client, most);
    assert.ok(clock.now().getTime() - Date.parse(START) < 60_000);
    await client.group();
    assert.ok(clock.now().getTime() - Date.parse(START) >= 3_600_000);
  }
});
