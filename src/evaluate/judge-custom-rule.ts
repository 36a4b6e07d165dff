import type { EncodedSection } from '../model/encoded-section.ts';
import type { RuleResult } from '../model/judgement.ts';
import type { Log } from '../model/log.ts';
import type { Section, SectionName } from '../model/snapshot.ts';
import { type CustomRule, toJob, whyNot } from './custom-rules.ts';
import { failedResult, judgeReturned, notEvaluatedResult } from './judge.ts';
import { missingReason } from './missing-sections.ts';
import type { RuleJob } from './rule-job.ts';
import { type RuleLimits, type RuleProcessResult, runRuleProcess } from './rule-process.ts';
import { sectionsReadBy } from './sections-read-by.ts';

/** Sections of a group as they are stored, or why they are missing. */
export type EncodedSnapshot = { readonly [Name in SectionName]?: Section<EncodedSection> };

/** What a custom rule is judged on. */
export interface CustomJudgeInput {
  readonly rule: CustomRule;
  readonly sections: EncodedSnapshot;
  /** As the configuration writes them: the rule's own schema parses them in its process. */
  readonly options: unknown;
  readonly at: Date;
  /** `openKey`s of the rule's open findings. */
  readonly open: ReadonlySet<string>;
  readonly limits: RuleLimits;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Evaluates one custom rule in a fresh process. Whatever the rule does, it ends as `not_evaluated` for this rule alone.
 * @throws the signal's reason when it is aborted.
 */
export async function judgeCustomRule(input: CustomJudgeInput): Promise<RuleResult> {
  const { rule, sections, open } = input;
  const needed = missingReason(rule.needs, sections);
  if (needed !== null) return notEvaluatedResult(rule.id, needed);
  const result = await runRuleProcess({ job: toJudgeJob(input), ...input });
  return concludeCustomRule(rule, { sections, open, result });
}

/** What a process said, and what decides whether it suffices for a verdict. */
export interface CustomAnswer {
  readonly sections: EncodedSnapshot;
  readonly open: ReadonlySet<string>;
  readonly result: RuleProcessResult;
}

/** The verdict that follows from what the process of a custom rule said. */
export function concludeCustomRule(rule: CustomRule, { sections, open, result }: CustomAnswer): RuleResult {
  if (!result.ok) return notEvaluatedResult(rule.id, result.reason);
  const { answer } = result;
  if (answer.is !== 'returned') return failedResult(rule.id, whyNot(result));
  if (answer.digest !== rule.requirement.version) {
    return failedResult(rule.id, 'the file of the rule, or one that it imports, has changed since it was loaded');
  }
  return judgeReturned({ rule, presence: sections, returned: { plain: answer.returned }, open });
}

/** What the process of a custom rule is asked to judge. */
export function toJudgeJob({
  rule,
  sections,
  options,
  at,
}: Pick<CustomJudgeInput, 'rule' | 'sections' | 'options' | 'at'>): RuleJob {
  const file = { path: rule.file, id: rule.id };
  return toJob(file, { task: 'judge', options, at: at.toISOString(), ...sectionsReadBy([rule], sections) });
}
