import { readFileSync, writeSync } from 'node:fs';
import type { Snapshot } from '../../model/snapshot.ts';
import { decodeSection } from '../../sections.ts';
import { explainThrown, oneLine } from '../explain-thrown.ts';
import { toRuleInput } from '../judge.ts';
import { stopKeeping } from '../kept-program.ts';
import { checkOptions } from '../options.ts';
import { toPlainReturned } from '../outcome.ts';
import { type RuleAnswer, readJobs } from '../rule-job.ts';
import { digestSources } from '../rule-modules.ts';
import { describeRule } from '../rule-shape.ts';
import { checkRule } from '../rule-tester/check-rule.ts';
import { type CompiledRule, compileRule } from './compile-rule.ts';
import type { ExpressionJob, ExpressionRule, Progress } from './expression-job.ts';
import { parseFileTests } from './file-tests.ts';
import type { TextProblem } from './rule-text.ts';
import { createViews, type Views } from './views.ts';

// The process in which all rules in YAML run, one after the other, on one job after another. Expressions can do nothing but read what
// they are given, so nobody interferes with anybody; but one can take for ever or fill the memory. So each rule is announced before it
// begins: whoever ends this process knows which rule it was, and starts another for the rest.

const ANSWER_DESCRIPTOR = 3;

/** Problems of a file that a reader sees at once. */
const MOST_PROBLEMS = 5;

stopKeeping();
await main();

async function main(): Promise<void> {
  for await (const job of readJobs<ExpressionJob>(process.stdin)) {
    perform(job);
    // Where more jobs than one may come: none begins with what the one before it left behind.
    globalThis.gc?.();
  }
}

function perform(job: ExpressionJob): void {
  const snapshot = toSnapshot(job);
  const views = createViews();
  for (const [index, rule] of job.rules.entries()) {
    say({ begun: index });
    say({ done: index, answer: answer(rule, job, snapshot, views) });
  }
}

function toSnapshot(job: Pick<ExpressionJob, 'sections' | 'missing'>): Snapshot {
  const present = job.sections.map((section) => [section.name, { present: true, value: decodeSection(section) }]);
  const missing = job.missing.map(({ name, reason }) => [name, { present: false, missing: reason }]);
  return Object.fromEntries([...present, ...missing]);
}

function answer(
  { file, id, options }: ExpressionRule,
  job: Pick<ExpressionJob, 'task' | 'at'>,
  snapshot: Snapshot,
  views: Views,
): RuleAnswer {
  try {
    const bytes = readFileSync(file);
    if (!isUtf8(bytes)) return failed([place(file, badText(bytes))]);
    const text = bytes.toString();
    const compiled = compileRule({ text, id, views });
    if (!compiled.ok) return failed(compiled.problems.map((problem) => place(file, problem)));
    switch (job.task) {
      case 'describe':
        return describe(compiled, text);
      case 'check-options':
        return optionsAnswer(compiled, options);
      case 'test':
        return test(compiled, file);
      case 'judge':
        return judge(compiled, { text, options, snapshot, at: job.at });
    }
  } catch (error) {
    return failed([explainThrown(error)]);
  }
}

function failed(problems: readonly string[]): RuleAnswer {
  const more = problems.length - MOST_PROBLEMS;
  const shown = problems.slice(0, MOST_PROBLEMS).map(oneLine);
  return { is: 'failed', text: [...shown, ...(more > 0 ? [`and ${more} more problems`] : [])].join('; ') };
}

/** Where a file stops being text: what is read anyway would have signs of replacement in it, also in ids that it compares. */
function badText(bytes: Buffer): TextProblem {
  const message = 'this is not text in UTF-8; save the file in that encoding';
  const lines = bytes.toString('latin1').split('\n');
  const index = lines.findIndex((line) => !isUtf8(Buffer.from(line, 'latin1')));
  return { line: Math.max(0, index) + 1, column: 1, message };
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function place(file: string, { line, column, message }: TextProblem): string {
  return `${file.split(/[/\\]/).at(-1) ?? file}:${line}:${column}: ${message}`;
}

type Usable = Extract<CompiledRule, { readonly ok: true }>;

function describe({ rule }: Usable, text: string): RuleAnswer {
  const options: unknown = rule.options.parse({});
  return {
    is: 'described',
    requirement: describeRule(rule),
    needs: [...rule.needs],
    wants: [],
    consults: [],
    options,
    digest: digestSources([text]),
  };
}

function optionsAnswer({ rule }: Usable, raw: unknown): RuleAnswer {
  const checked = checkOptions(rule, raw);
  return checked.ok ? { is: 'options', options: checked.options } : { is: 'bad-options', problems: checked.problems };
}

function test(compiled: Usable, file: string): RuleAnswer {
  const tests = parseFileTests(compiled);
  if (!tests.ok) return failed(tests.problems.map((problem) => place(file, problem)));
  const { passing, breaching, notEvaluated = [] } = tests.cases;
  return {
    is: 'tested',
    cases: passing.length + breaching.length + notEvaluated.length,
    problems: checkRule(compiled.rule, tests.cases),
  };
}

interface Judging {
  readonly text: string;
  readonly options: unknown;
  readonly snapshot: Snapshot;
  readonly at: string | null;
}

function judge({ rule }: Usable, { text, options, snapshot, at }: Judging): RuleAnswer {
  const checked = checkOptions(rule, options);
  if (!checked.ok) return failed([`its options are not valid: ${checked.problems[0]?.message ?? ''}`]);
  const returned = rule.evaluate(toRuleInput(rule, snapshot), checked.options, { at: new Date(at ?? Number.NaN) });
  const plain = toPlainReturned(returned);
  if (!plain.ok) return failed([`the rule returned ${plain.problem}`]);
  return { is: 'returned', returned: plain.value, digest: digestSources([text]) };
}

function say(progress: Progress): void {
  const bytes = Buffer.from(`${JSON.stringify(progress)}\n`);
  let written = 0;
  while (written < bytes.length) written += writeSync(ANSWER_DESCRIPTOR, bytes, written);
}
