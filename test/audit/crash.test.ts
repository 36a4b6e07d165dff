import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { selectJobs } from '../../src/app/jobs.ts';
import { type App, newRunId, openApp } from '../../src/app.ts';
import { audit } from '../../src/audit.ts';
import { BASE, configFolder } from '../support/config-folder.ts';

/** An audit in which a part of the program has a defect before anything is asked for. */
async function crash(t: TestContext, signal?: AbortSignal): Promise<App> {
  const folder = configFolder(t, { 'config.yaml': `${BASE}store: { path: ./audit.db }\n` });
  const options = { configFile: join(folder, 'config.yaml'), logLevel: 'silent', logFormat: 'json' } as const;
  const app = await openApp(options, 'command');
  t.after(() => app.close());
  const at = app.clock.now();
  const context = await app.context(at);
  const input = {
    config: app.config,
    rules: context.rules,
    trigger: 'manual',
    narrowed: false,
    isSending: false,
    at,
    runId: () => newRunId(at),
  } as const;
  const [job] = selectJobs({ audits: [], groups: [], rules: [] }, input);
  assert.ok(job);
  const broken = { ...context, loadWaivers: () => Promise.reject(new Error('a defect')) };
  await assert.rejects(audit({ ...job, ...(signal === undefined ? {} : { signal }) }, broken), /a defect/u);
  return app;
}

test('a run that ends by a defect has failed, and is not left open', async (t) => {
  const app = await crash(t);
  const [row] = app.store.runs({ limit: 10 });
  assert.equal(row?.run.status, 'failed');
  assert.match(row?.run.failure?.text ?? '', /defect/u);
  assert.notEqual(row?.run.finishedAt, null);
});

test('a run that was told to stop is left to who stopped it', async (t) => {
  const app = await crash(t, AbortSignal.abort());
  assert.equal(app.store.runs({ limit: 10 })[0]?.run.status, 'running');
});
