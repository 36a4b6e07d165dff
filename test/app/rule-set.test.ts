import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { allProblems, loadRules, ruleProblems, toRuleSet } from '../../src/app/rule-set.ts';
import { formatProblem } from '../../src/config/load.ts';
import { silentLog } from '../../src/model/log.ts';
import { BASE, configFolder, configOf, loadText } from '../support/config-folder.ts';

const ID = 'consumption-is-spread';

async function ruleSetOf(t: TestContext, rules: string) {
  const config = await configOf(t, `${BASE}rules: ${rules}\n`);
  return toRuleSet(await loadRules(config, silentLog), config, new Date('2026-11-23T07:00:00.000Z'));
}

test('a rule that is off by default is listed as switched off, with the reason', async (t) => {
  const set = await ruleSetOf(t, '{}');
  assert.deepEqual(
    set.disabled.map(({ id, reason, until }) => ({ id, reason, until })),
    [ID, 'personal-caps-have-room'].map((id) => ({
      id,
      reason: 'off by default; `enabled: true` switches it on',
      until: null,
    })),
  );
  assert.ok(set.builtIn.every(({ id }) => id !== ID));
});

test('naming it switches it on, with its options', async (t) => {
  for (const rules of [`{ ${ID}: { enabled: true } }`, `{ ${ID}: { maxShare: 60 } }`]) {
    const set = await ruleSetOf(t, rules);
    assert.ok(
      set.builtIn.some(({ id }) => id === ID),
      rules,
    );
    assert.ok(set.disabled.every(({ id }) => id !== ID));
  }
});

test('switched off by the configuration, it has that reason; once that is over it is off by default again', async (t) => {
  const reasonOf = async (until: string) => {
    const set = await ruleSetOf(t, `{ ${ID}: { enabled: false, reason: "GRC-1", until: ${until} } }`);
    return set.disabled.find(({ id }) => id === ID)?.reason;
  };
  assert.equal(await reasonOf('2026-12-31'), 'GRC-1');
  assert.equal(await reasonOf('2026-11-22'), 'off by default; `enabled: true` switches it on');
});

test('a reader’s filter that names no rule is refused, with its place', async (t) => {
  const send = '[{ to: chat, rules: ["tag:access", members-use-3fa, "tag:acess"] }]';
  const yaml = BASE.replace('name: weekly', `name: weekly, send: ${send}`);
  const config = await configOf(t, `${yaml}channels: { chat: { type: slack, url: "https://hooks.example/x" } }\n`);
  const problems = ruleProblems(await loadRules(config, silentLog), config);
  assert.deepEqual(
    problems.map(({ path }) => path),
    ['audits[0].send[0].rules[1]', 'audits[0].send[0].rules[2]'],
  );
  assert.match(problems[0]?.message ?? '', /did you mean "members-use-2fa"/);
});

async function linesOf(t: TestContext, yaml: string, environment: Readonly<Record<string, string>> = {}) {
  const { loaded, folder } = await loadText(t, yaml, { environment });
  assert.ok(!loaded.ok);
  return (await allProblems(loaded)).map((problem) => formatProblem(problem).replaceAll(`${folder}/`, ''));
}

test('what is wrong with rules is told together with what is wrong with the rest, in the order of the file', async (t) => {
  const yaml = `${BASE.replace('name: weekly', 'name: weekly, rules: [members-use-3fa, 7], timezon: UTC')}rules:
  quota-within-limit: { warnAt: high, severity: dreadful }
  members-use-2fa: { warnAt: 3 }
  quota-within-limits: { enabled: perhaps }
chanels: {}
`;
  assert.deepEqual(await linesOf(t, yaml), [
    'config.yaml:5:34 audits[0].rules[0]: there is no rule "members-use-3fa"; did you mean "members-use-2fa"?',
    'config.yaml:5:51 audits[0].rules[1]: expected the id of a rule, tag:NAME or "*", found 7; put it in quotes',
    'config.yaml:5:55 audits[0].timezon: unknown key; did you mean "timezone"?',
    'config.yaml:7:25 rules.quota-within-limit.warnAt: expected a number, found "high"',
    'config.yaml:7:39 rules.quota-within-limit.severity: expected one of critical, high, medium, low, found "dreadful"',
    'config.yaml:8:22 rules.members-use-2fa.warnAt: there is no option "warnAt"; the rule has no options',
    'config.yaml:9:3 rules.quota-within-limits: there is no rule "quota-within-limits"; did you mean "quota-within-limit"?',
    'config.yaml:9:26 rules.quota-within-limits.enabled: expected true or false, found "perhaps"',
    'config.yaml:10:1 chanels: unknown key; did you mean "channels"?',
  ]);
});

test('a variable that is not set is not also a wrong option', async (t) => {
  const lines = await linesOf(t, `${BASE}rules: { quota-within-limit: { warnAt: "\${LIMIT}" } }\n`);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /variable LIMIT is not set/);
});

test('rules of one’s own are known although another part is wrong; without their folders nothing is said of ids', async (t) => {
  const yaml = (folders: string) => `${BASE}rules: { guests-are-few: {} }\ncustomRules: ${folders}\nchanels: {}\n`;
  const folder = configFolder(t, { 'own/guests-are-few.yaml': 'id: guests-are-few\n' });
  assert.deepEqual(await linesOf(t, yaml(JSON.stringify([`${folder}/own`]))), [
    'config.yaml:8:1 chanels: unknown key; did you mean "channels"?',
  ]);
  const lines = await linesOf(t, yaml('{}'));
  assert.deepEqual(
    lines.filter((line) => line.includes('no rule')),
    [],
  );
});
