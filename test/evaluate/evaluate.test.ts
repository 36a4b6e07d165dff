import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCustomRules } from '../../src/evaluate/custom-rules.ts';
import { type EvaluateInput, evaluate } from '../../src/evaluate/evaluate.ts';
import { parseRule } from '../../src/evaluate/rule-shape.ts';
import { silentLog } from '../../src/model/log.ts';
import { missing, present } from '../../src/model/snapshot.ts';
import { defineRule, type RuleOutcome, z } from '../../src/rule.ts';
import { ruleFolder, ruleSource } from '../support/rule-folder.ts';
import { AT, member } from '../support/snapshot-builder.ts';

const LIMITS = { timeoutMs: 20_000, memoryMb: 128 };

function builtIn(id: string, judgeMembers: (ids: readonly string[], max: number) => RuleOutcome) {
  const declared = parseRule(
    defineRule({
      id,
      title: 'Some requirement is met',
      severity: 'low',
      tags: [],
      why: 'Because.',
      fix: { text: 'Mend it.', effort: 'low' },
      controls: {},
      needs: ['members'],
      options: z.strictObject({ max: z.number().default(1) }),
      evaluate: ({ members }, { max }) =>
        judgeMembers(
          members.map((one) => one.id),
          max,
        ),
    }),
    id,
  );
  assert.ok(declared.ok);
  return declared.rule;
}

const FAILS = builtIn('a-fails', () => {
  throw new Error('no');
});

const PASSES = builtIn('b-passes', () => []);

const COUNTS = builtIn('c-counts', (ids, max) =>
  ids.length > max ? [{ subject: { kind: 'group', id: 'g' }, message: 'too many', evidence: { max } }] : [],
);

function input(overrides: Partial<EvaluateInput> = {}): EvaluateInput {
  return {
    builtIn: [FAILS, PASSES, COUNTS],
    custom: [],
    settings: {},
    snapshot: { members: present([member('lena'), member('omar')]) },
    encoded: [],
    at: AT,
    open: new Map(),
    log: silentLog,
    limits: LIMITS,
    ...overrides,
  };
}

async function verdicts(overrides: Partial<EvaluateInput> = {}): Promise<Record<string, string>> {
  const results = await evaluate(input(overrides));
  return Object.fromEntries(results.map(({ rule, verdict, reason }) => [rule, reason?.kind ?? verdict]));
}

test('gives one result a rule, sorted, and a rule that throws stops no other', async () => {
  assert.deepEqual(Object.entries(await verdicts()), [
    ['a-fails', 'rule_failed'],
    ['b-passes', 'passed'],
    ['c-counts', 'breached'],
  ]);
});

test('leaves out what is switched off, and passes options on', async () => {
  const settings = {
    'a-fails': { enabled: false, reason: 'in repair', until: null },
    'c-counts': { enabled: true, severity: null, options: { max: 2 } },
  } as const;
  assert.deepEqual(await verdicts({ settings }), { 'b-passes': 'passed', 'c-counts': 'passed' });
});

test('does not evaluate a rule on options that are not valid', async () => {
  const settings = { 'c-counts': { enabled: true, severity: null, options: { maximum: 2 } } } as const;
  assert.equal((await verdicts({ settings }))['c-counts'], 'rule_failed');
});

test('freezes the snapshot, so that no rule can change what the next one sees', async () => {
  const changes = builtIn('a-changes', (ids) =>
    ids.map((id) => ({ subject: { kind: 'member', id }, message: 'x', evidence: {} })),
  );
  const lena = member('lena');
  await evaluate(input({ builtIn: [changes], snapshot: { members: present([lena]) } }));
  assert.ok(Object.isFrozen(lena) && Object.isFrozen(lena.email));
});

test('keeps the verdicts of good rules beside hostile ones', async (t) => {
  const folder = await ruleFolder(t, {
    'd-kills.ts': ruleSource('d-kills', { body: 'const all = new Map(); for (;;) all.set(all.size, {});' }),
    'e-finds.ts': ruleSource('e-finds', {
      body: `return members.map(({ id }) => ({ subject: { kind: 'member', id }, message: 'x', evidence: {} }));`,
    }),
    'f-exits.ts': ruleSource('f-exits', { body: 'process.exit(0);' }),
    'g-passes.js': ruleSource('g-passes'),
    'h-wants.js': ruleSource('h-wants', { wants: `['roles']` }),
  });
  const { rules } = await loadCustomRules({ folders: [folder], ...LIMITS, log: silentLog });
  const snapshot = { members: present([member('lena')]), roles: missing('not_visible', 'hidden') };
  assert.deepEqual(await verdicts({ custom: rules, snapshot }), {
    'a-fails': 'rule_failed',
    'b-passes': 'passed',
    'c-counts': 'passed',
    'd-kills': 'rule_failed',
    'e-finds': 'breached',
    'f-exits': 'rule_failed',
    'g-passes': 'passed',
    'h-wants': 'not_visible',
  });
});

test('ends a rule that runs when it is abandoned', async (t) => {
  const folder = await ruleFolder(t, { 'some-rule.ts': ruleSource('some-rule', { body: 'for (;;);' }) });
  const { rules } = await loadCustomRules({ folders: [folder], ...LIMITS, log: silentLog });
  const abandon = new AbortController();
  const evaluating = evaluate(input({ builtIn: [], custom: rules, signal: abandon.signal }));
  setImmediate(() => abandon.abort(new Error('stopping')));
  await assert.rejects(evaluating, /stopping/);
});
