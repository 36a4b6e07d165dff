import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ruleFolder } from '../support/rule-folder.ts';

const ROOT = join(import.meta.dirname, '..', '..');

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(...args: readonly string[]): Promise<Ended> {
  return await new Promise((resolve) => {
    const entry = [join(ROOT, 'src', 'cli.ts'), ...args];
    const child = execFile(process.execPath, entry, { cwd: ROOT, timeout: 120_000 }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

test('every example passes its own tests', async () => {
  const { code, out } = await run('rules', 'test', 'examples');
  assert.equal(code, 0, out);
  const names = await readdir(join(ROOT, 'examples'));
  const rules = names.filter((name) => /\.(yaml|ts)$/.test(name) && !name.includes('.test.'));
  assert.ok(rules.length >= 4);
  assert.match(out, new RegExp(`^${rules.length} of ${rules.length} rules pass their tests\\.$`, 'm'));
});

test('what the page tells a stranger to write works the first time', async (t) => {
  const page = await readFile(join(ROOT, 'docs', 'write-a-rule.md'), 'utf8');
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  const [rule = '', tests = ''] = blocks;
  const folder = await ruleFolder(t, { 'contractors-sign-in.yaml': `${rule}\n${tests}` });
  const good = await run('rules', 'test', join(folder, 'contractors-sign-in.yaml'));
  assert.deepEqual([good.code, good.out.split('\n')[0]], [0, 'ok      contractors-sign-in: 2 cases']);

  await writeFile(
    join(folder, 'contractors-sign-in.yaml'),
    `${rule.replaceAll('lastLoginAt', 'lastLoginAd')}\n${tests}`,
  );
  const misspelt = await run('rules', 'test', folder);
  assert.equal(misspelt.code, 2);
  assert.match(
    misspelt.out,
    /contractors-sign-in\.yaml:17:11: when: a Member has no "lastLoginAd"; did you mean "lastLoginAt"\?/,
  );
});

test('a new rule of either kind passes its tests as it is, and nothing is replaced', async (t) => {
  const folder = await ruleFolder(t, {});
  for (const kind of ['yaml', 'ts']) {
    const made = await run('rules', 'new', `people-sign-in-${kind}`, '--kind', kind, '--folder', folder);
    assert.equal(made.code, 0, made.err);
  }
  assert.deepEqual(await readdir(folder), [
    'people-sign-in-ts.md',
    'people-sign-in-ts.test.ts',
    'people-sign-in-ts.ts',
    'people-sign-in-yaml.md',
    'people-sign-in-yaml.yaml',
  ]);
  const tried = await run('rules', 'test', folder);
  assert.equal(tried.code, 0, tried.out);
  const again = await run('rules', 'new', 'people-sign-in-ts', '--kind', 'ts', '--folder', folder);
  assert.deepEqual([again.code, /is there already; nothing was written/.test(again.err)], [2, true]);
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
  assert.match(failed.out, /^FAILED {2}contractors-sign-in/m);
  assert.match(
    failed.out,
    /"a contractor who signed in exactly 30 days ago, and an idle employee": the verdict is breached where passed/,
  );
  const all = await run('rules', 'test', folder);
  assert.equal(all.code, 2);
  assert.match(all.out, /^BROKEN {2}without-tests: it has no tests: write without-tests\.test\.ts beside it$/m);
  assert.equal((await run('rules', 'test', join(folder, 'nowhere'))).code, 2);
});
