import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { runInProcess } from '../support/flow-in-process.ts';
import { findingsIn, type ReportJson, reportIn, ruleOf } from '../support/flow-json.ts';
import { createScope } from '../support/flow-program.ts';
import { createStage, type Stage } from '../support/flow-stage.ts';

const RULE = 'administrators-are-approved';

describe('a change on our own side', () => {
  const scope = createScope();
  let stage: Stage;
  let first: ReportJson;
  let second: ReportJson;
  let approved: string;

  before(async () => {
    stage = await createStage(scope);
    const command = ['run', '--no-send', '--format', 'json'];
    first = reportIn((await runInProcess(stage.workspace, command)).stdout);
    const finding = first.findings.find(({ rule }) => rule === RULE) ?? assert.fail('no administrator to approve');
    approved = finding.subject.id;
    stage.configure({
      groups: stage.configuration.groups.map((group) => ({
        ...group,
        approved: { ...group.approved, administrators: [...group.approved.administrators, approved] },
      })),
      rules: { 'privileges-are-current': { enabled: false, reason: 'the contract is renewed, GRC-88' } },
    });
    second = reportIn(
      (await runInProcess(stage.workspace, [...command, '--output', stage.workspace.path('out')])).stdout,
    );
  });
  after(() => scope.close());

  it('closes the finding of an administrator who was approved meanwhile, and does not call it resolved', () => {
    const closed = second.findings.filter(({ rule, subject }) => rule === RULE && subject.id === approved);
    assert.deepEqual(
      closed.map(({ because }) => because),
      ['yardstick_changed'],
    );
    assert.equal(closed[0]?.resolvedAt === null, false);
    assert.equal(second.summary.findings.resolved, 0);
    assert.equal(second.summary.findings.closed, 1);
  });

  it('is listed with what it was before and what it is now', () => {
    const changes = JSON.stringify(second.yardstickChanges);
    assert.match(changes, new RegExp(approved.replaceAll('.', String.raw`\.`)));
    assert.match(changes, /privileges-are-current/);
    assert.deepEqual(first.yardstickChanges, []);
  });

  it('withdraws the findings of a rule that was switched off, which stays visible with its reason', () => {
    const withdrawn = second.findings.filter(({ rule }) => rule === 'privileges-are-current');
    const before = first.findings.filter(({ rule }) => rule === 'privileges-are-current');
    assert.ok(before.length > 0);
    assert.deepEqual(
      withdrawn.map(({ id, state, because }) => [id, state, because]),
      before.map(({ id }) => [id, 'withdrawn', 'rule_disabled']),
    );
    assert.equal(second.summary.findings.withdrawn, before.length);
    const off = second.disabled.find(({ id }) => id === 'privileges-are-current');
    assert.equal(off?.reason, 'the contract is renewed, GRC-88');
    assert.equal(second.summary.rules.disabled, second.disabled.length);
    assert.equal(second.disabled.length, first.disabled.length + 1);
    assert.equal(
      second.rules.some(({ id }) => id === 'privileges-are-current'),
      false,
    );
    const files = stage.workspace.files();
    for (const file of ['out/report.txt', 'out/report.html']) assert.match(files.get(file) ?? '', /GRC-88/);
  });

  it('keeps everything else as it was', async () => {
    const untouched = ({ rule, subject }: { rule: string; subject: { id: string } }): boolean =>
      rule !== 'privileges-are-current' && !(rule === RULE && subject.id === approved);
    const idsOf = (report: ReportJson) => report.findings.filter(untouched).map(({ id }) => id);
    assert.deepEqual(idsOf(second), idsOf(first));
    assert.ok(second.findings.filter(untouched).every(({ state }) => state === 'persisting'));
    assert.equal(ruleOf(second, 'members-use-2fa').verdict, ruleOf(first, 'members-use-2fa').verdict);
    const { stdout } = await runInProcess(stage.workspace, ['findings', '--json']);
    assert.deepEqual(
      findingsIn(stdout)
        .map(({ id }) => id)
        .sort(),
      idsOf(first).sort(),
    );
  });
});
