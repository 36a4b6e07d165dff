import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { decodeSection } from '../sections.ts';
import { deepFreeze } from './deep-freeze.ts';
import { explainRuleError } from './explain-rule-error.ts';
import { takeIntrinsics } from './intrinsics.ts';
import { toRuleInput } from './judge.ts';
import { forbidSignals } from './no-signals.ts';
import { checkOptions } from './options.ts';
import { toPlainReturned } from './outcome.ts';
import { testFileOf } from './rule-files.ts';
import { BEGUN, packAnswer, type RuleAnswer, type SentJob, unpackJob } from './rule-job.ts';
import { type RuleModules, registerRuleModules } from './rule-modules.ts';
import { type DeclaredRule, describeRule, parseRule } from './rule-shape.ts';
import { checkRule } from './rule-tester/check-rule.ts';
import { parseCases } from './rule-tester/parse-cases.ts';

// The process in which one custom rule is loaded and run. It reads a job from its standard input and writes one answer to
// descriptor 3. Rules are the operator's own code, and may import node:fs and read what lies beside them: this bounds
// accidents, it is no sandbox. But an accident must never look like an answer. So the answer is written only once the event loop
// has run dry, after which no timer or promise of the rule's can still fail; it begins with a word that the rule cannot know; and
// `process.exit` in a rule leaves no answer at all.

const ANSWER_DESCRIPTOR = 3;

/** Where the rule stands; the last failure wins over any answer. */
interface State {
  answer: RuleAnswer;
  failure: string | null;
  concluding: 'not yet' | 'next time' | 'done';
}

const NEVER_LOADED = 'its module waits for something that never happens';

start(unpackJob(await readInput()));

async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function start(job: SentJob): void {
  const state: State = { answer: { is: 'failed', text: NEVER_LOADED }, failure: null, concluding: 'not yet' };
  forbidSignals();
  writeSync(ANSWER_DESCRIPTOR, BEGUN);
  const modules = registerRuleModules();
  const conclude = prepareConclusion(job.nonce, state);
  process.on('beforeExit', conclude);
  // Rejections that nobody handled come here too.
  process.on('uncaughtException', (error) => {
    state.failure ??= explainRuleError(error, modules);
    if (state.concluding === 'done') process.exitCode = 1;
  });
  void settle(state, job, modules);
}

async function settle(state: State, job: SentJob, modules: RuleModules): Promise<void> {
  try {
    state.answer = await perform(job, modules);
  } catch (error) {
    state.answer = { is: 'failed', text: explainRuleError(error, modules) };
  }
}

/** Takes hold of all that the last step needs before the rule's code can replace any of it. */
function prepareConclusion(nonce: string, state: State): () => void {
  const intrinsics = takeIntrinsics();
  const { stringify } = JSON;
  const write = writeSync;
  return () => {
    // The first time the loop has run dry, what the rule has registered for that moment is still to come.
    if (state.concluding === 'not yet') {
      state.concluding = 'next time';
      setImmediate(() => undefined);
      return;
    }
    if (state.concluding === 'done') return;
    state.concluding = 'done';
    const changed = intrinsics.changed();
    const failure =
      state.failure ?? (changed === null ? null : `it changed ${changed}, on which all other code relies`);
    const answer: RuleAnswer = failure === null ? state.answer : { is: 'failed', text: failure };
    const bytes = Buffer.from(packAnswer(stringify(answer), nonce));
    let written = 0;
    while (written < bytes.length) written += write(ANSWER_DESCRIPTOR, bytes, written);
  };
}

async function perform(job: SentJob, modules: RuleModules): Promise<RuleAnswer> {
  const module: { default?: unknown } = await import(pathToFileURL(job.file).href);
  const declared = parseRule(module.default, job.id);
  if (!declared.ok) return { is: 'failed', text: declared.problem };
  switch (job.task) {
    case 'describe':
      return describe(declared.rule, modules);
    case 'check-options':
      return answerOptions(declared.rule, job.options);
    case 'test':
      return await test(declared.rule, job.file, modules);
    case 'judge':
      return run(declared.rule, job, modules);
  }
}

/** Tries the rule on the cases of the file beside it, with the tester that built-in rules have to pass. */
async function test(rule: DeclaredRule, file: string, modules: RuleModules): Promise<RuleAnswer> {
  const module: { default?: unknown } = await import(pathToFileURL(testFileOf(file)).href);
  const tests = parseCases(module.default);
  if (!tests.ok) return { is: 'failed', text: tests.problem };
  const { passing, breaching, notEvaluated = [] } = tests.cases;
  const cases = passing.length + breaching.length + notEvaluated.length;
  return { is: 'tested', cases, problems: checkRule(rule, tests.cases, (thrown) => explainRuleError(thrown, modules)) };
}

function describe(rule: DeclaredRule, modules: RuleModules): RuleAnswer {
  const { needs, wants = [], consults = [] } = rule;
  const options: unknown = rule.options.parse({});
  return {
    is: 'described',
    requirement: describeRule(rule),
    needs: [...needs],
    wants: [...wants],
    consults: [...consults],
    options,
    digest: modules.digest(),
  };
}

function answerOptions(rule: DeclaredRule, raw: unknown): RuleAnswer {
  const checked = checkOptions(rule, raw);
  if (checked.ok) return { is: 'options', options: checked.options };
  return { is: 'bad-options', problems: checked.problems };
}

function run(rule: DeclaredRule, job: SentJob, modules: RuleModules): RuleAnswer {
  const checked = checkOptions(rule, job.options);
  if (!checked.ok) return { is: 'failed', text: `its options are not valid: ${checked.problems[0]?.message ?? ''}` };
  const clone = structuredClone;
  const returned = rule.evaluate(readSections(rule, job), checked.options, { at: new Date(job.at ?? Number.NaN) });
  const plain = toPlainReturned(returned);
  if (!plain.ok) return { is: 'failed', text: `the rule returned ${plain.problem}` };
  if (!isCloneable(returned, clone)) return { is: 'failed', text: 'the rule returned a Proxy, not plain data' };
  return { is: 'returned', returned: plain.value, digest: modules.digest() };
}

function readSections(rule: DeclaredRule, job: SentJob): Readonly<Record<string, unknown>> {
  const present = job.sections.map((section) => [section.name, { present: true, value: decodeSection(section) }]);
  const missing = job.missing.map(({ name, reason }) => [name, { present: false, missing: reason }]);
  return toRuleInput(rule, deepFreeze(Object.fromEntries([...present, ...missing])));
}

/** A Proxy is the one thing left, after plain data was asked for, that cannot be cloned. */
function isCloneable(value: unknown, clone: typeof structuredClone): boolean {
  try {
    clone(value);
    return true;
  } catch {
    return false;
  }
}
