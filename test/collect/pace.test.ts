import assert from 'node:assert/strict';
import test from 'node:test';
import { collect } from '../../src/collect/collect.ts';
import { silentLog } from '../../src/model/log.ts';
import { Secret } from '../../src/model/secret.ts';
import { COLLECTED_SECTIONS } from '../../src/model/snapshot.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { createAuditClient } from '../../src/virustotal/audit-client.ts';
import { generateWorld } from '../support/generate-world.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { apiSettings } from '../support/scripted-api.ts';

const PER_MINUTE = 20;

test('never brings a 429 on itself, and is within five per cent of the rate it was given', async (t) => {
  const clock = createManualClock('2026-11-23T08:00:00Z', { auto: true });
  const scenario = generateWorld({ members: 600, seed: 'pace' });
  const simulator = await startSimulator({ scenario, clock, requestsPerMinute: PER_MINUTE });
  t.after(() => simulator.close());
  const client = createAuditClient({
    api: apiSettings(simulator.baseUrl, { requestsPerMinute: PER_MINUTE }),
    group: { id: simulator.groupId, apiKey: new Secret(simulator.keys.administrator), apiKeyFile: null },
    clock,
    log: silentLog,
    version: '0.0.0',
  });
  t.after(() => client.close());
  const at = clock.now();
  const { made, summaries } = await collect({
    client,
    groupId: simulator.groupId,
    identity: simulator.identity,
    sections: COLLECTED_SECTIONS,
    at,
    clock,
    log: silentLog,
    budget: 500,
  });
  assert.deepEqual(
    summaries.filter(({ complete }) => !complete),
    [],
  );
  assert.ok(simulator.requests.every(({ status }) => status === 200));
  const leastMs = Math.floor((made - 1) / PER_MINUTE) * 60_000;
  const took = clock.now().getTime() - at.getTime();
  assert.ok(took >= leastMs && took <= leastMs * 1.05, `${made} requests took ${took} ms`);
});
