import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Fault } from '../../src/simulator/fault.ts';
import { simulateGroup, text } from '../support/simulated-group.ts';

const USERS = '^GET /groups/northwind_dfir/users\\b';

function onUsers(fault: Fault): { readonly faults: readonly [{ readonly on: string; readonly fault: Fault }] } {
  return { faults: [{ on: USERS, fault }] };
}

suite('faults by status', () => {
  const codes: readonly (readonly [number, string])[] = [
    [400, 'BadRequestError'],
    [401, 'WrongCredentialsError'],
    [403, 'ForbiddenError'],
    [404, 'NotFoundError'],
    [409, 'AlreadyExistsError'],
    [424, 'FailedDependencyError'],
    [429, 'QuotaExceededError'],
    [500, 'ServerError'],
    [503, 'TransientError'],
    [504, 'DeadlineExceededError'],
  ];
  for (const [status, code] of codes) {
    test(`${status} carries ${code}, and other requests are served`, async (t) => {
      const { ask } = await simulateGroup(t, 'acme', onUsers({ kind: 'status', status }));
      const answer = await ask('/groups/G/users');
      assert.equal(answer.status, status);
      assert.equal(answer.body['error']?.['code'], code);
      assert.equal((await ask('/groups/G/administrators')).status, 200);
    });
  }

  test('502 is plain text', async (t) => {
    const { ask } = await simulateGroup(t, 'acme', onUsers({ kind: 'status', status: 502 }));
    const answer = await ask('/groups/G/users');
    assert.deepEqual([answer.status, answer.type, answer.text], [502, 'text/plain', 'Bad Gateway\n']);
  });

  test('Retry-After comes in both forms, by the clock of the simulator', async (t) => {
    const { ask, simulator } = await simulateGroup(t);
    const code = 'TooManyRequestsError';
    for (const [form, expected] of [
      ['seconds', '30'],
      ['date', 'Sun, 22 Nov 2026 10:30:30 GMT'],
    ] as const) {
      simulator.setFaults([
        { on: USERS, fault: { kind: 'status', status: 429, code, retryAfter: { seconds: 30, form } } },
      ]);
      const answer = await ask('/groups/G/users');
      assert.equal(answer.headers.get('retry-after'), expected);
      assert.equal(answer.body['error']?.['code'], code);
    }
  });

  test('a rule can wait, end, and be replaced', async (t) => {
    const { ask, simulator } = await simulateGroup(t, 'acme', {
      faults: [{ on: USERS, after: 1, times: 2, fault: { kind: 'status', status: 503 } }],
    });
    const statuses = async (count: number): Promise<readonly number[]> => {
      const list: number[] = [];
      for (let index = 0; index < count; index += 1) list.push((await ask('/groups/G/users')).status);
      return list;
    };
    assert.deepEqual(await statuses(4), [200, 503, 503, 200]);
    simulator.setFaults([{ on: /users/g, fault: { kind: 'html' } }]);
    assert.equal((await ask('/groups/G/users')).type, 'text/html; charset=utf-8');
    assert.equal((await ask('/groups/G/users')).type, 'text/html; charset=utf-8');
    simulator.setFaults([]);
    assert.equal((await ask('/groups/G/users')).type, 'application/json; charset=utf-8');
  });

  test('a target sees the query decoded and may be a predicate', async (t) => {
    const { ask, simulator } = await simulateGroup(t);
    simulator.setFaults([{ on: (line) => line.includes('filter=2fa_enabled:false'), fault: { kind: 'noData' } }]);
    assert.equal('data' in (await ask('/groups/G/users?filter=2fa_enabled%3Afalse')).body, false);
    assert.equal('data' in (await ask('/groups/G/users?filter=2fa_enabled%3Atrue')).body, true);
  });

  test('a redirect leads away', async (t) => {
    const { ask } = await simulateGroup(t, 'acme', onUsers({ kind: 'redirect', to: 'http://127.0.0.1:9/x' }));
    const answer = await ask('/groups/G/users');
    assert.deepEqual([answer.status, answer.headers.get('location')], [302, 'http://127.0.0.1:9/x']);
  });
});

suite('faults of the connection', () => {
  test('a reset and a cut body end the request with an error', async (t) => {
    const { ask, simulator } = await simulateGroup(t, 'acme', onUsers({ kind: 'reset' }));
    await assert.rejects(ask('/groups/G/users'));
    simulator.setFaults([{ on: USERS, fault: { kind: 'cutBody', keep: 0.5, how: 'connection' } }]);
    await assert.rejects(ask('/groups/G/users'));
    assert.deepEqual(
      simulator.requests.map((request) => request.status),
      [null, 200],
    );
  });

  test('a body declared too short arrives whole and is no JSON', async (t) => {
    const { ask } = await simulateGroup(t, 'acme', onUsers({ kind: 'cutBody', keep: 0.5, how: 'length' }));
    const answer = await ask('/groups/G/users');
    assert.equal(answer.status, 200);
    assert.ok(answer.text.startsWith('{"data":['));
    assert.equal(answer.body, undefined);
  });

  test('a request that hangs is on record and ends when the simulator closes', async (t) => {
    const { ask, simulator } = await simulateGroup(t, 'acme', onUsers({ kind: 'hang' }));
    const hanging = assert.rejects(ask('/groups/G/users'));
    while (simulator.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(simulator.requests[0]?.status, null);
    await simulator.close();
    await hanging;
  });

  test('a drip takes as long as it was told and is then complete', async (t) => {
    const { ask, clock, simulator } = await simulateGroup(t, 'acme', {
      faults: [{ on: 'relationships/users/', fault: { kind: 'drip', bytes: 5, everyMs: 1000 } }],
    });
    const answer = ask('/groups/G/relationships/users/freja.holst');
    while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(5000);
    assert.deepEqual((await answer).body, { data: true });
    assert.equal(simulator.requests[0]?.status, 200);
  });
});

suite('faults of the content', () => {
  test('an ignored filter returns everybody and still pages', async (t) => {
    const { all } = await simulateGroup(t, 'acme', onUsers({ kind: 'ignoredFilter' }));
    assert.equal((await all('/groups/G/users?filter=2fa_enabled:false&limit=40')).length, 72);
  });

  test('an empty page has no continuation; its count agrees or does not', async (t) => {
    const { ask, simulator } = await simulateGroup(t, 'acme', onUsers({ kind: 'emptyPage', count: 'kept' }));
    const kept = await ask('/groups/G/users');
    assert.deepEqual([kept.body['data'], kept.body['meta']], [[], { count: 72 }]);
    assert.deepEqual(Object.keys(kept.body['links'] ?? {}), ['self']);
    simulator.setFaults([{ on: USERS, fault: { kind: 'emptyPage', count: 'zero' } }]);
    assert.deepEqual((await ask('/groups/G/users')).body['meta'], { count: 0 });
  });

  test('a short page ends the list before the count', async (t) => {
    const { all } = await simulateGroup(t, 'acme', {
      faults: [{ on: 'cursor=', fault: { kind: 'shortPage', keep: 3 } }],
    });
    assert.equal((await all('/groups/G/users?limit=40')).length, 43);
  });

  test('a repeated cursor leads to the same page for ever', async (t) => {
    const { ask, simulator } = await simulateGroup(t, 'acme', onUsers({ kind: 'repeatedCursor' }));
    let path = '/groups/G/users?limit=5';
    const seen: string[] = [];
    for (let page = 0; page < 3; page += 1) {
      const { body } = await ask(path);
      seen.push(`${text(body['meta']?.['cursor'])} ${text(body['data']?.[0]?.['id'])}`);
      path = text(body['links']?.['next']).slice(simulator.baseUrl.length);
    }
    assert.equal(new Set(seen).size, 1);
  });

  test('a foreign next points to another origin, with and without a cursor', async (t) => {
    const origin = 'https://collector.example';
    const { ask, simulator } = await simulateGroup(t, 'acme', onUsers({ kind: 'foreignNext', origin, cursor: 'kept' }));
    const { body } = await ask('/groups/G/users');
    assert.ok(text(body['links']?.['next']).startsWith(`${origin}/api/v3/groups/`));
    assert.ok('cursor' in (body['meta'] ?? {}));
    simulator.setFaults([{ on: USERS, fault: { kind: 'foreignNext', origin, cursor: 'gone' } }]);
    assert.deepEqual((await ask('/groups/G/users')).body['meta'], { count: 72 });
  });

  test('a member is broken, attributes are hidden, a body is huge', async (t) => {
    const { ask, simulator } = await simulateGroup(t, 'acme', onUsers({ kind: 'brokenMember', index: 1 }));
    assert.deepEqual(Object.keys((await ask('/groups/G/users')).body['data']?.[1] ?? {}), ['type', 'id', 'error']);
    simulator.setFaults([
      { on: USERS, fault: { kind: 'hiddenAttributes', names: ['last_login', 'email'] } },
      { on: 'relationships', fault: { kind: 'hiddenAttributes', names: ['roles'] } },
      { on: 'metadata', fault: { kind: 'oversized', bytes: 100_000 } },
    ]);
    assert.equal((await ask('/groups/G/users')).text.includes('last_login'), false);
    assert.equal((await ask('/groups/G/relationships/users')).text.includes('USER_ROLE'), false);
    assert.ok((await ask('/metadata')).text.length > 100_000);
  });
});
