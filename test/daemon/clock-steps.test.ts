import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openApp } from '../../src/app.ts';
import { startDaemon } from '../../src/daemon/daemon.ts';
import type { Clock } from '../../src/model/clock.ts';
import { configFolder } from '../support/config-folder.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

const CONFIGURATION = `groups: [{ id: acme_soc, identity: x, apiKeyFile: ./key }]
audits: [{ name: yearly, schedule: "0 0 1 1 *" }]
channels: { siem: { type: webhook, url: "https://siem.acme.example/" } }
store: { path: ./audit.db }
server: { listen: "127.0.0.1:0" }
`;

/** A daemon on a clock that the test sets. */
async function start(t: TestContext) {
  const configFile = join(configFolder(t, { 'config.yaml': CONFIGURATION }), 'config.yaml');
  const app = await openApp({ configFile, logLevel: 'silent' }, 'daemon');
  let clock: ManualClock = createManualClock('2026-11-23T08:00:00Z');
  const settable: Clock = { now: () => clock.now(), sleep: (ms, signal) => clock.sleep(ms, signal) };
  // Nothing is sent: what is owed is looked at.
  const pump = { ...app.pump, start: () => undefined, stop: () => Promise.resolve() };
  const daemon = await startDaemon({ ...app, pump, clock: settable });
  t.after(async () => {
    await daemon.stop();
    await app.close();
  });
  const set = (time: string): void => {
    clock = createManualClock(time);
  };
  const ask = async (path: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${daemon.port}${path}`, { headers: { connection: 'close' } })).status;
  return { set, ask };
}

test('a clock that is set forward is no reason to be restarted', async (t) => {
  const { set, ask } = await start(t);
  set('2026-11-23T14:00:00Z');
  assert.equal(await ask('/healthz'), 200);
});
