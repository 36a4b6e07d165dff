import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { runInProcess } from '../support/flow-in-process.ts';
import { type ReportJson, reportIn, ruleOf } from '../support/flow-json.ts';
import { createScope, type Ended, showsStack } from '../support/flow-program.ts';
import { createStage, type Stage } from '../support/flow-stage.ts';

const rule = (id: string, needs: readonly string[], body: string): string => `
import { defineRule, z } from 'vt-auditor/rule';
export default defineRule({
  id: '${id}', title: 'A rule of the house', severity: 'high', tags: ['house'],
  why: 'The house wants it.', fix: { text: 'Mend it.', effort: 'low' }, controls: {},
  needs: ${JSON.stringify(needs)}, options: z.strictObject({ most: z.number().default(3) }),
  evaluate(sections, options) { ${body} },
});
`;

/** Everything that a rule should not get: files, the network, the environment, the process that called it. */
const HOSTILE = `
import { defineRule, z } from 'vt-auditor/rule';
const tried = [];
for (const name of ['node:fs', 'node:child_process', 'node:net']) {
  try {
    const module = await import(name);
    if (name === 'node:fs') module.writeFileSync('stolen.txt', 'stolen');
    tried.push(name);
  } catch {}
}
try { process.exit(0); } catch {}
export default defineRule({
  id: 'hostile-rule', title: 'A rule that wants out', severity: 'low', tags: [], why: 'x', fix: { text: 'x', effort: 'low' },
  controls: {}, needs: ['members'], options: z.strictObject({}),
  evaluate() {
    try { process.kill(process.ppid, 'SIGKILL'); } catch {}
    try { globalThis.process?.exit?.(0); } catch {}
    while (true) {}
  },
});
`;

describe('rules of the house', () => {
  const scope = createScope();
  let stage: Stage;
  let ended: Ended;
  let report: ReportJson;

  before(async () => {
    stage = await createStage(scope, { scenario: 'quiet' });
    stage.configure({ customRules: ['./rules'], audits: [{ name: 'review' }] });
    stage.workspace.write(
      'rules/few-members.ts',
      rule(
        'few-members',
        ['group', 'members'],
        `return sections.members.length <= options.most ? [] : [{ subject: { kind: 'group', id: sections.group.id },
          message: sections.members.length + ' members', evidence: { most: options.most } }];`,
      ),
    );
    stage.workspace.write('rules/broken-rule.ts', 'export default defineRool({');
    stage.workspace.write('rules/throws.mjs', rule('throws', ['members'], `throw new Error('on purpose');`));
    stage.workspace.write('rules/hostile-rule.mjs', HOSTILE);
    ended = await stage.workspace.run(['run', '--format', 'json', '--output', stage.workspace.path('out')]);
    report = reportIn(ended.stdout);
  });
  after(() => scope.close());

  it('are judged like the built-in ones', () => {
    assert.equal(ruleOf(report, 'few-members').verdict, 'breached');
    const finding = report.findings.find((each) => each.rule === 'few-members');
    assert.deepEqual([finding?.severity, finding?.subject.id], ['high', 'harborlight_ir']);
  });

  it('that do not load are named in the report, and make it partial', () => {
    assert.ok(report.brokenRules.some(({ file }) => file.endsWith('broken-rule.ts')));
    assert.equal(report.run.status, 'partial');
    assert.equal(ended.code, 3);
    assert.match(stage.workspace.files().get('out/report.txt') ?? '', /broken-rule\.ts/);
  });

  it('that throw are not evaluated, and say why', () => {
    const { verdict, reasonKind, reason } = ruleOf(report, 'throws');
    assert.deepEqual([verdict, reasonKind], ['not_evaluated', 'rule_failed']);
    assert.match(reason ?? '', /on purpose/);
  });

  it('that want out get nothing done and pass nothing', () => {
    const isBroken = report.brokenRules.some(({ file }) => file.endsWith('hostile-rule.mjs'));
    assert.ok(isBroken || ruleOf(report, 'hostile-rule').verdict === 'not_evaluated');
    assert.equal(
      [...stage.workspace.files().keys()].some((name) => name.endsWith('stolen.txt')),
      false,
    );
    assert.equal(showsStack(ended.stderr), false, ended.stderr);
  });

  it('stop none of the built-in ones', () => {
    for (const id of ['members-use-2fa', 'administrators-are-approved', 'auto-join-is-restricted'])
      assert.equal(ruleOf(report, id).verdict, 'passed', id);
  });

  it('are checked by check, which names the broken one and ends with 2', async () => {
    const check = await runInProcess(stage.workspace, ['check', '--offline']);
    assert.equal(check.code, 2);
    assert.match(check.stdout, /FAILED.*broken-rule\.ts/);
    const list = await runInProcess(stage.workspace, ['rules', 'list']);
    assert.equal(list.code, 0);
    assert.match(list.stdout, /few-members/);
    assert.match(list.stderr, /broken-rule\.ts/);
  });
});
