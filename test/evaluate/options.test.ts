import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkOptions } from '../../src/evaluate/options.ts';
import { z } from '../../src/rule.ts';

const RULE = {
  options: z.strictObject({ warnAt: z.number().max(100).default(80), criticalAt: z.number().default(95) }),
};

test('fills in the defaults', () => {
  assert.deepEqual(checkOptions(RULE, { warnAt: 70 }), { ok: true, options: { warnAt: 70, criticalAt: 95 } });
});

test('names each problem with its path, all at once', () => {
  const checked = checkOptions(RULE, { warnAt: 101, criticalAt: 'high' });
  assert.ok(!checked.ok);
  assert.deepEqual(
    checked.problems.map(({ path }) => path),
    [['warnAt'], ['criticalAt']],
  );
});

test('suggests the option that was probably meant', () => {
  const checked = checkOptions(RULE, { warnat: 1, treshold: 2 });
  assert.deepEqual(checked, {
    ok: false,
    problems: [
      { path: ['warnat'], message: 'there is no option "warnat"; did you mean "warnAt"?' },
      { path: ['treshold'], message: 'there is no option "treshold"; the rule has criticalAt, warnAt' },
    ],
  });
});

test('refuses an unknown option even where the schema of a rule would ignore it', () => {
  const checked = checkOptions({ options: z.object({}) }, { max: 1 });
  assert.deepEqual(checked, {
    ok: false,
    problems: [{ path: ['max'], message: 'there is no option "max"; the rule has no options' }],
  });
});

test('refuses what is not a mapping', () => {
  assert.equal(checkOptions(RULE, null).ok, false);
  assert.equal(checkOptions(RULE, 5).ok, false);
});
