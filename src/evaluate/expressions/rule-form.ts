import { SEVERITIES } from '../../model/severity.ts';
import { z } from '../../rule.ts';
import { describeMistake, valueAt } from '../describe-issue.ts';
import { type RuleText, type TextProblem, unknownKey } from './rule-text.ts';
import { TARGETS } from './targets.ts';

const text = z.string().trim().min(1);

/** YAML reads `when: true` and `1` as what they look like; they are expressions all the same. */
const expression = z.union([text, z.boolean(), z.number()]).transform(String);

const option = z.union(
  [
    z.number(),
    z.string(),
    z.boolean(),
    z.array(z.string()),
    z.array(z.number()),
    z.record(z.string(), z.string()),
    z.record(z.string(), z.number()),
  ],
  { error: 'an option is a number, a text, true or false, or a list or a map of numbers or of texts' },
);

/** The default of an option: it also says of what kind the option is. */
export type OptionDefault = z.infer<typeof option>;

const controls = z.record(text, z.array(z.union([text, z.number()]).transform(String)));

/** The keys of a rule file; what is described here is what editors show. */
export const ruleForm = z.strictObject({
  id: text.exactOptional().describe('The name of the file without .yaml: small letters, digits, hyphens.'),
  title: text.describe('What must be true, as a sentence.'),
  severity: z.enum(SEVERITIES),
  tags: z.array(text).default([]),
  why: text.describe('What can happen when it is not met.'),
  fix: z.union([
    text.transform((sentence) => ({ text: sentence, effort: 'medium' as const })),
    z.strictObject({ text, effort: z.enum(['low', 'medium', 'high']).default('medium'), url: text.exactOptional() }),
  ]),
  controls: controls.default({}).describe('By framework, the controls that it is evidence for.'),
  event: z
    .strictObject({ agesOutAfterDays: z.int().min(1) })
    .exactOptional()
    .describe('For what happened: a finding stays until it is acknowledged, or for so many days.'),
  personalUse: z.enum(['account', 'use']).exactOptional(),
  version: z.int().min(1).exactOptional().describe('Raised when the same facts shall be judged differently.'),
  options: z
    .record(
      z.string().regex(/^(?!constructor$)[a-zA-Z]\w*$/, 'an option is named by a letter, then letters and digits'),
      option,
    )
    .default({})
    .describe('With their defaults; the configuration can set them under rules.<id>.'),
  for: z.string().describe('What is judged, one by one.'),
  when: expression.describe('An expression; true: this one breaches.'),
  subject: z
    .strictObject({
      kind: z.enum(['member', 'service_account', 'group', 'quota']).exactOptional(),
      id: text,
      email: text.exactOptional(),
      name: text.exactOptional(),
    })
    .exactOptional(),
  key: text.exactOptional(),
  message: text.describe('What is said of a breach; an expression stands in ${...}.'),
  evidence: z.record(text, expression).default({}).describe('By name, expressions: the facts that prove it.'),
  tests: z.unknown().optional(),
});

/** A rule in YAML as written, checked in shape. */
export type RuleForm = z.infer<typeof ruleForm>;

const KEYS = Object.keys(ruleForm.shape);

/** A rule's shape, or everything that is wrong with it. */
export type ParsedForm =
  | { readonly ok: true; readonly form: RuleForm }
  | { readonly ok: false; readonly problems: readonly TextProblem[] };

/** Checks the keys and values of a rule file; what its expressions say is checked later. */
export function parseForm(source: RuleText): ParsedForm {
  if (source.problems.length > 0) return { ok: false, problems: source.problems };
  if (typeof source.value !== 'object' || source.value === null || Array.isArray(source.value)) {
    const what = source.value === null ? 'the file is empty; ' : '';
    return { ok: false, problems: [source.problem([], `${what}a rule is a list of keys: ${KEYS.join(', ')}`)] };
  }
  const parsed = ruleForm.safeParse(source.value);
  const problems = parsed.success ? [] : parsed.error.issues.flatMap((issue) => toProblems(issue, source));
  const target: unknown = Reflect.get(source.value, 'for');
  if (typeof target === 'string' && !Object.hasOwn(TARGETS, target)) {
    problems.push(
      source.problem(
        ['for'],
        unknownKey(target, Object.keys(TARGETS)).replace('there is no key', 'a rule cannot be for'),
      ),
    );
  }
  return parsed.success && problems.length === 0 ? { ok: true, form: parsed.data } : { ok: false, problems };
}

function toProblems(issue: z.core.$ZodIssue, source: RuleText): TextProblem[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => source.keyProblem([...path, key], unknownKey(key, keysAt(path))));
  }
  const name = path.join('.');
  if (valueAt(source.value, path) === undefined)
    return [source.problem(path.slice(0, -1), `the key ${name} is missing`)];
  if (issue.code === 'invalid_union' && path[0] !== 'options') {
    const closest = closestOf(issue.errors);
    if (closest.length > 0) {
      return closest.flatMap((inner) => toProblems({ ...inner, path: [...issue.path, ...inner.path] }, source));
    }
  }
  return [source.problem(path, `${name}: ${describeMistake(issue, valueAt(source.value, path))}`)];
}

/** What is wrong with the form that was probably meant: the one that fits best is wrong furthest inside. */
function closestOf(errors: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  const depthOf = (issues: readonly z.core.$ZodIssue[]): number =>
    Math.max(0, ...issues.map(({ code, path }) => path.length + (code === 'unrecognized_keys' ? 1 : 0)));
  return errors.toSorted((one, other) => depthOf(other) - depthOf(one))[0] ?? [];
}

function keysAt(path: readonly (string | number)[]): readonly string[] {
  switch (path.join('.')) {
    case '':
      return KEYS;
    case 'fix':
      return ['text', 'effort', 'url'];
    case 'subject':
      return ['kind', 'id', 'email', 'name'];
    default:
      return ['agesOutAfterDays'];
  }
}
