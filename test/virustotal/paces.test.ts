import assert from 'node:assert/strict';
import test from 'node:test';
import { createPaces } from '../../src/virustotal/pace.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createTestClient, startScriptedApi } from '../support/scripted-api.ts';

const HOUR_MS = 3_600_000;

test('the hour of a group outlives the client of a run, and is no other group’s', async (t) => {
  const clock = createManualClock('2026-11-23T08:00:00Z', { auto: true });
  const paces = createPaces(clock);
  const api = await startScriptedApi(t, () => ({ json: { data: true } }));
  const run = async (group: string, requests: number): Promise<void> => {
    const client = createTestClient(t, { baseUrl: api.baseUrl, clock, pace: paces.of(group, 6_000) });
    client.limitHourly(600);
    for (let count = 0; count < requests; count += 1) await client.isMember('kestrel');
    client.close();
  };
  const startedAt = clock.now().getTime();
  await run('tidal_soc', 40);
  await run('tidal_soc', 20);
  await run('other_soc', 60);
  assert.equal(clock.now().getTime(), startedAt);
  await run('tidal_soc', 1);
  assert.ok(clock.now().getTime() >= startedAt + HOUR_MS);
});

test('a larger allowance counts from the run that sees it', () => {
  const clock = createManualClock('2026-11-23T08:00:00Z');
  const pace = createPaces(clock).of('tidal_soc', 6_000);
  pace.limitHourly(600);
  pace.limitHourly(6_000);
  for (let count = 0; count < 600; count += 1) assert.equal(pace.reserve().getTime(), clock.now().getTime());
  assert.ok(pace.reserve() > clock.now());
});

test('says how many requests could leave now, for the group with the least room', () => {
  const clock = createManualClock('2026-11-23T08:00:00Z');
  const paces = createPaces(clock);
  assert.equal(paces.leastRoom(), null);
  const first = paces.of('tidal_soc', 60);
  const second = paces.of('other_soc', 60);
  for (let count = 0; count < 10; count += 1) first.reserve();
  assert.equal(paces.leastRoom(), 50);
  first.limitHourly(150);
  assert.equal(paces.leastRoom(), 50, 'an hour never has fewer than 60');
  second.pauseUntil(new Date(clock.now().getTime() + 1_000));
  assert.equal(paces.leastRoom(), 0);
});
