import type { RuleResult } from '../model/judgement.ts';
import { type CustomRule, whyNot } from './custom-rules.ts';
import type { ExpressionJob } from './expressions/expression-job.ts';
import { type ExpressionResult, runExpressions } from './expressions/expression-process.ts';
import { failedResult, judgeReturned, notEvaluatedResult } from './judge.ts';
import type { EncodedSnapshot } from './judge-custom-rule.ts';
import { missingReason } from './missing-sections.ts';
import type { RuleLimits } from './process-watch.ts';
import { sectionsReadBy } from './sections-read-by.ts';

/** One rule in YAML, its options as the configuration writes them, and the `openKey`s of its open findings. */
export interface ExpressionRuleInput {
  readonly rule: CustomRule;
  readonly options: unknown;
  readonly open: ReadonlySet<string>;
}

/** What rules in YAML are judged on. */
export interface ExpressionJudgeInput {
  readonly rules: readonly ExpressionRuleInput[];
  readonly sections: EncodedSnapshot;
  readonly at: Date;
  /** For each rule. */
  readonly limits: RuleLimits;
  readonly signal?: AbortSignal | undefined;
  /** Called when the process has been given what it judges. */
  readonly fed?: () => void;
}

/**
 * Evaluates all rules in YAML in one process, and gives one result each. Whatever one of them does, it ends as `not_evaluated` for this
 * rule alone.
 * @throws the signal's reason when it is aborted.
 */
export async function judgeExpressionRules(input: ExpressionJudgeInput): Promise<readonly RuleResult[]> {
  const { rules, sections, at, limits, signal, fed } = input;
  const judged = rules.filter(({ rule }) => missingReason(rule.needs, sections) === null);
  const job = toExpressionJudgeJob(judged, { sections, at });
  const results =
    judged.length === 0 ? [] : await runExpressions({ job, limits, signal, ...(fed === undefined ? {} : { fed }) });
  const byId = new Map(judged.map(({ rule }, index) => [rule.id, results[index]]));
  return rules.map((one) => concludeExpressionRule(one, sections, byId.get(one.rule.id)));
}

/** The verdict that follows from what the process said of a rule in YAML. */
export function concludeExpressionRule(
  { rule, open }: Pick<ExpressionRuleInput, 'rule' | 'open'>,
  sections: EncodedSnapshot,
  result: ExpressionResult | undefined,
): RuleResult {
  const lacking = missingReason(rule.needs, sections);
  if (lacking !== null) return notEvaluatedResult(rule.id, lacking);
  if (result === undefined) return failedResult(rule.id, 'the rule gave no answer');
  if (!result.ok) return notEvaluatedResult(rule.id, result.reason);
  const { answer } = result;
  if (answer.is !== 'returned') return failedResult(rule.id, whyNot(result));
  if (answer.digest !== rule.requirement.version) {
    return failedResult(rule.id, 'the file of the rule has changed since it was loaded');
  }
  return judgeReturned({ rule, presence: sections, returned: { plain: answer.returned }, open });
}

/** What the process is asked to judge of these rules. */
export function toExpressionJudgeJob(
  rules: readonly Pick<ExpressionRuleInput, 'rule' | 'options'>[],
  { sections, at }: Pick<ExpressionJudgeInput, 'sections' | 'at'>,
): ExpressionJob {
  return {
    task: 'judge',
    rules: rules.map(({ rule, options }) => ({ file: rule.file, id: rule.id, options })),
    at: at.toISOString(),
    ...sectionsReadBy(
      rules.map(({ rule }) => rule),
      sections,
    ),
  };
}
