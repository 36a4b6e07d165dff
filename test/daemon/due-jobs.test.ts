import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { dueGroups, hasClockStepped, recordDueSlots } from '../../src/daemon/due-jobs.ts';
import type { AuditSettings, Config } from '../../src/model/settings.ts';
import { stableJitterMs } from '../../src/schedule/jitter.ts';
import { configOf } from '../support/config-folder.ts';
import { temporaryStore } from '../support/store-builder.ts';

const YAML = `groups:
  - { id: acme_soc, identity: x, apiKeyFile: ./key }
audits:
  - { name: hourly, schedule: "0 * * * *" }
`;

async function setUp(t: TestContext, audit: Partial<AuditSettings> = {}) {
  const config = await configOf(t, YAML);
  const audits = config.audits.map((each) => ({ ...each, ...audit }));
  const { store } = temporaryStore(t);
  return { config: { ...config, audits } satisfies Config, store };
}

const at = (text: string): Date => new Date(`2026-11-23T${text}Z`);

test('a schedule that is seen for the first time begins now; later every due time is one slot', async (t) => {
  const app = await setUp(t);
  recordDueSlots(app, at('08:30:00'));
  assert.deepEqual(dueGroups(app, at('08:30:00')), { now: [], nextAt: null });
  recordDueSlots(app, at('09:00:00'));
  recordDueSlots(app, at('09:00:30'));
  assert.deepEqual(dueGroups(app, at('09:00:30')).now, ['acme_soc']);
  assert.equal(app.store.pendingAudits()[0]?.missed, 0);
  recordDueSlots(app, at('13:59:00'));
  assert.equal(app.store.pendingAudits()[0]?.missed, 4);
});

test('an audit with a jitter begins at its own second', async (t) => {
  const app = await setUp(t, { jitterSeconds: 600 });
  const delay = stableJitterMs('hourly', 600_000);
  assert.ok(delay > 0);
  recordDueSlots(app, at('08:30:00'));
  recordDueSlots(app, at('09:00:00'));
  const begins = new Date(at('09:00:00').getTime() + delay);
  assert.deepEqual(dueGroups(app, at('09:00:00')), { now: [], nextAt: begins });
  assert.deepEqual(dueGroups(app, new Date(begins.getTime() - 1)).now, []);
  assert.deepEqual(dueGroups(app, begins), { now: ['acme_soc'], nextAt: null });
});

test('a clock that is set back by hours runs nothing again; one that was wrong by years is believed again', async (t) => {
  const app = await setUp(t);
  const claim = () => app.store.claimSlots({ audit: 'hourly', group: 'acme_soc', runId: 'r' });
  recordDueSlots(app, at('08:30:00'));
  recordDueSlots(app, at('09:00:00'));
  assert.equal(claim()?.slot, '2026-11-23T09:00[UTC]');
  for (const time of ['07:00:00', '08:00:00', '09:00:10']) {
    recordDueSlots(app, at(time));
    assert.deepEqual(app.store.pendingAudits(), [], time);
  }
  recordDueSlots(app, new Date('2026-12-24T00:00:00Z'));
  assert.ok(claim() !== null);
  assert.equal(hasClockStepped(app, at('09:30:00')), true);
  recordDueSlots(app, at('09:30:00'));
  assert.equal(hasClockStepped(app, at('09:30:00')), false);
  recordDueSlots(app, at('10:00:00'));
  assert.equal(claim()?.slot, '2026-11-23T10:00[UTC]');
});

test('what is not configured any more is not due', async (t) => {
  const app = await setUp(t);
  recordDueSlots(app, at('08:30:00'));
  recordDueSlots(app, at('09:00:00'));
  assert.deepEqual(dueGroups({ ...app, config: { ...app.config, audits: [] } }, at('09:00:00')).now, []);
});
