import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { known } from '../../src/model/fact.ts';
import { encodeSection } from '../../src/sections.ts';
import { openStore } from '../../src/store/store.ts';
import { runInFolder } from '../support/flow-in-process.ts';
import type { Ended } from '../support/flow-program.ts';
import { ruleFolder } from '../support/rule-folder.ts';
import { member } from '../support/snapshot-builder.ts';
import { buildCommit } from '../support/store-builder.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** From a folder without a configuration. */
async function run(...args: readonly string[]): Promise<Ended> {
  return await runInFolder(ROOT, args);
}

test('every example passes its own tests', async () => {
  const { code, stdout } = await run('rules', 'test', 'examples');
  assert.equal(code, 0, stdout);
  const names = await readdir(join(ROOT, 'examples'));
  const rules = names.filter((name) => /\.(yaml|ts)$/.test(name) && !name.includes('.test.'));
  assert.ok(rules.length >= 4);
  assert.match(stdout, new RegExp(`^${rules.length} of ${rules.length} rules pass their tests\\.$`, 'm'));
});

test('what the page tells a stranger to write works the first time', async (t) => {
  const page = await readFile(join(ROOT, 'docs', 'write-a-rule.md'), 'utf8');
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  const [rule = '', tests = ''] = blocks;
  const folder = await ruleFolder(t, { 'contractors-sign-in.yaml': `${rule}\n${tests}` });
  const good = await run('rules', 'test', join(folder, 'contractors-sign-in.yaml'));
  assert.deepEqual([good.code, good.stdout.split('\n')[0]], [0, 'ok      contractors-sign-in: 2 cases']);

  await writeFile(
    join(folder, 'contractors-sign-in.yaml'),
    `${rule.replaceAll('lastLoginAt', 'lastLoginAd')}\n${tests}`,
  );
  const misspelt = await run('rules', 'test', folder);
  assert.equal(misspelt.code, 2);
  assert.match(
    misspelt.stdout,
    /contractors-sign-in\.yaml:17:11: when: a Member has no "lastLoginAd"; did you mean "lastLoginAt"\?/,
  );
});

test('a stranger begins and tries a rule in an empty folder, and is told where rules were looked for', async (t) => {
  const folder = await ruleFolder(t, {});
  const nothing = await runInFolder(folder, ['rules', 'test']);
  assert.equal(nothing.code, 2);
  assert.match(nothing.stderr, /no rule was found: .*there is no folder \.\/custom-rules; .*rules new ID/);
  assert.equal((await runInFolder(folder, ['rules', 'new', 'people-sign-in'])).code, 0);
  const tried = await runInFolder(folder, ['rules', 'test']);
  assert.deepEqual([tried.code, tried.stdout.split('\n')[0]], [0, 'ok      people-sign-in: 3 cases']);
  const empty = await ruleFolder(t, { 'notes.txt': 'nothing' });
  const none = await runInFolder(folder, ['rules', 'test', empty]);
  assert.deepEqual(
    [none.code, /no rule was found in .*: rules are files that end in \.yaml/.test(none.stderr)],
    [2, true],
  );
});

test('a new rule of any kind passes its tests as it is, and nothing is replaced', async (t) => {
  const folder = await ruleFolder(t, {});
  for (const kind of ['yaml', 'ts', 'js']) {
    const made = await run('rules', 'new', `people-sign-in-${kind}`, '--kind', kind, '--folder', folder);
    assert.equal(made.code, 0, made.stderr);
  }
  assert.deepEqual(await readdir(folder), [
    'people-sign-in-js.js',
    'people-sign-in-js.md',
    'people-sign-in-js.test.js',
    'people-sign-in-ts.md',
    'people-sign-in-ts.test.ts',
    'people-sign-in-ts.ts',
    'people-sign-in-yaml.md',
    'people-sign-in-yaml.yaml',
    'rule.schema.json',
  ]);
  const tried = await run('rules', 'test', folder);
  assert.equal(tried.code, 0, tried.stdout);
  const again = await run('rules', 'new', 'people-sign-in-ts', '--kind', 'ts', '--folder', folder);
  assert.deepEqual([again.code, /is there already; nothing was written/.test(again.stderr)], [2, true]);
  for (const id of ['Bad_Id', 'members-use-2fa', '../escape']) {
    assert.equal((await run('rules', 'new', id, '--folder', folder)).code, 2);
  }
});

test('a rule that does not do what its tests say fails with 1, case by case', async (t) => {
  const source = await readFile(join(ROOT, 'examples', 'contractors-sign-in.yaml'), 'utf8');
  const folder = await ruleFolder(t, {
    'contractors-sign-in.yaml': source.replace('> options.maxDays)', '>= options.maxDays)'),
    'without-tests.ts': 'export default {};\n',
  });
  const failed = await run('rules', 'test', join(folder, 'contractors-sign-in.yaml'));
  assert.equal(failed.code, 1);
  assert.match(failed.stdout, /^FAILED {2}contractors-sign-in/m);
  assert.match(
    failed.stdout,
    /"a contractor who signed in exactly 30 days ago, and an idle employee": should pass, but it breached \(member ext-ana: /,
  );
  const all = await run('rules', 'test', folder);
  assert.equal(all.code, 2);
  assert.match(all.stdout, /^BROKEN {2}without-tests: it has no tests: write without-tests\.test\.ts beside it$/m);
  assert.equal((await run('rules', 'test', join(folder, 'nowhere'))).code, 2);
});

const CONFIG = `groups:
  - id: harbor_soc
    apiKey: ${'0a'.repeat(32)}
audits:
  - { name: review, groups: ["*"], rules: ["*"] }
customRules: [./rules]
store: { path: ./data/auditor.db }
rules:
  people-sign-in: { maxDays: 60 }
`;

/** A configuration, a rule in its folder and a database in which two audits saw two members. */
async function installed(
  t: TestContext,
): Promise<{ readonly folder: string; readonly config: string; readonly rule: string }> {
  const folder = await ruleFolder(t, { 'config.yaml': CONFIG });
  assert.equal((await run('rules', 'new', 'people-sign-in', '--folder', join(folder, 'rules'))).code, 0);
  const store = openStore({ path: join(folder, 'data', 'auditor.db') });
  const today = Date.now();
  for (const [index, idleDays] of [10, 70].entries()) {
    const at = new Date(today - (2 - index) * 86_400_000);
    const lastLoginAt = known(new Date(at.getTime() - idleDays * 86_400_000).toISOString());
    const commit = buildCommit(`run-${index}`, {
      basedOn: index === 0 ? null : 'run-0',
      at,
      runOver: { group: 'harbor_soc', startedAt: at.toISOString(), finishedAt: at.toISOString(), status: 'complete' },
      sections: [
        encodeSection('members', [
          member('amy', { lastLoginAt }),
          member('bela', { lastLoginAt: known(at.toISOString()) }),
        ]),
        encodeSection('serviceAccounts', []),
      ],
    });
    store.startRun(commit.run);
    store.commitRun(commit);
  }
  store.close();
  return { folder, config: join(folder, 'config.yaml'), rule: join(folder, 'rules', 'people-sign-in.yaml') };
}

test('an installed rule, and an edited file of it, are replayed and compared on what is stored', async (t) => {
  const { folder, config, rule } = await installed(t);
  const edited = join(folder, 'people-sign-in.yaml');
  await writeFile(edited, (await readFile(rule, 'utf8')).replace('> options.maxDays', '> options.maxDays - 61'));

  const replay = await run('--config', config, 'backtest', 'people-sign-in', '--days', '30');
  assert.equal(replay.code, 0, replay.stderr);
  assert.match(replay.stdout, /^harbor_soc: 2 days with a snapshot/);
  assert.match(replay.stdout, /opened {2}member amy: medium: amy has not signed in for more than 60 days$/m);
  assert.match(replay.stdout, /1 opened, 0 closed, 1 open on/);

  const file = await run('--config', config, '--json', 'backtest', edited);
  const told = JSON.parse(file.stdout).groups[0].days.map((day: { opened: { subject: { id: string } }[] }) =>
    day.opened.map(({ subject }) => subject.id),
  );
  assert.deepEqual(told, [['amy', 'bela'], []]);

  const diff = await run('--config', config, 'rules', 'diff', edited);
  assert.equal(diff.code, 0, diff.stderr);
  assert.match(
    diff.stdout,
    /compared with the installed rule\n {2}verdict: breached\n {2}\+ member bela: .*\n {2}1 added, 0 removed, 1 as before/,
  );

  const page = await run('--config', config, 'rules', 'show', 'people-sign-in');
  assert.match(page.stdout, /^# people-sign-in\n\n## Requirement/);
  const list = await run('--config', config, 'rules', 'list');
  assert.match(list.stdout, /^people-sign-in +medium +custom +review/m);
  assert.equal((await run('--config', config, 'backtest', 'no-such-rule')).code, 2);
  assert.equal((await run('--config', config, 'rules', 'test')).code, 0);
});
