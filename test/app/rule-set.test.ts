import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { loadRules, ruleProblems, toRuleSet } from '../../src/app/rule-set.ts';
import { silentLog } from '../../src/model/log.ts';
import { BASE, configOf } from '../support/config-folder.ts';

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
