import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { CustomRule } from '../../src/evaluate/custom-rules.ts';
import { judgeCustomRule } from '../../src/evaluate/judge-custom-rule.ts';
import { digestSources } from '../../src/evaluate/rule-modules.ts';
import type { RuleResult } from '../../src/model/judgement.ts';
import { silentLog } from '../../src/model/log.ts';
import { present } from '../../src/model/snapshot.ts';
import { encodeSection } from '../../src/sections.ts';
import { type RuleSource, ruleFolder, ruleSource } from '../support/rule-folder.ts';
import { AT, member } from '../support/snapshot-builder.ts';

/** Long enough for a process to start on a busy machine. */
const ENOUGH_MS = 20_000;

/** A rule that never ends is stopped whether or not it had begun. */
const SHORT_MS = 1000;

interface Hostile extends RuleSource {
  readonly name: string;
  readonly text: RegExp;
  readonly timesOut?: boolean;
}

const OUT_OF_MEMORY = /^the rule needed more than 64 MB of memory and was stopped$/;

const NO_ANSWER = /^the rule ended its process before it gave an answer$/;

const TIME_OUT = /^the rule did not finish within 1 s and was stopped$/;

const SUBJECT = `{ kind: 'member', id: 'lena' }`;

const HOSTILE: readonly Hostile[] = [
  { name: 'an endless loop', body: 'for (;;);', text: TIME_OUT, timesOut: true },
  { name: 'an endless loop while loading', body: '', before: 'for (;;);', text: TIME_OUT, timesOut: true },
  {
    name: 'a pattern that the linear engine cannot take over',
    body: `/^(a|a?)+\\1?(?=b)$/.test('a'.repeat(60)); return [];`,
    text: TIME_OUT,
    timesOut: true,
  },
  {
    name: 'a wait in the kernel',
    body: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); return [];',
    text: TIME_OUT,
    timesOut: true,
  },
  { name: 'a timer that never stops', body: 'setInterval(() => {}, 1000); return [];', text: TIME_OUT, timesOut: true },
  { name: 'a list without end', body: 'const all = []; for (;;) all.push({ n: all.length });', text: OUT_OF_MEMORY },
  { name: 'a Map without end', body: 'const all = new Map(); for (;;) all.set(all.size, {});', text: OUT_OF_MEMORY },
  { name: 'one list of 1 GB', body: 'globalThis.all = new Array(2 ** 27).fill({}); return [];', text: OUT_OF_MEMORY },
  {
    name: '1 GB of Buffers',
    body: 'const all = []; for (let n = 0; n < 1024; n += 1) all.push(Buffer.alloc(2 ** 20, 1)); for (;;);',
    text: OUT_OF_MEMORY,
  },
  { name: 'process.exit(0)', body: 'process.exit(0);', text: NO_ANSWER },
  { name: 'process.exit(0) while loading', before: 'process.exit(0);', text: NO_ANSWER },
  { name: 'process.exit(0) after returning', body: 'setImmediate(() => process.exit(0)); return [];', text: NO_ANSWER },
  {
    name: 'process.exit(0) at the end',
    body: `process.on('beforeExit', () => process.exit(0)); return [];`,
    text: NO_ANSWER,
  },
  { name: 'process.exit(3)', body: 'process.exit(3);', text: /exit code 3$/ },
  {
    name: 'an exit code set at the very end',
    body: `process.on('exit', () => { process.exitCode = 7; }); return [];`,
    text: /exit code 7$/,
  },
  { name: 'a signal to itself', body: `process.kill(process.pid, 'SIGKILL'); for (;;);`, text: /ended by SIGKILL$/ },
  {
    name: 'a deep recursion',
    body: 'const dive = () => dive() + 1; dive();',
    text: /^hostile\.ts:15: RangeError: Maximum call stack/,
  },
  { name: 'a thrown string', body: `throw 'no';`, text: /^it threw the text "no" instead of an error$/ },
  { name: 'a thrown null', body: 'throw null;', text: /^it threw null instead of an error$/ },
  {
    name: 'an error that cannot be read',
    body: `throw Object.defineProperty(new Error(), 'message', { get() { throw 1; } });`,
    text: /^it threw something that cannot be read$/,
  },
  {
    name: 'a late unhandled rejection',
    body: `setTimeout(() => { Promise.reject(new Error('late')); }, 20); return [];`,
    text: /^hostile\.ts:15: Error: late$/,
  },
  {
    name: 'a late exception',
    body: 'setTimeout(() => { throw undefined; }, 20); return [];',
    text: /^it threw undefined instead of an error$/,
  },
  {
    name: 'an async answer',
    body: 'return Promise.resolve([]);',
    text: /^the rule returned a promise; evaluate must not be async$/,
  },
  { name: 'an async answer that fails', body: `return Promise.reject(new Error('x'));`, text: /Error: x$/ },
  { name: 'nothing', body: '', text: /^the rule returned nothing instead of a list of judgements$/ },
  {
    name: 'a verdict of its own',
    body: `return { verdict: 'passed' };`,
    text: /^the rule returned an object without judgements$/,
  },
  {
    name: 'a breach without a subject',
    body: `return [{ message: 'x', evidence: {} }];`,
    text: /judgements\[0\]\.subject/,
  },
  { name: 'a Proxy', body: 'return new Proxy([], {});', text: /^the rule returned a Proxy, not plain data$/ },
  {
    name: 'a Proxy inside',
    body: `return [{ subject: new Proxy(${SUBJECT}, {}), message: 'x', evidence: {} }];`,
    text: /a Proxy/,
  },
  {
    name: 'a getter',
    body: `return [{ subject: ${SUBJECT}, get message() { return 'x'; }, evidence: {} }];`,
    text: /\.message is computed by a getter/,
  },
  {
    name: 'data that contains itself',
    body: `const e = {}; e.e = e; return [{ subject: ${SUBJECT}, message: 'x', evidence: e }];`,
    text: /contains itself$/,
  },
  {
    name: 'a changed Object.prototype',
    body: 'Object.prototype.evil = 1; return [];',
    text: /^it changed Object\.prototype, /,
  },
  {
    name: 'a changed Array.prototype',
    body: 'Array.prototype.filter = () => []; return [];',
    text: /^it changed Array\.prototype\.filter, /,
  },
  { name: 'a changed JSON', before: `JSON.stringify = () => '{}';`, text: /^it changed JSON\.stringify, / },
  {
    name: 'a mutated member',
    body: `members[0].id = 'somebody'; return [];`,
    text: /^hostile\.ts:15: TypeError: Cannot assign to read only property 'id'/,
  },
  {
    name: 'a mutated list',
    body: 'members.length = 0; return [];',
    text: /^hostile\.ts:15: TypeError: Cannot assign to read only property 'length'/,
  },
  {
    name: 'an answer forged on our descriptor',
    before: `import { writeSync } from 'node:fs';`,
    body: `writeSync(3, 'guess\\n' + JSON.stringify({ is: 'returned', returned: [], digest: '' })); return [];`,
    text: /^the rule interfered with its own answer$/,
  },
  {
    name: 'an answer forged after ours',
    before: `import { writeSync } from 'node:fs';`,
    body: `process.on('exit', () => writeSync(3, '{}')); return [];`,
    text: /^the rule interfered with its own answer$/,
  },
  {
    name: 'an answer forged as a message',
    before: `import { parentPort } from 'node:worker_threads';`,
    body: `parentPort.postMessage({ verdict: 'passed' }); return [];`,
    text: /TypeError/,
  },
  {
    name: 'a key file that it reads',
    before: `import { readFileSync } from 'node:fs';`,
    body: `return [{ subject: ${SUBJECT}, message: readFileSync('/etc/hostname', 'utf8'), evidence: {} }];`,
    text: /rules may read the files beside them/,
  },
  {
    name: 'the environment of the process that called it',
    before: `import { readFileSync } from 'node:fs';`,
    body: `if (Object.keys(process.env).length > 0) return [];
    readFileSync('/proc/' + process.ppid + '/environ'); return [];`,
    text: /rules may read the files beside them/,
  },
  {
    name: 'a signal to the process that called it',
    body: `process.kill(process.ppid, 'SIGKILL'); return [];`,
    text: /Error: rules may not send signals to other processes$/,
  },
  {
    name: 'a signal by another name',
    before: `import { kill } from 'node:process';`,
    body: `kill(process.ppid, 'SIGKILL'); return [];`,
    text: /Error: rules may not send signals to other processes$/,
  },
  {
    name: 'a signal by the name of the engine',
    body: `process._kill(process.ppid, 9); return [];`,
    text: /Error: rules may not send signals to other processes$/,
  },
  {
    name: 'a worker thread',
    before: `import { Worker } from 'node:worker_threads';`,
    body: `new Worker('for (;;);', { eval: true }); return [];`,
    text: /rules may read the files beside them/,
  },
  {
    name: 'a module that never loads',
    before: 'await new Promise(() => {});',
    text: /^its module waits for something that never happens$/,
  },
  {
    name: 'promises without end',
    // Returns nothing: a promise that waits for the next one would keep all of them, and run out of memory on a quick machine.
    body: 'const again = () => { Promise.resolve().then(again); }; again(); return [];',
    text: TIME_OUT,
    timesOut: true,
  },
  {
    name: 'NaN',
    body: `return [{ subject: ${SUBJECT}, message: 'x', evidence: { n: NaN } }];`,
    text: /evidence\.n is NaN/,
  },
  {
    name: 'a BigInt',
    body: `return [{ subject: ${SUBJECT}, message: 'x', evidence: { n: 1n } }];`,
    text: /evidence\.n is a bigint/,
  },
  {
    name: 'a Date',
    body: `return [{ subject: ${SUBJECT}, message: 'x', evidence: { at } }];`,
    text: /evidence\.at is an object of a class/,
  },
  {
    name: 'a symbol',
    body: `return [{ subject: ${SUBJECT}, message: Symbol('x'), evidence: {} }];`,
    text: /message is a symbol/,
  },
  {
    name: 'the same thing a million times',
    body: `return Array.from({ length: 1_000_000 }, () => ({ subject: ${SUBJECT}, message: 'x', evidence: {} }));`,
    text: /holds too many values|needed more than 64 MB|two judgements about one subject/,
  },
  {
    name: 'a program that it starts',
    before: `import { execSync } from 'node:child_process';`,
    body: `execSync('sleep 60'); return [];`,
    text: /rules may read the files beside them and no others, and not write files, start programs or open connections$/,
  },
  {
    name: 'a file that it writes',
    before: `import { writeFileSync } from 'node:fs';`,
    body: `writeFileSync('written', ''); return [];`,
    text: /rules may read the files beside them/,
  },
];

test('a hostile rule is not evaluated, with a reason that a person understands', { concurrency: 2 }, async (t) => {
  for (const hostile of HOSTILE) {
    void t.test(hostile.name, async (t) => {
      const { verdict, reason } = await judgeHostile(t, hostile);
      assert.equal(verdict, 'not_evaluated');
      assert.match(reason?.text ?? '', hostile.text);
      assert.equal(reason?.kind, hostile.timesOut === true ? 'timed_out' : 'rule_failed');
    });
  }
});

async function judgeHostile(t: TestContext, hostile: Hostile): Promise<RuleResult> {
  const source = ruleSource('hostile', hostile);
  const folder = await ruleFolder(t, { 'hostile.ts': source });
  return await judgeCustomRule({
    rule: toRule(join(folder, 'hostile.ts'), digestSources([source])),
    sections: { members: present(encodeSection('members', [member('lena')])) },
    options: {},
    at: AT,
    open: new Set(),
    limits: { timeoutMs: hostile.timesOut === true ? SHORT_MS : ENOUGH_MS, memoryMb: 64 },
    log: silentLog,
  });
}

/** A rule as if it had loaded before it turned hostile. */
function toRule(file: string, version: string): CustomRule {
  return {
    id: 'hostile',
    file,
    needs: ['members'],
    wants: [],
    consults: [],
    defaults: {},
    requirement: {
      id: 'hostile',
      title: 'Hostile',
      severity: 'low',
      tags: [],
      why: 'To try.',
      fix: { text: 'None.', effort: 'low' },
      controls: {},
      event: null,
      source: 'custom',
      version,
    },
  };
}
