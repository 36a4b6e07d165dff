import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Log } from '../../model/log.ts';
import { builtInIds } from '../catalogue.ts';
import { takenId, toExpressionJob, toJob, whyNot } from '../custom-rules.ts';
import { runExpressions } from '../expressions/expression-process.ts';
import type { RuleLimits } from '../process-watch.ts';
import { findProblem, isExpressionFile, type RuleFile, testFileOf } from '../rule-files.ts';
import { type RuleProcessResult, runRuleProcess } from '../rule-process.ts';
import type { RuleProblem } from '../rule-tester/check-rule.ts';

/** How a rule file did on its own tests: tried, with what went wrong; or not even tried. */
export type RuleTrial = RuleFile &
  (
    | { readonly is: 'tested'; readonly cases: number; readonly problems: readonly RuleProblem[] }
    | { readonly is: 'broken'; readonly text: string }
  );

/** Rule files, and what each may use. */
export interface TestInput {
  readonly files: readonly RuleFile[];
  readonly limits: RuleLimits;
  readonly log: Log;
}

/**
 * Tries rule files on the tests in them (YAML) or beside them (modules), in the processes in which they would be judged, with the tester
 * of the built-in rules: frozen input, each case twice and with its lists turned round, a passing and a breaching case.
 */
export async function testRules({ files, limits, log }: TestInput): Promise<readonly RuleTrial[]> {
  const trials: RuleTrial[] = [];
  const builtIn = new Set(await builtInIds());
  for (const file of files) {
    const problem =
      (builtIn.has(file.id) ? takenId(file.id) : null) ?? (await findProblem(file.path)) ?? lackOfTests(file.path);
    trials.push(
      problem === null ? toTrial(file, await run(file, limits, log)) : { ...file, is: 'broken', text: problem },
    );
  }
  return trials;
}

function lackOfTests(path: string): string | null {
  if (isExpressionFile(path) || existsSync(testFileOf(path))) return null;
  return `it has no tests: write ${basename(testFileOf(path))} beside it`;
}

async function run(file: RuleFile, limits: RuleLimits, log: Log): Promise<RuleProcessResult> {
  if (!isExpressionFile(file.path)) return await runRuleProcess({ job: toJob(file, { task: 'test' }), limits, log });
  const [result] = await runExpressions({ job: toExpressionJob('test', [file]), limits });
  return result ?? { ok: false, reason: { kind: 'rule_failed', text: 'it gave no answer' } };
}

function toTrial(file: RuleFile, result: RuleProcessResult): RuleTrial {
  if (!result.ok || result.answer.is !== 'tested') return { ...file, is: 'broken', text: whyNot(result) };
  const { cases, problems } = result.answer;
  return { ...file, is: 'tested', cases, problems };
}
