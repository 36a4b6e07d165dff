import { SEVERITIES } from '../../model/severity.ts';
import { z } from '../../rule.ts';
import { type RuleText, type TextProblem, unknownKey } from './rule-text.ts';
import { TARGETS } from './targets.ts';

const text = z.string().trim().min(1);

/** YAML reads `when: true` and `1` as what they look like; they are expressions all the same. */
const expression = z.union([text, z.boolean(), z.number()]).transform(String);

const option = z.union([z.number(), z.string(), z.boolean(), z.array(z.string()), z.array(z.number())]);

/** The default of an option: it also says of what kind the option is. */
export type OptionDefault = z.infer<typeof option>;

const controls = z.record(text, z.array(z.union([text, z.number()]).transform(String)));

const form = z.strictObject({
  id: text.exactOptional(),
  title: text,
  severity: z.enum(SEVERITIES),
  tags: z.array(text).default([]),
  why: text,
  fix: z.union([
    text.transform((sentence) => ({ text: sentence, effort: 'medium' as const })),
    z.strictObject({ text, effort: z.enum(['low', 'medium', 'high']).default('medium'), url: text.exactOptional() }),
  ]),
  controls: controls.default({}),
  event: z.strictObject({ agesOutAfterDays: z.int().min(1) }).exactOptional(),
  personalUse: z.enum(['account', 'use']).exactOptional(),
  version: z.int().min(1).exactOptional(),
  options: z
    .record(
      z.string().regex(/^(?!constructor$)[a-zA-Z]\w*$/, 'an option is named by a letter, then letters and digits'),
      option,
    )
    .default({}),
  for: z.string(),
  when: expression,
  subject: z
    .strictObject({
      kind: z.enum(['member', 'service_account', 'group', 'quota']).exactOptional(),
      id: text,
      email: text.exactOptional(),
      name: text.exactOptional(),
    })
    .exactOptional(),
  key: text.exactOptional(),
  message: text,
  evidence: z.record(text, expression).default({}),
  tests: z.unknown().optional(),
});

/** A rule in YAML as written, checked in shape. */
export type RuleForm = z.infer<typeof form>;

const KEYS = Object.keys(form.shape);

/** A rule's shape, or everything that is wrong with it. */
export type ParsedForm =
  | { readonly ok: true; readonly form: RuleForm }
  | { readonly ok: false; readonly problems: readonly TextProblem[] };

/** Checks the keys and values of a rule file; what its expressions say is checked later. */
export function parseForm(source: RuleText): ParsedForm {
  if (source.problems.length > 0) return { ok: false, problems: source.problems };
  if (typeof source.value !== 'object' || source.value === null || Array.isArray(source.value)) {
    return { ok: false, problems: [source.problem([], `a rule is a list of keys: ${KEYS.join(', ')}`)] };
  }
  const parsed = form.safeParse(source.value);
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
  if (isAbsent(source.value, path)) return [source.problem(path.slice(0, -1), `the key ${name} is missing`)];
  const nested = issue.code === 'invalid_union' ? issue.errors.flat()[0]?.message : undefined;
  return [source.problem(path, `${name}: ${nested ?? issue.message}`)];
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

function isAbsent(value: unknown, path: readonly (string | number)[]): boolean {
  let here = value;
  for (const part of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, part)) return true;
    here = Reflect.get(here, part);
  }
  return false;
}
