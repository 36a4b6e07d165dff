import type { EncodedSection } from '../../model/encoded-section.ts';
import type { Reason } from '../../model/reason.ts';
import type { SectionName } from '../../model/snapshot.ts';
import { z } from '../../rule.ts';
import { answerSchema, type RuleAnswer } from '../rule-job.ts';

/** One rule in YAML and the options that the configuration writes for it. */
export interface ExpressionRule {
  /** Absolute path. */
  readonly file: string;
  readonly id: string;
  readonly options: unknown;
}

/** What the process for rules in YAML is asked to do with each of them. */
export interface ExpressionJob {
  readonly task: 'describe' | 'check-options' | 'judge' | 'test';
  readonly rules: readonly ExpressionRule[];
  /** The instant of the audit; null where nothing is judged. */
  readonly at: string | null;
  readonly sections: readonly EncodedSection[];
  readonly missing: readonly { readonly name: SectionName; readonly reason: Reason }[];
}

/** What the process says, a line each: it has come to a rule, or has done with it. Rules are numbered as the job has them. */
export type Progress = { readonly begun: number } | { readonly done: number; readonly answer: RuleAnswer };

const schema: z.ZodType<Progress> = z.union([
  z.strictObject({ begun: z.int() }),
  z.strictObject({ done: z.int(), answer: answerSchema }),
]);

/** Reads one line; null when it is none of ours. */
export function parseProgress(line: string): Progress | null {
  try {
    const parsed = schema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch {
    // The process was ended in mid-line.
    return null;
  }
}
