import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkCustomOptions, type LoadedRules, loadCustomRules } from '../../src/evaluate/custom-rules.ts';
import { judgeCustomRule } from '../../src/evaluate/judge-custom-rule.ts';
import { openKey } from '../../src/evaluate/outcome.ts';
import { silentLog } from '../../src/model/log.ts';
import { missing, present } from '../../src/model/snapshot.ts';
import { encodeSection } from '../../src/sections.ts';
import { ruleFolder, ruleSource } from '../support/rule-folder.ts';
import { AT, member } from '../support/snapshot-builder.ts';

const LIMITS = { timeoutMs: 20_000, memoryMb: 128 };

async function load(...folders: readonly string[]): Promise<LoadedRules> {
  return await loadCustomRules({ folders, ...LIMITS, log: silentLog });
}

async function loadOne(t: TestContext, name: string, source: string) {
  const { rules, broken } = await load(await ruleFolder(t, { [name]: source }));
  const [rule] = rules;
  assert.ok(rule, broken[0]?.reason.text ?? 'neither loaded nor broken');
  return rule;
}

function brokenBy({ broken }: LoadedRules): Record<string, string> {
  return Object.fromEntries(broken.map(({ file, reason }) => [basename(file), `${reason.kind}: ${reason.text}`]));
}

test('loads TypeScript and JavaScript, whatever the next package.json says', async (t) => {
  const names = ['a-rule.ts', 'b-rule.js', 'c-rule.mjs', 'd-rule.mts'];
  const folder = await ruleFolder(t, {
    ...Object.fromEntries(names.map((name) => [name, ruleSource(name.slice(0, 6))])),
    'package.json': '{ "type": "commonjs" }',
    'notes.md': '# Notes',
    'a-rule.test.ts': 'throw new Error()',
    '.hidden.ts': 'throw new Error()',
  });
  const loaded = await load(folder);
  assert.deepEqual(brokenBy(loaded), {});
  assert.deepEqual(
    loaded.rules.map(({ id }) => id),
    ['a-rule', 'b-rule', 'c-rule', 'd-rule'],
  );
});

test('describes a rule without loading its code into this process', async (t) => {
  const rule = await loadOne(t, 'some-rule.ts', ruleSource('some-rule', { wants: `['roles']` }));
  const { version, ...requirement } = rule.requirement;
  assert.match(version, /^[0-9a-f]{64}$/);
  assert.deepEqual(requirement, {
    id: 'some-rule',
    title: 'Members are as they should be',
    severity: 'low',
    tags: ['tests'],
    why: 'Because.',
    fix: { text: 'Mend it.', effort: 'low' },
    controls: {},
    event: null,
    source: 'custom',
  });
  assert.deepEqual([rule.needs, rule.wants, rule.defaults], [['members'], ['roles'], { max: 1 }]);
});

test('gives a rule the one rule module and the one zod, by every name they have', async (t) => {
  const before = `import { z as other } from 'zod'; import { z as third } from '../src/rule.ts';
    if (z !== other || z !== third) throw new Error('three of them');`;
  assert.equal((await loadOne(t, 'some-rule.ts', ruleSource('some-rule', { before }))).id, 'some-rule');
});

test('loads a rule through links, as mounted folders have them, with the file beside it', async (t) => {
  const before = `import { id } from './shared.ts'; if (id !== 'shared') throw new Error();`;
  const outer = await ruleFolder(t, {});
  await mkdir(join(outer, '..2026'));
  await writeFile(join(outer, '..2026', 'some-rule.ts'), ruleSource('some-rule', { before }));
  await writeFile(join(outer, '..2026', 'shared.ts'), `export const id: string = 'shared';`);
  await symlink('..2026', join(outer, '..data'));
  await symlink('..data/some-rule.ts', join(outer, 'some-rule.ts'));
  const loaded = await load(outer);
  assert.deepEqual(brokenBy(loaded), {});
  assert.equal(loaded.rules.length, 1);
});

test('names each file that is no rule, with the reason, and loads the others', async (t) => {
  const folder = await ruleFolder(t, {
    'good-rule.ts': ruleSource('good-rule'),
    'bad-syntax.js': 'const a = 1;\nconst b = = 2;\n',
    'bad-types.ts': 'const a = 1;\nconst b = = 2;\n',
    'with-enum.ts': 'const a = 1;\nenum Kind { One }\nexport default Kind;\n',
    'with-require.js': `const { z } = require('zod');\nmodule.exports = {};\n`,
    'without-default.ts': `export const rule = 1;\n`,
    'wrong-id.ts': ruleSource('other-id'),
    'no-default-option.ts': ruleSource('no-default-option').replace('.default(1)', ''),
    'missing-file.ts': `import './not-there.ts';\n`,
    'missing-package.ts': `import 'left-pad';\n`,
    'missing-name.ts': `import { nothing } from 'vt-auditor/rule';\n`,
    'typed.js': 'const one = 1;\nconst two: number = one;\nexport default two;\n',
    'throws.ts': `\n\nthrow new Error('at once');\n`,
    'waits.ts': `await new Promise(() => {});\n`,
    'members-use-2fa.ts': ruleSource('members-use-2fa'),
    'expression.yaml': 'for: members',
    'huge.ts': `// ${'x'.repeat(10_000_000)}\n`,
    'good-rule.js': ruleSource('good-rule'),
  });
  await mkdir(join(folder, 'folder.ts'));
  await symlink('nowhere', join(folder, 'dangling.ts'));
  await symlink('circle.ts', join(folder, 'circle.ts'));
  const loaded = await load(folder, join(folder, 'absent'));
  assert.deepEqual(
    loaded.rules.map(({ file }) => basename(file)),
    ['good-rule.js'],
  );
  assert.deepEqual(brokenBy(loaded), {
    absent: 'rule_failed: the folder of custom rules cannot be read: there is no such file',
    'bad-syntax.js': "rule_failed: bad-syntax.js:2: SyntaxError: Unexpected token '='",
    'bad-types.ts': 'rule_failed: bad-types.ts:2: SyntaxError: Expression expected',
    'circle.ts': 'rule_failed: it cannot be read: a link that leads to itself',
    'dangling.ts': 'rule_failed: it cannot be read: there is no such file',
    'expression.yaml':
      'rule_failed: expression.yaml:1:1: the key title is missing; expression.yaml:1:1: the key severity is missing; expression.yaml:1:1: the key why is missing; expression.yaml:1:1: the key fix is missing; expression.yaml:1:1: the key when is missing; and 1 more problems',
    'folder.ts': 'rule_failed: it is a folder, not a file',
    'good-rule.ts': 'rule_failed: another file has the same id "good-rule"; rename one of them',
    'huge.ts': 'rule_failed: it is larger than 1 MB, which no rule is',
    'members-use-2fa.ts': 'rule_failed: a built-in rule has the id "members-use-2fa"; rename the file and its id',
    'missing-file.ts':
      'rule_failed: it imports "not-there.ts", which is not there; an import names a file with its extension',
    'missing-name.ts':
      "rule_failed: missing-name.ts:1: SyntaxError: The requested module 'vt-auditor/rule' does not provide an export named 'nothing'",
    'missing-package.ts':
      'rule_failed: it imports the package "left-pad", which is not there; a rule can import vt-auditor/rule, zod, node: modules and files beside it',
    'no-default-option.ts': 'rule_failed: its option max has no default; every option needs one',
    'typed.js':
      'rule_failed: typed.js:2: SyntaxError: Missing initializer in const declaration; a file of this name is JavaScript, which has no types; name it .ts, or take them out',
    'throws.ts': 'rule_failed: throws.ts:3: Error: at once',
    'waits.ts': 'rule_failed: its module waits for something that never happens',
    'with-enum.ts':
      'rule_failed: with-enum.ts:2: SyntaxError: TypeScript enum is not supported in strip-only mode; only TypeScript that can be erased runs: write a union of strings instead of an enum, plain fields instead of parameter properties, a module instead of a namespace',
    'with-require.js':
      'rule_failed: with-require.js:1: ReferenceError: require is not defined in ES module scope, you can use import instead',
    'without-default.ts': 'rule_failed: it has no default export; write `export default defineRule({ ... })`',
    'wrong-id.ts': 'rule_failed: its id is "other-id" but its file is named "wrong-id"; they must be equal',
  });
});

test('says what is wrong with a declaration', async (t) => {
  const loaded = await load(
    await ruleFolder(t, { 'wrong-section.ts': ruleSource('wrong-section', { wants: `['people']` }) }),
  );
  assert.match(
    brokenBy(loaded)['wrong-section.ts'] ?? '',
    /its declaration is not valid: wants\.0: expected one of group, members, .*, found "people"$/,
  );
});

test('judges as a built-in rule is judged, with options, open findings and missing sections', async (t) => {
  const body = `return members.map(({ id }) => ({
    subject: { kind: 'member', id }, onlyIfOpen: id === 'omar', message: 'x', evidence: { max, at: at.toISOString(), roles: wanted.roles.present },
  }));`;
  const rule = await loadOne(t, 'some-rule.ts', ruleSource('some-rule', { body, wants: `['roles']` }));
  const members = present(encodeSection('members', [member('lena'), member('omar'), member('ines')]));
  const input = { rule, options: { max: 5 }, at: AT, limits: LIMITS, log: silentLog };
  const roles = missing('not_visible', 'hidden');
  const one = await judgeCustomRule({ ...input, sections: { members, roles }, open: new Set() });
  assert.deepEqual([one.verdict, one.reason], ['breached', { kind: 'not_visible', text: 'roles: hidden' }]);
  assert.deepEqual(
    one.breaches.map(({ subject }) => subject.id),
    ['lena', 'ines'],
  );
  assert.deepEqual(one.breaches[0]?.evidence, { max: 5, at: AT.toISOString(), roles: false });

  const open = new Set([openKey({ subject: { kind: 'member', id: 'omar' } })]);
  const two = await judgeCustomRule({ ...input, sections: { members, roles }, open });
  assert.deepEqual(
    two.breaches.map(({ subject }) => subject.id),
    ['lena', 'omar', 'ines'],
  );

  const three = await judgeCustomRule({ ...input, sections: { members: missing('not_collected', 'HTTP 503') }, open });
  assert.deepEqual(three.reason, { kind: 'not_collected', text: 'members: HTTP 503' });
});

test('does not run a file that has changed since it described itself', async (t) => {
  const rule = await loadOne(t, 'some-rule.ts', ruleSource('some-rule'));
  await appendFile(rule.file, '// changed\n');
  const sections = { members: present(encodeSection('members', [])) };
  const { verdict, reason } = await judgeCustomRule({
    rule,
    sections,
    options: {},
    at: AT,
    open: new Set(),
    limits: LIMITS,
    log: silentLog,
  });
  assert.equal(verdict, 'not_evaluated');
  assert.match(reason?.text ?? '', /has changed since it was loaded/);
});

test('checks the options of a custom rule against its own schema', async (t) => {
  const rule = await loadOne(t, 'some-rule.ts', ruleSource('some-rule'));
  const check = (raw: unknown) => checkCustomOptions({ rule, raw, limits: LIMITS, log: silentLog });
  assert.deepEqual(await check({}), { ok: true, options: { max: 1 } });
  const checked = await check({ limit: 2 });
  assert.deepEqual(checked, {
    ok: false,
    problems: [{ path: ['limit'], message: 'there is no option "limit"; the rule has max' }],
  });
});

test('leaves nothing behind beside the rule', async (t) => {
  const rule = await loadOne(t, 'some-rule.ts', ruleSource('some-rule'));
  assert.deepEqual(await readdir(join(rule.file, '..')), ['some-rule.ts']);
});
