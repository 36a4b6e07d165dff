import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkOffline } from '../../src/app/check.ts';
import { nothingOpen, refuseUseless } from '../../src/app/useless-waivers.ts';
import { type WaiverTarget, waiverFor, writeWaivers } from '../../src/app/waive.ts';
import { type App, openApp } from '../../src/app.ts';
import { addDays, toDay } from '../../src/model/instant.ts';
import { configFolder } from '../support/config-folder.ts';
import { buildFinding, buildReport, buildRun } from '../support/report-builder.ts';
import { buildCommit } from '../support/store-builder.ts';

const TODAY = toDay(new Date());
const RULE = 'members-use-2fa';

const CONFIGURATION = `groups: [{ id: acme_soc, apiKeyFile: ./key }]
audits: [{ name: weekly }]
waivers: ./waivers.yaml
store: { path: ./audit.db }
`;

async function open(t: TestContext): Promise<{ readonly app: App; readonly file: string }> {
  const folder = configFolder(t, { 'config.yaml': CONFIGURATION });
  const app = await openApp(
    { configFile: join(folder, 'config.yaml'), logLevel: 'silent', logFormat: 'json' },
    'command',
  );
  t.after(() => app.close());
  return { app, file: join(folder, 'waivers.yaml') };
}

/** A committed run of the group with one open finding, about `ana`. */
function audit(app: App, waivers: Parameters<typeof buildReport>[0] = {}): void {
  const run = buildRun({ id: 'r1', group: 'acme_soc', slot: null });
  const finding = buildFinding({
    group: 'acme_soc',
    rule: RULE,
    severity: 'high',
    subject: { kind: 'member', id: 'ana', email: 'ana@acme.example' },
  });
  app.store.commitRun(buildCommit('r1', { run, findings: [finding], report: buildReport({ run, ...waivers }) }));
}

const target = (over: Partial<WaiverTarget> = {}): WaiverTarget => ({
  rule: RULE,
  subject: 'ana',
  group: null,
  key: null,
  ...over,
});

const until = (day: string, approvedBy = 'bo@acme.example') => ({
  reason: 'token ordered',
  approvedBy,
  until: day,
  ticket: null,
});

test('says what was probably meant of a rule, a group and a subject that are not there', async (t) => {
  const { app } = await open(t);
  assert.throws(
    () => waiverFor(app, target({ rule: 'member-use-2fa' }), until(TODAY)),
    /no rule "member-use-2fa"; did you mean "members-use-2fa"\?/,
  );
  assert.throws(
    () => waiverFor(app, target({ group: 'acme-soc' }), until(TODAY)),
    /no group "acme-soc"; did you mean "acme_soc"\?/,
  );
  assert.match(nothingOpen(app, target()) ?? '', /no audit has run yet/);
  audit(app);
  assert.equal(nothingOpen(app, target()), null);
  assert.equal(nothingOpen(app, target({ subject: 'ANA@acme.example' })), null);
  assert.match(nothingOpen(app, target({ subject: 'anna' })) ?? '', /did you mean "ana"\?/);
  assert.match(nothingOpen(app, target({ key: 'other' })) ?? '', /is about ana \(other\)/);
});

test('refuses what can never count, before anything is written or printed', async (t) => {
  const { app, file } = await open(t);
  audit(app);
  const refused = (day: string, approvedBy?: string) =>
    assert.rejects(refuseUseless(app, [waiverFor(app, target(), until(day, approvedBy))]));
  await refused(addDays(TODAY, -1));
  await refused('2026-02-30');
  await refused('soon');
  await refused(addDays(TODAY, 91));
  await refused(addDays(TODAY, 5), 'ana');
  await refused(addDays(TODAY, 5), 'ANA@acme.example');
  await refuseUseless(app, [waiverFor(app, target(), until(TODAY))]);
  await refuseUseless(app, [waiverFor(app, target(), until(addDays(TODAY, 90)))]);
  assert.throws(() => readFileSync(file), /ENOENT/);
});

test('refuses what is waived already, and takes what lasts longer', async (t) => {
  const { app, file } = await open(t);
  audit(app);
  const entry = waiverFor(app, target(), until(addDays(TODAY, 20)));
  await writeWaivers(app, [entry]);
  const before = readFileSync(file, 'utf8');
  await assert.rejects(refuseUseless(app, [entry]), /is waived for ana until [\d-]+ already, approved by bo@acme/);
  await assert.rejects(refuseUseless(app, [waiverFor(app, target(), until(addDays(TODAY, 5)))]), /already/);
  await refuseUseless(app, [waiverFor(app, target(), until(addDays(TODAY, 21)))]);
  await refuseUseless(app, [waiverFor(app, target({ subject: 'bo' }), until(addDays(TODAY, 5), 'cy'))]);
  assert.equal(readFileSync(file, 'utf8'), before);
});

test('a waiver file that is not there yet waives nothing, and says how it begins', async (t) => {
  const { app } = await open(t);
  assert.equal(await app.waiverProblem(), null);
  const lines = (await checkOffline(app)).filter(({ about }) => about === 'waivers');
  assert.deepEqual(
    lines.map(({ state }) => state),
    ['warning'],
  );
  assert.match(lines[0]?.text ?? '', /is not there yet.*`vt-auditor waive` begins it/);
  const { context } = await app.inForce(app.clock.now());
  assert.deepEqual(await context.loadWaivers(app.clock.now()), { waivers: [], bad: [] });
});

test('a waiver file that got lost ends no waiver that was in force', async (t) => {
  const { app, file } = await open(t);
  writeFileSync(file, `- { rule: ${RULE}, subject: ana, reason: r, approvedBy: bo, expires: ${addDays(TODAY, 20)} }\n`);
  const { context } = await app.inForce(app.clock.now());
  const { waivers } = await context.loadWaivers(app.clock.now());
  assert.equal(waivers?.length, 1);
  audit(app, { waivers: { inForce: waivers ?? [], bad: [] } });
  rmSync(file);
  assert.match((await app.waiverProblem()) ?? '', /there is no such file/);
  const lost = await context.loadWaivers(app.clock.now());
  assert.deepEqual(lost.waivers, waivers);
  assert.equal(lost.bad.length, 1);
  const later = await context.loadWaivers(new Date(Date.now() + 22 * 86_400_000));
  assert.deepEqual(later, { waivers: [], bad: [] });
});
