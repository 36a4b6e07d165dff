import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Judgeable, judge } from '../../src/evaluate/judge.ts';
import { openKey } from '../../src/evaluate/outcome.ts';
import type { Breach, RuleResult } from '../../src/model/judgement.ts';
import { missing, present, type Snapshot } from '../../src/model/snapshot.ts';
import { notEvaluated } from '../../src/rule.ts';
import { AT, member } from '../support/snapshot-builder.ts';

const SNAPSHOT: Snapshot = { members: present([member('lena')]) };

const BREACH: Breach = { subject: { kind: 'member', id: 'lena' }, message: 'is wrong', evidence: { n: 1 } };

const UNKNOWN = { subject: { kind: 'member', id: 'omar' }, unknown: { kind: 'not_on_record', text: 'no address' } };

interface Arrangement {
  readonly snapshot?: Snapshot;
  readonly rule?: Partial<Judgeable>;
  readonly open?: ReadonlySet<string>;
}

function judgeReturning(
  returned: unknown,
  { snapshot = SNAPSHOT, rule, open = new Set() }: Arrangement = {},
): RuleResult {
  const judged: Judgeable = { id: 'some-rule', needs: ['members'], evaluate: () => returned, ...rule };
  return judge({ rule: judged, snapshot, options: {}, at: AT, open });
}

function judgeThrowing(thrown: unknown): RuleResult {
  const evaluate = (): never => {
    throw thrown;
  };
  return judgeReturning([], { rule: { evaluate } });
}

test('passes when there is neither a breach nor an unknown', () => {
  assert.deepEqual(judgeReturning({ judgements: [], checked: 3, limits: ['people only'] }), {
    rule: 'some-rule',
    verdict: 'passed',
    reason: null,
    lacking: null,
    breaches: [],
    unjudged: [],
    checked: 3,
    limits: ['people only'],
  });
});

test('is breached by one breach, whatever else could not be judged', () => {
  const result = judgeReturning([BREACH, UNKNOWN]);
  assert.equal(result.verdict, 'breached');
  assert.equal(result.reason, null);
  assert.deepEqual(result.breaches, [BREACH]);
  assert.deepEqual(result.unjudged, [UNKNOWN]);
});

test('does not pass when a subject could not be judged, and says how many and why', () => {
  const { verdict, reason } = judgeReturning({ judgements: [UNKNOWN], checked: 60 });
  assert.equal(verdict, 'not_evaluated');
  assert.deepEqual(reason, { kind: 'not_on_record', text: '1 of 60 subjects could not be judged: no address' });
});

test('takes the worst of several reasons', () => {
  const worse = { subject: { kind: 'member', id: 'ines' }, unknown: { kind: 'not_visible', text: 'hidden' } };
  assert.deepEqual(judgeReturning([UNKNOWN, worse]).reason, {
    kind: 'not_visible',
    text: '2 subjects could not be judged: hidden; others for other reasons',
  });
});

test('is not evaluated without a section it needs, and names it', () => {
  const { verdict, reason } = judgeReturning([], { snapshot: { members: missing('not_collected', 'HTTP 503') } });
  assert.equal(verdict, 'not_evaluated');
  assert.deepEqual(reason, { kind: 'not_collected', text: 'members: HTTP 503' });
});

test('is not evaluated when a section it needs was not asked for', () => {
  assert.deepEqual(judgeReturning([], { snapshot: {} }).reason, {
    kind: 'not_collected',
    text: 'members: was not collected',
  });
});

test('keeps the quiet kind of a missing list, unless a worse one is missing too', () => {
  const needs = ['approvedDomains', 'members'] as const;
  const quiet = missing('not_configured', 'approved.domains is not set');
  assert.equal(
    judgeReturning([], { rule: { needs }, snapshot: { ...SNAPSHOT, approvedDomains: quiet } }).reason?.kind,
    'not_configured',
  );
  const both = { approvedDomains: quiet, members: missing('not_collected', 'HTTP 503') };
  assert.deepEqual(judgeReturning([], { rule: { needs }, snapshot: both }).reason, {
    kind: 'not_collected',
    text: 'approved domains: approved.domains is not set; members: HTTP 503',
  });
});

test('cannot pass without a section it wants, of any kind', () => {
  for (const kind of ['not_collected', 'not_configured', 'not_enough_history'] as const) {
    const snapshot = { ...SNAPSHOT, roles: missing(kind, 'none') };
    const { verdict, reason } = judgeReturning([], { rule: { wants: ['roles'] }, snapshot });
    assert.equal(verdict, 'not_evaluated');
    assert.deepEqual(reason, { kind, text: 'roles: none' });
  }
});

test('is breached without a section it wants, and carries the reason', () => {
  const { verdict, reason } = judgeReturning([BREACH], { rule: { wants: ['roles'] } });
  assert.equal(verdict, 'breached');
  assert.deepEqual(reason, { kind: 'not_collected', text: 'roles: was not collected' });
});

test('gives needed sections as values and wanted ones with their presence', () => {
  let seen: unknown = null;
  const evaluate = (sections: unknown): [] => {
    seen = sections;
    return [];
  };
  judgeReturning([], {
    rule: { wants: ['roles', 'group'], evaluate },
    snapshot: { ...SNAPSHOT, roles: missing('not_visible', 'x') },
  });
  assert.deepEqual(seen, {
    members: [member('lena')],
    roles: missing('not_visible', 'x'),
    group: missing('not_collected', 'was not collected'),
  });
});

test('passes on what the rule says of itself', () => {
  const { verdict, reason } = judgeReturning(notEvaluated('not_enough_history', 'needs 28 days, has 3'));
  assert.equal(verdict, 'not_evaluated');
  assert.deepEqual(reason, { kind: 'not_enough_history', text: 'needs 28 days, has 3' });
});

test('counts a breach that only keeps findings open where one is open, and drops it elsewhere', () => {
  const lingering = { ...BREACH, key: 'api', onlyIfOpen: true };
  assert.equal(judgeReturning([lingering]).verdict, 'passed');
  assert.deepEqual(judgeReturning([lingering]).breaches, []);
  const kept = judgeReturning([lingering], { open: new Set([openKey({ subject: BREACH.subject, key: 'api' })]) });
  assert.equal(kept.verdict, 'breached');
  assert.deepEqual(kept.breaches, [lingering]);
  assert.equal(
    judgeReturning([lingering], { open: new Set([openKey({ subject: BREACH.subject })]) }).verdict,
    'passed',
  );
});

test('is not evaluated when the rule throws anything', () => {
  const expected: readonly (readonly [unknown, RegExp])[] = [
    [new TypeError('no such thing'), /^the rule failed: TypeError: no such thing$/],
    ['oops', /^the rule failed: it threw the text "oops" instead of an error$/],
    [null, /^the rule failed: it threw null instead of an error$/],
    [undefined, /^the rule failed: it threw undefined instead of an error$/],
    [{}, /^the rule failed: it threw an object instead of an error$/],
    [Symbol('x'), /^the rule failed: it threw Symbol\(x\) instead of an error$/],
    [
      new Error(`of lena@harbor.example\u001b[31m ${'long '.repeat(200)}`),
      /^the rule failed: Error: of \[address\] .{0,300}…$/,
    ],
  ];
  for (const [thrown, text] of expected) {
    const { verdict, reason } = judgeThrowing(thrown);
    assert.equal(verdict, 'not_evaluated');
    assert.equal(reason?.kind, 'rule_failed');
    assert.match(reason.text, text);
  }
});

test('is not evaluated when the rule returns anything else than judgements', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const garbage: readonly unknown[] = [
    undefined,
    null,
    true,
    5,
    'passed',
    {},
    { verdict: 'passed' },
    { judgements: 'none' },
    { judgements: [], checked: -1 },
    { judgements: [], checked: 1.5 },
    { judgements: [], extra: 1 },
    { notEvaluated: { kind: 'whatever', text: 'x' } },
    { notEvaluated: { kind: 'not_visible', text: '' } },
    Promise.resolve([]),
    new Map(),
    () => [],
    [null],
    [[]],
    [undefined],
    Object.assign([], { length: 2 }),
    [{}],
    [{ ...BREACH, subject: { kind: 'member', id: '' } }],
    [{ ...BREACH, subject: { kind: 'person', id: 'x' } }],
    [{ ...BREACH, subject: { kind: 'member', id: 7 } }],
    [{ ...BREACH, severity: 'urgent' }],
    [{ ...BREACH, severty: 'high' }],
    [{ ...BREACH, message: ' ' }],
    [{ ...BREACH, resetsAt: 'tomorrow' }],
    [{ ...BREACH, evidence: [] }],
    [{ ...BREACH, evidence: { n: Number.NaN } }],
    [{ ...BREACH, evidence: { n: 1n } }],
    [{ ...BREACH, evidence: { at: AT } }],
    [{ ...BREACH, evidence: { text: 'x'.repeat(4_000_001) } }],
    [{ ...BREACH, evidence: cyclic }],
    [{ ...BREACH, evidence: revoked.proxy }],
    [Object.defineProperty({ ...BREACH }, 'message', { get: () => 'x', enumerable: true })],
    [{ subject: BREACH.subject, unknown: 'no idea' }],
    [BREACH, BREACH],
    [BREACH, { subject: BREACH.subject, unknown: UNKNOWN.unknown }],
  ];
  for (const [index, returned] of garbage.entries()) {
    const { verdict, reason } = judgeReturning(returned);
    assert.equal(verdict, 'not_evaluated', `case ${index}`);
    assert.equal(reason?.kind, 'rule_failed', `case ${index}`);
    assert.match(reason.text, /^the rule returned /, `case ${index}`);
  }
});

test('accepts two breaches of one subject with different keys', () => {
  const result = judgeReturning([
    { ...BREACH, key: 'one' },
    { ...BREACH, key: 'two' },
  ]);
  assert.equal(result.breaches.length, 2);
});

test('leaves out properties that are undefined', () => {
  const [breach] = judgeReturning([{ ...BREACH, key: undefined, evidence: { owner: undefined } }]).breaches;
  assert.deepEqual(breach, { ...BREACH, evidence: {} });
});

test('copies what the rule returned, so that the rule can change nothing later', () => {
  const evidence = { n: 1 };
  const result = judgeReturning([{ ...BREACH, evidence }]);
  evidence.n = 2;
  assert.deepEqual(result.breaches, [BREACH]);
});

test('does not let a rule move the instant of the audit for the next one', () => {
  const at = new Date(AT);
  const rule: Judgeable = {
    id: 'some-rule',
    needs: ['members'],
    evaluate: (_sections, _options, context) => {
      context.at.setFullYear(1990);
      return [];
    },
  };
  judge({ rule, snapshot: SNAPSHOT, options: {}, at, open: new Set() });
  assert.deepEqual(at, AT);
});
