import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { simulateGroup } from '../support/simulated-group.ts';

suite('server', () => {
  test('listens on loopback and gives keys of 64 hexadecimal characters', async (t) => {
    const { simulator } = await simulateGroup(t);
    assert.match(simulator.baseUrl, /^http:\/\/127\.0\.0\.1:\d+\/api\/v3$/);
    for (const key of Object.values(simulator.keys)) assert.match(key, /^[0-9a-f]{64}$/);
    assert.equal(new Set(Object.values(simulator.keys)).size, 4);
  });

  test('the same scenario gives the same keys and, at the same time, the same bytes', async (t) => {
    const [one, two] = [await simulateGroup(t), await simulateGroup(t)];
    assert.deepEqual(one.simulator.keys, two.simulator.keys);
    for (const path of ['/groups/G', '/groups/G/users?limit=40', '/groups/G/api_usage']) {
      const [first, second] = [await one.ask(path), await two.ask(path)];
      assert.equal(first.text.replaceAll(one.simulator.baseUrl, ''), second.text.replaceAll(two.simulator.baseUrl, ''));
    }
  });

  test('keeps a record of requests that names keys and does not hold them', async (t) => {
    const { ask, simulator } = await simulateGroup(t);
    await ask('/groups/G/users?limit=3');
    await ask('/groups/G/api_usage', { key: simulator.keys.member });
    await ask('/metadata', { key: 'wrong' });
    await ask('/metadata', { key: null });
    assert.deepEqual(
      simulator.requests.map(({ method, path, query, status, whichKey }) => [method, path, query, status, whichKey]),
      [
        ['GET', '/groups/northwind_dfir/users', 'limit=3', 200, 'administrator'],
        ['GET', '/groups/northwind_dfir/api_usage', '', 403, 'member'],
        ['GET', '/metadata', '', 401, 'unknown'],
        ['GET', '/metadata', '', 401, 'none'],
      ],
    );
    assert.equal(JSON.stringify(simulator.requests).includes(simulator.keys.administrator), false);
  });

  test('refuses what comes faster than its limit, by key, until a minute has gone by', async (t) => {
    const { ask, clock, simulator } = await simulateGroup(t, 'acme', { requestsPerMinute: 2 });
    const status = async (key?: string): Promise<number> =>
      (await ask('/metadata', key === undefined ? {} : { key })).status;
    assert.deepEqual([await status(), await status(), await status()], [200, 200, 429]);
    assert.equal((await ask('/metadata')).body['error']?.['code'], 'TooManyRequestsError');
    assert.equal(await status(simulator.keys.member), 200);
    await clock.advance(60_000);
    assert.equal(await status(), 200);
  });

  test('answers after its latency', async (t) => {
    const { ask, clock } = await simulateGroup(t, 'acme', { latencyMs: 50 });
    const answer = ask('/metadata');
    while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(50);
    assert.equal((await answer).status, 200);
    assert.deepEqual(clock.sleeps, [50]);
  });

  test('unknown paths, methods and bodies that are no JSON are refused', async (t) => {
    const { ask, simulator } = await simulateGroup(t);
    assert.equal((await ask('/nothing/here')).status, 404);
    assert.equal((await ask('/groups/G', { method: 'DELETE' })).status, 404);
    assert.equal((await ask('/groups/G/colours')).status, 400);
    assert.equal((await ask('/users/%E0%A4%A')).status, 404);
    const response = await fetch(`${simulator.baseUrl}/groups/${simulator.groupId}`, {
      method: 'PATCH',
      headers: { 'x-apikey': simulator.keys.administrator },
      body: '{',
    });
    assert.equal(response.status, 400);
    await response.body?.cancel();
  });

  test('closing ends open connections and can be repeated', async (t) => {
    const { simulator } = await simulateGroup(t);
    const socket = connect(Number(new URL(simulator.baseUrl).port), '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    const ended = once(socket, 'close');
    await simulator.close();
    await ended;
    await simulator.close();
    await assert.rejects(fetch(simulator.baseUrl));
  });
});
