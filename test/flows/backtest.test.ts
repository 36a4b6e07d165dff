import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { EncodedSection } from '../../src/model/encoded-section.ts';
import { known } from '../../src/model/fact.ts';
import type { SectionSummary } from '../../src/model/run.ts';
import type { Member } from '../../src/model/snapshot.ts';
import { encodeSection } from '../../src/sections.ts';
import { openStore } from '../../src/store/store.ts';
import { expressionSource } from '../support/expression-source.ts';
import { runInProcess } from '../support/flow-in-process.ts';
import { createWorkspace, type Ended, until, type Workspace } from '../support/flow-program.ts';
import { ruleSource } from '../support/rule-folder.ts';
import { member } from '../support/snapshot-builder.ts';
import { buildCommit } from '../support/store-builder.ts';

const GROUP = 'harbor_soc';
const DAY_MS = 86_400_000;

/** More than a rule can go through for each of its items. */
const ENDLESS = 20_000;

interface Given {
  readonly rules: Readonly<Record<string, string>>;
  /** A run a day, the last one yesterday; null: the members were not obtained. */
  readonly days: readonly (readonly Member[] | null)[];
  readonly config?: object;
}

function stage(t: TestContext, { rules, days, config = {} }: Given): Workspace {
  const workspace = createWorkspace(t);
  workspace.configure({
    groups: [{ id: GROUP, apiKey: '0a'.repeat(32) }],
    audits: [{ name: 'review', groups: ['*'], rules: ['*'] }],
    customRules: ['./rules'],
    store: { path: './data/auditor.db' },
    ...config,
  });
  workspace.write('rules/README.md', '');
  for (const [name, source] of Object.entries(rules)) workspace.write(name, source);
  const store = openStore({ path: workspace.databaseFile });
  for (const [index, members] of days.entries()) {
    const at = new Date(Date.now() - (days.length - index) * DAY_MS);
    const reason = { kind: 'not_collected', text: 'HTTP 503' } as const;
    const lost: SectionSummary = { name: 'members', items: null, complete: false, requests: 1, reason };
    const sections: readonly EncodedSection[] = members === null ? [] : [encodeSection('members', [...members])];
    const commit = buildCommit(`run-${index}`, {
      basedOn: index === 0 ? null : `run-${index - 1}`,
      at,
      runOver: { group: GROUP, startedAt: at.toISOString(), finishedAt: at.toISOString(), status: 'complete' },
      sections: [...sections, encodeSection('serviceAccounts', [])],
      summaries: members === null ? [lost] : [],
    });
    store.startRun(commit.run);
    assert.equal(store.commitRun(commit).committed, true);
  }
  store.close();
  return workspace;
}

const named = (...ids: readonly string[]): readonly Member[] => ids.map((id) => member(id));

const dayOf = (daysAgo: number): string => new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10);

const OUTSIDE = expressionSource({ when: 'member.id.startsWith("x")', message: '${member.id} is outside' });

test('as data a back-test says everything, group by group, and with the severity that is configured', async (t) => {
  const config = {
    groups: [GROUP, 'nothing_stored'].map((id) => ({ id, apiKey: '0a'.repeat(32) })),
    rules: { outsiders: { severity: 'critical' } },
  };
  const days = [named('amy'), named('amy', 'xavi'), null, named('amy')];
  const workspace = stage(t, { rules: { 'rules/outsiders.yaml': OUTSIDE }, days, config });
  const { code, stdout } = await runInProcess(workspace, ['--json', 'backtest', 'outsiders', '--days', '10']);
  const { rule, since, groups } = JSON.parse(stdout);
  assert.deepEqual([rule, since], ['outsiders', `${dayOf(10)}T00:00:00.000Z`]);
  assert.deepEqual(
    groups.map(({ group, days: told }: { group: string; days: unknown[] }) => [group, told.length]),
    [
      [GROUP, 4],
      ['nothing_stored', 0],
    ],
  );
  const [, second, third, fourth] = groups[0].days;
  assert.deepEqual([second.opened[0].subject.id, second.opened[0].severity, second.open], ['xavi', 'critical', 1]);
  assert.deepEqual([third.verdict, third.reason.text, third.open], ['not_evaluated', 'members: HTTP 503', 1]);
  assert.deepEqual(
    fourth.closed.map(({ because }: { because: string }) => because),
    ['left_group'],
  );
  assert.equal(code, 3);

  const text = await runInProcess(workspace, ['backtest', 'outsiders', '--group', GROUP]);
  assert.equal(text.code, 0, text.stderr);
  assert.match(
    text.stdout,
    /1 opened, 1 closed, 0 open on .*; 1 day not evaluated, on which open findings stay open$/m,
  );
  const none = await runInProcess(workspace, ['backtest', 'outsiders', '--group', 'nothing_stored']);
  assert.deepEqual(
    [none.code, none.stdout],
    [3, 'nothing_stored: no snapshot of the last 90 days is stored; run an audit first\n'],
  );
});

test('a rule that fails on a day is told for that day, and by the exit code', async (t) => {
  const source = ruleSource('fragile', { body: `if (members.length > 1) throw new Error('too many');\n return [];` });
  const days = [named('amy'), named('amy', 'bo'), named('amy')];
  const workspace = stage(t, { rules: { 'rules/fragile.ts': source }, days });
  const { code, stdout } = await runInProcess(workspace, ['backtest', 'fragile']);
  assert.equal(code, 3);
  assert.match(stdout, new RegExp(`^  ${dayOf(2)}  not evaluated: .*too many$`, 'm'));
  assert.match(stdout, /0 opened, 0 closed, 0 open on .*; 1 day not evaluated/);
});

test('a rule that could be judged on no day does not end as if all were well', async (t) => {
  const workspace = stage(t, { rules: {}, days: [null, null] });
  for (const form of [['--json'], []]) {
    const { code, stdout } = await runInProcess(workspace, [...form, 'backtest', 'members-use-2fa']);
    assert.equal(code, 3);
    assert.match(stdout, /members: HTTP 503/);
  }
});

test('what is no rule, group or number of days is said in one sentence', async (t) => {
  const workspace = stage(t, { rules: { 'rules/outsiders.yaml': OUTSIDE }, days: [named('amy')] });
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['backtest', 'outsider'], /there is no rule "outsider"; did you mean "outsiders"\?/],
    [['backtest', './rules'], /rules is no rule file: rules end in \.yaml/],
    [['backtest', './nowhere.yaml'], /there is no file .*nowhere\.yaml/],
    [['backtest', 'outsiders', '--days', '0'], /expected a whole number from 1 to 3650/],
    [
      ['backtest', 'outsiders', '--group', 'harbour_soc'],
      /there is no group "harbour_soc"; did you mean "harbor_soc"\?/,
    ],
    [
      ['rules', 'diff', 'outsiders'],
      /a diff takes the file of a rule, not its id: that of "outsiders" is .*outsiders\.yaml/,
    ],
    [['rules', 'diff', 'members-use-2fa'], /a diff takes the file of a rule, not its id: it comes with the program/],
  ];
  for (const [args, sentence] of wrong) {
    const { code, stdout, stderr } = await runInProcess(workspace, args);
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
    assert.match(stderr, sentence);
  }
});

test('a back-test that is stopped ends at once, with what stopped it as its exit code', async (t) => {
  const when = 'members.all(a, members.all(b, a.id != b.id + "x"))';
  const many = Array.from({ length: ENDLESS }, (_, index) => member(`m${index}`));
  const days = [named('amy'), many, many, many];
  const workspace = stage(t, { rules: { 'rules/endless.yaml': expressionSource({ when }) }, days });
  const running = workspace.start(['--json', 'backtest', 'endless']);
  await until('the first day is judged', () => running.stdout().includes(dayOf(4)));
  running.kill('SIGINT');
  const { code, stdout } = await running.ended;
  assert.equal(code, 130);
  assert.throws(() => JSON.parse(stdout), SyntaxError);
});

test('days that nobody reads any more are not judged', async (t) => {
  const source = ruleSource('chatty', { body: `console.log('said'); return [];` });
  const days = Array.from({ length: 120 }, () => named('amy'));
  const workspace = stage(t, { rules: { 'rules/chatty.ts': source }, days });
  const running = workspace.start(['--log-level', 'info', '--json', 'backtest', 'chatty', '--days', '200']);
  await until('the first day is judged', () => running.stdout().includes(dayOf(120)));
  running.closeOutput();
  const { code, stderr } = await running.ended;
  assert.equal(code, 0, stderr);
  const judged = stderr.split('\n').filter((line) => line.includes('rule output dropped'));
  assert.ok(judged.length > 0 && judged.length < days.length, `${judged.length} days were judged`);
});

test('what members use, or when they sign in, is not told by a back-test or a diff where it may not be', async (t) => {
  const source = expressionSource({
    when: 'member.lastLoginAt != null',
    message: '${member.id} signed in at ${member.lastLoginAt}',
  });
  const lastLoginAt = known('2026-11-20T10:11:12.000Z');
  const config = { privacy: { namePersonalUsage: false } };
  const days = [[member('amy', { lastLoginAt })]];
  const workspace = stage(t, { rules: { 'rules/sign-ins.yaml': source, 'new/other.yaml': source }, days, config });
  const told: readonly Ended[] = [
    await runInProcess(workspace, ['--json', 'backtest', 'sign-ins']),
    await runInProcess(workspace, ['--json', 'rules', 'diff', './new/other.yaml']),
  ];
  for (const { code, stdout, stderr } of told) {
    assert.equal(code, 0, stderr);
    assert.match(stdout, /amy signed in at \[withheld\]/);
    assert.doesNotMatch(stdout, /2026-11-20/);
  }
});

test('a diff takes the latest snapshot that holds what the rule needs, and says so', async (t) => {
  const rules = {
    'rules/outsiders.yaml': OUTSIDE,
    'new/outsiders.yaml': expressionSource({
      when: 'member.id.startsWith("x") || member.id == "bo"',
      message: '${member.id} is outside',
    }).replace('severity: low', 'severity: high'),
  };
  const workspace = stage(t, { rules, days: [named('amy', 'xavi'), named('amy', 'bo', 'xavi'), null] });
  const { code, stdout } = await runInProcess(workspace, ['rules', 'diff', './new/outsiders.yaml']);
  assert.equal(code, 0);
  const lines = stdout.trimEnd().split('\n');
  assert.match(lines[0] ?? '', new RegExp(`^${GROUP}, as of ${dayOf(2)}T.*; compared with the installed rule$`));
  assert.match(lines[1] ?? '', new RegExp(`^  the run of ${dayOf(1)}T.* cannot tell: members: HTTP 503$`));
  assert.deepEqual(lines.slice(2), [
    '  verdict: breached',
    '  + member bo: high: bo is outside',
    '  ~ member xavi: low → high: xavi is outside',
    '  1 added, 0 removed, 1 as before, 1 of those with another severity',
  ]);
  const [told] = JSON.parse(
    (await runInProcess(workspace, ['--json', 'rules', 'diff', './new/outsiders.yaml'])).stdout,
  );
  assert.deepEqual(
    [told.run.id, told.passedOver.reason.kind, told.after.breaches, told.before.breaches, told.kept],
    ['run-1', 'not_collected', 2, 1, 1],
  );
});

test('a diff that no snapshot can tell says what is missing', async (t) => {
  const workspace = stage(t, { rules: { 'new/outsiders.yaml': OUTSIDE }, days: [null, null] });
  const { code, stdout } = await runInProcess(workspace, ['rules', 'diff', './new/outsiders.yaml']);
  assert.equal(code, 3);
  assert.match(
    stdout,
    new RegExp(
      `^${GROUP}: no stored snapshot has what the rule needs; the latest, of ${dayOf(1)}T.*, has not: members: HTTP 503$`,
      'm',
    ),
  );
});

test('what an edited rule does not judge is not called removed, nor added what the installed one did not', async (t) => {
  const good = ruleSource('outsiders', {
    body: `return members.map(({ id }) => ({ subject: { kind: 'member', id }, message: 'is there', evidence: {} }));`,
  });
  const unsure = ruleSource('outsiders', {
    body: `return [{ subject: { kind: 'member', id: 'amy' }, unknown: { kind: 'not_visible', text: 'is hidden' } }];`,
  });
  const broken = ruleSource('outsiders', { body: `throw new Error('no');` });
  const rules = { 'rules/outsiders.ts': good, 'unsure/outsiders.ts': unsure, 'broken/outsiders.ts': broken };
  const workspace = stage(t, { rules, days: [named('amy', 'bo')] });

  const first = await runInProcess(workspace, ['rules', 'diff', './unsure/outsiders.ts']);
  assert.equal(first.code, 3);
  assert.match(first.stdout, /^ {2}- member bo: low: is there\n {2}\? member amy: low: is there$/m);
  assert.match(first.stdout, /0 added, 1 removed, 0 as before, 1 not judged any more: they would stay open$/m);

  const second = await runInProcess(workspace, ['rules', 'diff', './broken/outsiders.ts']);
  assert.equal(second.code, 3);
  assert.match(second.stdout, /verdict: not_evaluated \(.*no\)/);
  assert.match(second.stdout, /0 added, 0 removed, 0 as before, 2 not judged any more/);

  // The other way round: the installed one fails.
  workspace.write('rules/outsiders.ts', broken);
  workspace.write('good/outsiders.ts', good);
  const third = await runInProcess(workspace, ['rules', 'diff', './good/outsiders.ts']);
  assert.equal(third.code, 3);
  assert.match(third.stdout, /the installed rule could not be judged \(.*no\): what it would have found is not known/);
  assert.equal(readFileSync(workspace.path('good/outsiders.ts'), 'utf8'), good);
});
