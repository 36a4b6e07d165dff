import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CustomRule, loadCustomRule } from '../../src/evaluate/custom-rules.ts';
import { MOST_TIMEOUTS, type Moment, replay } from '../../src/evaluate/replay.ts';
import { toRuleFile } from '../../src/evaluate/rule-files.ts';
import type { RuleResult } from '../../src/model/judgement.ts';
import { silentLog } from '../../src/model/log.ts';
import { type Member, missing, present } from '../../src/model/snapshot.ts';
import { encodeSection } from '../../src/sections.ts';
import { expressionSource } from '../support/expression-source.ts';
import { ruleFolder, ruleSource } from '../support/rule-folder.ts';
import { AT, member } from '../support/snapshot-builder.ts';

/** Long enough for a process on a busy machine. */
const LIMITS = { timeoutMs: 20_000, memoryMb: 128 };

/** Nobody goes through this list for each of its items in any time that a test has. */
const ENDLESS = 20_000;

const NESTED = 'members.all(a, members.all(b, a.id != b.id + "x")) && member.id == "m0"';

interface Given {
  readonly name: string;
  readonly source: string;
  /** Members of each day; null: they were not obtained. */
  readonly days: readonly (readonly Member[] | null)[];
  readonly limits?: typeof LIMITS;
  readonly signal?: AbortSignal;
}

async function loadRule(t: TestContext, name: string, source: string): Promise<CustomRule> {
  const folder = await ruleFolder(t, { [name]: source });
  const loaded = await loadCustomRule(toRuleFile(join(folder, name)), { log: silentLog, ...LIMITS });
  if ('reason' in loaded) throw new Error(loaded.reason.text);
  return loaded;
}

const NO_ACCOUNTS = present(encodeSection('serviceAccounts', []));

function toMoment(members: readonly Member[] | null): Moment {
  const section =
    members === null ? missing('not_collected', 'HTTP 503') : present(encodeSection('members', [...members]));
  return { at: AT, items: members?.length ?? 0, load: () => ({ members: section, serviceAccounts: NO_ACCOUNTS }) };
}

/** The results of all days, and the processes that were started for them. */
async function replayAll(t: TestContext, { name, source, days, limits = LIMITS, signal }: Given) {
  const rule = { custom: await loadRule(t, name, source) };
  const started = countProcesses(t);
  const results: RuleResult[] = [];
  const moments = days.map((members) => toMoment(members));
  for await (const { conclude } of replay({ rule, options: {}, moments, limits, log: silentLog, signal }))
    results.push(conclude(new Set()));
  return { results, started };
}

function countProcesses(t: TestContext): readonly ChildProcess[] {
  const started: ChildProcess[] = [];
  const note = (message: unknown): void => {
    const { process: child } = Object(message);
    started.push(child);
  };
  subscribe('child_process', note);
  t.after(() => unsubscribe('child_process', note));
  return started;
}

function members(count: number): readonly Member[] {
  return Array.from({ length: count }, (_, index) => member(`m${index}`));
}

const verdictsOf = (results: readonly RuleResult[]) => results.map(({ verdict }) => verdict);

const subjectsOf = (results: readonly RuleResult[]) =>
  results.map(({ breaches }) => breaches.map(({ subject }) => subject.id).join());

test('a rule in YAML judges all days in one process, which is gone afterwards', async (t) => {
  const { results, started } = await replayAll(t, {
    name: 'some-rule.yaml',
    source: expressionSource({ when: 'size(members) > 2 && member.id == "m1"' }),
    days: [members(2), members(3), null, members(40), members(1)],
  });
  assert.deepEqual(subjectsOf(results), ['', 'm1', '', 'm1', '']);
  assert.deepEqual(verdictsOf(results), ['passed', 'breached', 'not_evaluated', 'breached', 'passed']);
  assert.deepEqual(results[2]?.reason, { kind: 'not_collected', text: 'members: HTTP 503' });
  assert.deepEqual(
    started.map(({ signalCode }) => signalCode),
    ['SIGKILL'],
  );
});

test('a day that takes a rule in YAML too long is told for that day, and the next are judged', async (t) => {
  const { results, started } = await replayAll(t, {
    name: 'some-rule.yaml',
    source: expressionSource({ when: NESTED }),
    days: [members(2), members(ENDLESS), members(3)],
    limits: { ...LIMITS, timeoutMs: 5000 },
  });
  assert.deepEqual(verdictsOf(results), ['breached', 'not_evaluated', 'breached']);
  assert.equal(results[1]?.reason?.kind, 'timed_out');
  assert.ok(started.length >= 2 && started.every(({ signalCode }) => signalCode === 'SIGKILL'));
});

test('a rule that takes too long day after day is not tried for ever, and that is told', async (t) => {
  const { results } = await replayAll(t, {
    name: 'some-rule.js',
    source: ruleSource('some-rule', { body: 'if (members.length > 1) for (;;);\n return [];' }),
    days: [members(1), ...Array.from({ length: 40 }, () => members(2)), null],
    limits: { ...LIMITS, timeoutMs: 500 },
  });
  // One that is stopped by a busy machine before it had begun does not change the picture.
  const kinds = results.map(({ reason }) => reason?.kind ?? 'judged');
  assert.deepEqual(kinds.slice(1), [...Array.from({ length: 40 }, () => 'timed_out'), 'not_collected']);
  const tried = results.filter(({ reason }) => reason?.text.includes('was stopped') === true).length;
  const untried = results.filter(({ reason }) => reason?.text.startsWith('not tried') === true).length;
  // Those that had begun when it was given up came to their ends.
  assert.ok(tried >= MOST_TIMEOUTS && tried <= MOST_TIMEOUTS + 4, `${tried} tried`);
  assert.ok(untried >= 30, `${untried} not tried`);
  assert.match(results.at(-2)?.reason?.text ?? '', /^not tried: .* on the 3 days before/);
});

test('a module has a fresh process each day, and finds nothing of what it saw', async (t) => {
  const body = [
    'globalThis.seen = (globalThis.seen ?? 0) + members.length;',
    `return [{ subject: { kind: 'member', id: 'm0' }, message: 'x', evidence: { seen: globalThis.seen } }];`,
  ].join('\n');
  const counts = [3, 1, 4, 1, 5, 9];
  const { results, started } = await replayAll(t, {
    name: 'some-rule.js',
    source: ruleSource('some-rule', { body }),
    days: counts.map((count) => members(count)),
  });
  assert.deepEqual(
    results.map(({ breaches }) => breaches[0]?.evidence['seen']),
    counts,
  );
  assert.equal(started.length, counts.length);
});

test('of a large group one day at a time is given to a module', async (t) => {
  const body = `return members.slice(0, 1).map(({ id }) => ({ subject: { kind: 'member', id }, message: 'x', evidence: {} }));`;
  const { results, started } = await replayAll(t, {
    name: 'some-rule.js',
    source: ruleSource('some-rule', { body }),
    days: [members(6000), members(6001), members(6002)],
  });
  assert.deepEqual(subjectsOf(results), ['m0', 'm0', 'm0']);
  assert.equal(started.length, 3);
});

for (const name of ['some-rule.yaml', 'some-rule.js']) {
  test(`stops when it is told to, and leaves no process: ${name}`, async (t) => {
    const stop = new AbortController();
    const source = name.endsWith('.yaml')
      ? expressionSource({ when: NESTED })
      : ruleSource('some-rule', { body: 'if (members.length > 2) for (;;);\n return [];' });
    const rule = { custom: await loadRule(t, name, source) };
    const started = countProcesses(t);
    const moments = [members(2), ...Array.from({ length: 5 }, () => members(ENDLESS))].map((one) => toMoment(one));
    const results: string[] = [];
    const all = async (): Promise<void> => {
      const judged = replay({ rule, options: {}, moments, limits: LIMITS, log: silentLog, signal: stop.signal });
      for await (const { conclude } of judged) {
        results.push(conclude(new Set()).verdict);
        stop.abort(new Error('stopped by the test'));
      }
    };
    await assert.rejects(all, /stopped by the test/);
    assert.equal(results.length, 1);
    assert.ok(
      started.length > 0 && started.every(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null),
    );
  });
}

test('an answer that waits while this process is busy is no rule that takes too long', async (t) => {
  const source = expressionSource({ when: 'true', message: `\${member.id} ${'is there '.repeat(20)}` });
  const rule = { custom: await loadRule(t, 'some-rule.yaml', source) };
  const moments = [members(1), members(3000)].map((one) => toMoment(one));
  const limits = { ...LIMITS, timeoutMs: 2500 };
  const counts: number[] = [];
  for await (const { conclude } of replay({ rule, options: {}, moments, limits, log: silentLog })) {
    counts.push(conclude(new Set()).breaches.length);
    // The next day was given to the process already: its answer is longer than what a pipe holds.
    if (counts.length === 1) beBusy(4500);
  }
  assert.deepEqual(counts, [1, 3000]);
});

function beBusy(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
