import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkCustomOptions, loadCustomRules } from '../../../src/evaluate/custom-rules.ts';
import { evaluate } from '../../../src/evaluate/evaluate.ts';
import { known, unknown } from '../../../src/model/fact.ts';
import type { RuleResult } from '../../../src/model/judgement.ts';
import { silentLog } from '../../../src/model/log.ts';
import type { RuleSettings } from '../../../src/model/settings.ts';
import { missing, type Snapshot } from '../../../src/model/snapshot.ts';
import { expressionSource } from '../../support/expression-source.ts';
import { ruleFolder } from '../../support/rule-folder.ts';
import { AT, buildSnapshot, consumption, member, serviceAccount } from '../../support/snapshot-builder.ts';

const LIMITS = { timeoutMs: 20_000, memoryMb: 128 };

interface Trial {
  readonly files: Readonly<Record<string, string>>;
  readonly snapshot?: Snapshot;
  readonly settings?: Readonly<Record<string, RuleSettings>>;
  readonly limits?: typeof LIMITS;
}

async function judgeFiles(t: TestContext, trial: Trial): Promise<Readonly<Record<string, RuleResult>>> {
  const { files, snapshot = buildSnapshot(), settings = {}, limits = LIMITS } = trial;
  const { rules, broken } = await loadCustomRules({ folders: [await ruleFolder(t, files)], log: silentLog, ...LIMITS });
  assert.deepEqual(broken, []);
  const input = {
    builtIn: [],
    custom: rules,
    settings,
    snapshot,
    encoded: [],
    at: AT,
    open: new Map(),
    log: silentLog,
  };
  const results = await evaluate({ ...input, limits });
  return Object.fromEntries(results.map((result) => [result.rule, result]));
}

function idsOf(result: RuleResult | undefined): readonly string[] | undefined {
  return result?.breaches.map(
    ({ subject, key }) => `${subject.kind} ${subject.id}${key === undefined ? '' : ` ${key}`}`,
  );
}

test('judges everything that a rule can be for', async (t) => {
  const when = 'true';
  const targets = [
    'members',
    'serviceAccounts',
    'administrators',
    'group',
    'quotas',
    'privileges',
    'usageDays',
    'consumers',
  ];
  const files = Object.fromEntries(
    targets.map((target) => [`for-${target.toLowerCase()}.yaml`, expressionSource({ for: target, when })]),
  );
  const results = await judgeFiles(t, {
    files,
    snapshot: buildSnapshot({
      members: [member('amy'), member('harbor_soc_siem')],
      consumption: [consumption('intelligence_searches_monthly', { amy: 3, harbor_soc_siem: 1 })],
    }),
  });
  assert.deepEqual(idsOf(results['for-members']), ['member amy']);
  assert.deepEqual(idsOf(results['for-serviceaccounts']), ['service_account harbor_soc_siem']);
  assert.deepEqual(idsOf(results['for-administrators']), ['member amy', 'member bela']);
  assert.deepEqual(idsOf(results['for-group']), ['group harbor_soc']);
  assert.deepEqual(idsOf(results['for-quotas'])?.slice(0, 2), [
    'quota api_requests_hourly',
    'quota api_requests_daily',
  ]);
  assert.deepEqual(idsOf(results['for-privileges']), ['group harbor_soc intelligence', 'group harbor_soc big-files']);
  assert.equal(results['for-usagedays']?.breaches.length, 59);
  assert.deepEqual(idsOf(results['for-consumers']), [
    'member amy intelligence_searches_monthly',
    'service_account harbor_soc_siem intelligence_searches_monthly',
  ]);
});

test('a fact that was not seen makes the subject unknown, and no verdict passes on it', async (t) => {
  const files = {
    'on-time.yaml': expressionSource({ when: 'member.lastLoginAt == null || daysSince(member.lastLoginAt) > 90' }),
  };
  const hidden = member('emil', { lastLoginAt: unknown('not_visible') });
  const { 'on-time': mixed } = await judgeFiles(t, {
    files,
    snapshot: buildSnapshot({ members: [member('amy'), hidden] }),
  });
  assert.deepEqual([mixed?.verdict, mixed?.checked, idsOf(mixed)], ['not_evaluated', 2, []]);
  assert.deepEqual(mixed?.unjudged, [
    {
      subject: { kind: 'member', id: 'emil', email: 'emil@harbor.example', name: 'emil Harbor' },
      unknown: { kind: 'not_visible', text: 'lastLoginAt is not visible to the key' },
    },
  ]);
  const never = member('ines', { lastLoginAt: known(null) });
  const { 'on-time': breached } = await judgeFiles(t, { files, snapshot: buildSnapshot({ members: [never, hidden] }) });
  assert.deepEqual([breached?.verdict, idsOf(breached)], ['breached', ['member ines']]);
  const { 'on-time': all } = await judgeFiles(t, { files, snapshot: buildSnapshot({ members: [hidden] }) });
  assert.deepEqual(all?.lacking, { kind: 'not_visible', text: 'lastLoginAt is not visible to the key' });
});

test('an expression that fails for one subject leaves that one unjudged and the others judged', async (t) => {
  const files = { 'a-rule.yaml': expressionSource({ when: 'member.name.startsWith("amy")' }) };
  const members = [member('amy'), member('nameless', { name: null })];
  const { 'a-rule': result } = await judgeFiles(t, { files, snapshot: buildSnapshot({ members }) });
  assert.deepEqual(idsOf(result), ['member amy']);
  assert.equal(result?.unjudged[0]?.unknown.kind, 'rule_failed');
  assert.match(result?.unjudged[0]?.unknown.text ?? '', /ask first whether the value is null/);
});

test('needs exactly the sections that its expressions name, and is not evaluated without one', async (t) => {
  const files = {
    'one.yaml': expressionSource({ when: 'member.id in membersWithout2fa && isBreakGlass(member)' }),
    'two.yaml': expressionSource({ when: '!isApprovedDomain(domain(member.email))' }),
  };
  const snapshot = { ...buildSnapshot(), approvedDomains: missing('not_configured', 'no list') };
  const results = await judgeFiles(t, { files, snapshot });
  assert.equal(results['one']?.verdict, 'passed');
  assert.deepEqual(results['two']?.reason, { kind: 'not_configured', text: 'approved domains: no list' });
});

test('writes subject, key, message and evidence from expressions, and loses no breach over a word', async (t) => {
  const more = `options: { max: 0.5, names: [a, b] }
key: "\${day(at)}"
evidence:
  share: 2 / options.max
  login: member.lastLoginAt
  mail: member.email
  names: options.names
  big: size(members)`;
  const message = '${member.id} at ${member.email}: ${1 / 3.0}, ${member.name}, ${options.names} $${x}';
  const files = { 'a-rule.yaml': expressionSource({ when: 'true', message, more }) };
  const amy = member('amy', { email: unknown('not_visible'), name: null });
  const { 'a-rule': result } = await judgeFiles(t, { files, snapshot: buildSnapshot({ members: [amy] }) });
  assert.deepEqual(result?.breaches, [
    {
      subject: { kind: 'member', id: 'amy' },
      key: '2026-11-23',
      message: 'amy at not known: 0.33, none, a, b ${x}',
      evidence: { share: 4, login: '2026-11-22T10:00:00.000Z', mail: 'not known', names: ['a', 'b'], big: 1 },
    },
  ]);
});

test('takes options of the kinds of their defaults, and no others', async (t) => {
  const more = 'options: { maxDays: 30, exempt: [], strict: true, text: x }';
  const source = expressionSource({
    when: 'daysSince(member.createdAt) > options.maxDays && !(member.id in options.exempt)',
    more,
  });
  const { rules } = await loadCustomRules({
    folders: [await ruleFolder(t, { 'a-rule.yaml': source })],
    log: silentLog,
    ...LIMITS,
  });
  const [rule] = rules;
  assert.ok(rule);
  assert.deepEqual(rule.defaults, { maxDays: 30, exempt: [], strict: true, text: 'x' });
  const check = (raw: unknown) => checkCustomOptions({ rule, raw, limits: LIMITS, log: silentLog });
  assert.deepEqual(await check({ maxDays: 5 }), {
    ok: true,
    options: { maxDays: 5, exempt: [], strict: true, text: 'x' },
  });
  const wrong = await check({ maxDay: 5, exempt: 'amy' });
  assert.deepEqual(wrong.ok ? [] : wrong.problems.map(({ path }) => path.join('.')), ['exempt', 'maxDay']);
});

test('each rule has its own options, though all run in one process', async (t) => {
  const files = {
    'one.yaml': expressionSource({ when: 'member.id == options.name', more: 'options: { name: amy }' }),
    'two.yaml': expressionSource({ when: 'member.id in options.names', more: 'options: { names: [bela] }' }),
    'three.yaml': expressionSource({ when: 'options.max > 3', more: 'options: { max: 3 }' }),
  };
  const settings: Readonly<Record<string, RuleSettings>> = {
    two: { enabled: true, severity: null, options: { names: ['chen'] } },
  };
  const results = await judgeFiles(t, { files, settings });
  assert.deepEqual(Object.values(results).map(idsOf), [['member amy'], [], ['member chen']]);
});

test('tells every mistake in a file with its line and column, and loads the others', async (t) => {
  const folder = await ruleFolder(t, {
    'good.yaml': expressionSource({ when: 'false' }),
    'misspelt.yaml':
      'title: A\nseverity: low\nwhy: b\nfix: c\nfor: members\nwhen: |\n  member.id == "x" ||\n    member.emial == "y"\nmessage: "${membr.id}"\n',
    'quoted.yaml':
      "title: A\nseverity: low\nwhy: b\nfix: c\nfor: members\nwhen: 'member.id == ''it'' || member.emial == \"x\"'\nmessage: m\n",
    'key.yaml': 'title: A\nseverity: low\nwhy: b\nfix: c\nfor: members\nwhen: "true"\nmesage: m\n',
    'target.yaml': expressionSource({ for: 'member', when: 'true' }),
    'number.yaml': expressionSource({ when: '1 + 1' }),
    'syntax.yaml': 'title: [',
    'twice.yaml': 'title: a\ntitle: b\n',
    'list.yaml': '- a\n- b\n',
    'empty.yaml': '',
    'bomb.yaml': `a: &a [x, x]\nb: &b [${'*a, '.repeat(9)}]\nc: [${'*b, '.repeat(20)}]\n`,
    'other-id.yaml': `id: another\n${expressionSource({ when: 'true' })}`,
    'members-use-2fa.yaml': expressionSource({ when: 'true' }),
  });
  const { rules, broken } = await loadCustomRules({ folders: [folder], log: silentLog, ...LIMITS });
  assert.deepEqual(
    rules.map(({ id }) => id),
    ['good'],
  );
  const texts = Object.fromEntries(broken.map(({ file, reason }) => [basename(file), reason.text]));
  assert.equal(
    texts['misspelt.yaml'],
    'misspelt.yaml:8:12: when: a Member has no "emial"; did you mean "email"?; misspelt.yaml:9:13: message: there is no "membr" here; did you mean "member"?',
  );
  assert.match(texts['quoted.yaml'] ?? '', /^quoted\.yaml:6:38: when: a Member has no "emial"/);
  assert.match(texts['key.yaml'] ?? '', /key\.yaml:7:1: there is no key "mesage" here; did you mean "message"\?/);
  assert.match(
    texts['target.yaml'] ?? '',
    /target\.yaml:5:6: a rule cannot be for "member" here; did you mean "members"\?/,
  );
  assert.match(texts['number.yaml'] ?? '', /number\.yaml:6:8: when: is a number; it must be a question/);
  assert.match(texts['syntax.yaml'] ?? '', /syntax\.yaml:\d+:\d+: not valid YAML/);
  assert.match(texts['twice.yaml'] ?? '', /twice\.yaml:2:1: not valid YAML: Map keys must be unique/);
  assert.match(texts['list.yaml'] ?? '', /list\.yaml:1:1: a rule is a list of keys/);
  assert.match(texts['empty.yaml'] ?? '', /empty\.yaml:1:1: the file is empty; a rule is a list of keys/);
  assert.match(texts['bomb.yaml'] ?? '', /more than 20 references/);
  assert.match(texts['other-id.yaml'] ?? '', /its id is "another" but its file is named "other-id"/);
  assert.match(texts['members-use-2fa.yaml'] ?? '', /a built-in rule has the id/);
});

test('tells what was expected where a newcomer guesses, and each thing once', async (t) => {
  const good = expressionSource({ when: 'true' });
  const folder = await ruleFolder(t, {
    'braces.yaml': good.replace(/^message: .*$/m, 'message: "{{member.id}} is idle"'),
    'effort.yaml': good.replace(/^fix: .*$/m, 'fix: { text: c, effort: small }'),
    'option.yaml': good.replace(/^message: .*$/m, 'message: "more than ${options.maxDayz}"'),
    'bang.yaml': good.replace(/^when:.*$/m, 'when: !known(member.email) && true'),
    'star.yaml': `${good}options: { domains: [*.acme.example] }\n`,
    'sides.yaml': expressionSource({ when: 'daysSince(at) > "90"' }),
    'tabs.yaml': good.replace(/^fix: .*$/m, 'fix:\n\ttext: c\n\teffort: low'),
    'with-bom.yaml': `\uFEFF${good}`,
    'with-crlf.yaml': good.replaceAll('\n', '\r\n'),
  });
  await writeFile(join(folder, 'latin.yaml'), Buffer.from(good.replace(/^why: .*$/m, 'why: caf\u00e9'), 'latin1'));
  const { rules, broken } = await loadCustomRules({ folders: [folder], log: silentLog, ...LIMITS });
  assert.deepEqual(
    rules.map(({ id }) => id),
    ['with-bom', 'with-crlf'],
  );
  const texts = Object.fromEntries(broken.map(({ file, reason }) => [basename(file), reason.text]));
  assert.match(texts['braces.yaml'] ?? '', /^braces\.yaml:\d+:\d+: message: an expression stands in \$\{\.\.\.\}/);
  assert.match(
    texts['effort.yaml'] ?? '',
    /^effort\.yaml:\d+:\d+: fix\.effort: expected one of low, medium, high, found "small"$/,
  );
  for (const [name, sign] of Object.entries({ bang: '!', star: '*' })) {
    const text = texts[`${name}.yaml`] ?? '';
    assert.ok(
      text.includes(`YAML reads a ${sign} at the beginning as a sign of its own; put quotes around the text`),
      text,
    );
  }
  assert.match(texts['option.yaml'] ?? '', /message: there is no option "maxDayz"/);
  assert.match(
    texts['sides.yaml'] ?? '',
    /when: a number and text cannot go together with >; a number stands without quotes/,
  );
  assert.match(
    texts['tabs.yaml'] ?? '',
    /^tabs\.yaml:\d+:1: not valid YAML: Tabs are not allowed as indentation; use spaces$/,
  );
  assert.match(texts['latin.yaml'] ?? '', /^latin\.yaml:\d+:1: this is not text in UTF-8/);
});

test('options may be maps, whose kind the default says', async (t) => {
  const most = 'options: { most: { ana: 1, amy: 5 } }';
  const files = {
    'a-map.yaml': `${expressionSource({ when: 'member.id in options.most && options.most[member.id] > 3' })}${most}\n`,
    'a-text.yaml': `${expressionSource({ when: 'member.id in options.most && options.most[member.id] > 3' })}${most}\n`,
  };
  const settings = {
    'a-map': { enabled: true as const, severity: null, options: { most: { chen: 4 } } },
    'a-text': { enabled: true as const, severity: null, options: { most: { chen: 'four' } } },
  };
  const results = await judgeFiles(t, { files, settings });
  assert.deepEqual(idsOf(results['a-map']), ['member chen']);
  assert.match(results['a-text']?.reason?.text ?? '', /its options are not valid/);
});

test('does not judge a file that has changed since it was loaded', async (t) => {
  const folder = await ruleFolder(t, { 'a-rule.yaml': expressionSource({ when: 'false' }) });
  const { rules } = await loadCustomRules({ folders: [folder], log: silentLog, ...LIMITS });
  await appendFile(join(folder, 'a-rule.yaml'), '\n# changed\n');
  const input = {
    builtIn: [],
    settings: {},
    snapshot: buildSnapshot(),
    encoded: [],
    at: AT,
    open: new Map(),
    log: silentLog,
  };
  const [result] = await evaluate({ ...input, custom: rules, limits: LIMITS });
  assert.match(result?.reason?.text ?? '', /has changed since it was loaded/);
});

test('hostile rules cost nobody but themselves', async (t) => {
  const many = Array.from({ length: 20_000 }, (_, index) => member(`m${index}`));
  const long = 'aaaaaaaaaa'.repeat(50);
  const files = {
    'a-good.yaml': expressionSource({ when: 'member.id == "m7"' }),
    'b-nested.yaml': expressionSource({ when: 'members.all(a, members.all(b, a.id != b.id + "x"))' }),
    'c-good.yaml': expressionSource({ when: 'member.id == "m8"' }),
    'd-pattern.yaml': expressionSource({ when: `"${long}!".matches("^(a+)+$")` }),
    'e-strings.yaml': expressionSource({
      when: 'members.map(m, members.map(n, n.id).join(",")).join(",").size() > 3',
    }),
    'f-good.yaml': expressionSource({ for: 'serviceAccounts', when: 'account.id.endsWith("siem")' }),
    'g-throws.yaml': expressionSource({ when: 'int(member.id) > 3' }),
  };
  const snapshot = buildSnapshot({ members: many, serviceAccounts: [serviceAccount('siem')] });
  const results = await judgeFiles(t, { files, snapshot, limits: { timeoutMs: 4000, memoryMb: 96 } });
  assert.deepEqual(idsOf(results['a-good']), ['member m7']);
  assert.deepEqual(idsOf(results['c-good']), ['member m8']);
  assert.deepEqual(idsOf(results['f-good']), ['service_account harbor_soc_siem']);
  assert.equal(results['b-nested']?.reason?.kind, 'timed_out');
  assert.ok(results['d-pattern']?.verdict === 'passed' || results['d-pattern']?.reason?.kind === 'timed_out');
  assert.equal(results['e-strings']?.verdict, 'not_evaluated');
  assert.ok(['timed_out', 'rule_failed'].includes(results['e-strings']?.reason?.kind ?? ''));
  assert.equal(results['g-throws']?.reason?.kind, 'rule_failed');
});

test('stops when it is told to', async (t) => {
  const folder = await ruleFolder(t, {
    'a-rule.yaml': expressionSource({ when: 'members.all(a, members.all(b, a.id != b.id + "x"))' }),
  });
  const { rules } = await loadCustomRules({ folders: [folder], log: silentLog, ...LIMITS });
  const members = Array.from({ length: 20_000 }, (_, index) => member(`m${index}`));
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('enough')), 300).unref();
  const input = {
    builtIn: [],
    settings: {},
    snapshot: buildSnapshot({ members }),
    encoded: [],
    at: AT,
    open: new Map(),
    log: silentLog,
  };
  await assert.rejects(evaluate({ ...input, custom: rules, limits: LIMITS, signal: controller.signal }), /enough/);
});
