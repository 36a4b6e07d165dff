import { nearMiss } from '../model/near-miss.ts';
import { z } from '../rule.ts';
import { describeIssue } from './describe-issue.ts';

/** One thing wrong with the options of a rule: the key path inside them, and what to do about it. */
export interface OptionProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Options as the rule's schema parsed them, or all that is wrong with them. */
export type CheckedOptions =
  | { readonly ok: true; readonly options: unknown }
  | { readonly ok: false; readonly problems: readonly OptionProblem[] };

/** Checks what the configuration says of a rule against the rule's own schema. An unknown key is always a problem. */
export function checkOptions(rule: { readonly options: z.ZodType }, raw: unknown): CheckedOptions {
  const schema = rule.options instanceof z.ZodObject ? rule.options.strict() : rule.options;
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { ok: true, options: parsed.data };
  const known = optionNames(rule);
  return { ok: false, problems: parsed.error.issues.flatMap((issue) => toProblems(issue, known)) };
}

function optionNames(rule: { readonly options: z.ZodType }): readonly string[] {
  return rule.options instanceof z.ZodObject ? Object.keys(rule.options.shape) : [];
}

function toProblems(issue: z.core.$ZodIssue, known: readonly string[]): OptionProblem[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code !== 'unrecognized_keys') return [{ path, message: describeIssue(issue) }];
  return issue.keys.map((key) => ({
    path: [...path, key],
    message: unknownOption(key, path.length === 0 ? known : []),
  }));
}

function unknownOption(key: string, known: readonly string[]): string {
  const meant = nearMiss(key, known);
  if (meant !== null) return `there is no option "${key}"; did you mean "${meant}"?`;
  const list = known.length === 0 ? 'no options' : [...known].sort().join(', ');
  return `there is no option "${key}"; the rule has ${list}`;
}
