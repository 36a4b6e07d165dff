import { didYouMean } from '../model/near-miss.ts';
import type { PersonalUse, Requirement } from '../model/requirement.ts';
import { SEVERITIES } from '../model/severity.ts';
import { COLLECTED_SECTIONS, INTENDED_SECTIONS, REMEMBERED_SECTIONS, type SectionName } from '../model/snapshot.ts';
import { z } from '../rule.ts';
import { describeMistake, valueAt } from './describe-issue.ts';
import type { Judgeable } from './judge.ts';

/** A rule as its file declares it, checked in shape. */
export interface DeclaredRule extends Judgeable {
  readonly title: string;
  readonly severity: Requirement['severity'];
  readonly tags: readonly string[];
  readonly why: string;
  readonly fix: Requirement['fix'];
  readonly controls: Requirement['controls'];
  readonly event?: { readonly agesOutAfterDays: number };
  readonly personalUse?: PersonalUse;
  readonly offByDefault?: boolean;
  readonly version?: number;
  readonly wants?: readonly SectionName[];
  readonly consults?: readonly SectionName[];
  readonly options: z.ZodType;
}

/** A rule, or what is wrong with its declaration. */
export type Declaration =
  | { readonly ok: true; readonly rule: DeclaredRule }
  | { readonly ok: false; readonly problem: string };

const text = z.string().trim().min(1);
/** A list of section names. */
export const sectionNames = z.array(z.enum([...COLLECTED_SECTIONS, ...INTENDED_SECTIONS, ...REMEMBERED_SECTIONS]));

/** What a rule says of itself, without its code: also the form in which a custom rule is described to us. */
export const requirementShape = {
  id: z
    .string()
    .regex(
      /^[a-z0-9]+(-[a-z0-9]+)*$/,
      'a rule has small letters, digits and hyphens in its id, as in members-sign-in, and so has the name of its file',
    ),
  title: text,
  severity: z.enum(SEVERITIES),
  tags: z.array(text),
  why: text,
  fix: z.strictObject({ text, effort: z.enum(['low', 'medium', 'high']), url: z.string().exactOptional() }),
  controls: z.record(text, z.array(text)),
};

const declaration = z.strictObject({
  ...requirementShape,
  event: z.strictObject({ agesOutAfterDays: z.int().min(1) }).exactOptional(),
  personalUse: z.enum(['account', 'use']).exactOptional(),
  offByDefault: z.boolean().exactOptional(),
  version: z.int().min(1).exactOptional(),
  needs: sectionNames.min(1),
  wants: sectionNames.exactOptional(),
  consults: sectionNames.exactOptional(),
  options: z.custom<z.ZodType>((value) => value instanceof z.ZodType, 'is not a zod schema'),
  evaluate: z.custom<Judgeable['evaluate']>((value) => typeof value === 'function', 'is not a function'),
});

const schema: z.ZodType<DeclaredRule> = declaration;

/** Checks the default export of a rule file whose name, without its extension, is `fileId`. */
export function parseRule(exported: unknown, fileId: string): Declaration {
  if (exported === undefined) return wrong('it has no default export; write `export default defineRule({ ... })`');
  const parsed = schema.safeParse(exported);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => toSentence(issue, exported));
    return wrong(`its declaration is not valid: ${issues.slice(0, 5).join('; ')}`);
  }
  const rule = parsed.data;
  if (rule.id !== fileId) return wrong(`its id is "${rule.id}" but its file is named "${fileId}"; they must be equal`);
  const names = [...rule.needs, ...(rule.wants ?? []), ...(rule.consults ?? [])];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return wrong(`the section ${twice} stands twice in needs, wants and consults`);
  const defaults = rule.options.safeParse({});
  if (!defaults.success) {
    const [issue] = defaults.error.issues;
    return wrong(`its option ${issue?.path.join('.') ?? ''} has no default; every option needs one`);
  }
  return { ok: true, rule };
}

function toSentence(issue: z.core.$ZodIssue, exported: unknown): string {
  const place = issue.path.join('.') || 'default export';
  if (issue.code !== 'unrecognized_keys') return `${place}: ${describeMistake(issue, valueAt(exported, issue.path))}`;
  const known = Object.keys(declaration.shape);
  const keys = issue.keys.map(
    (key) => `there is no key "${key}"${issue.path.length === 0 ? didYouMean(key, known) : ''}`,
  );
  return keys.join('; ');
}

/** What a rule is, without its code. */
export function describeRule(rule: DeclaredRule): Omit<Requirement, 'source' | 'version'> {
  const { id, title, severity, tags, why, fix, controls, event = null } = rule;
  const personalUse = rule.personalUse ?? (readsPersonalUse(rule) ? 'use' : undefined);
  return {
    id,
    title,
    severity,
    tags,
    why,
    fix,
    controls,
    event,
    ...(personalUse === undefined ? {} : { personalUse }),
  };
}

/** Sections that tell what single accounts used. */
const PERSONAL_SECTIONS: ReadonlySet<SectionName> = new Set([
  'consumption',
  'peakDays',
  'recentDays',
  'accountActivity',
  'previousActivity',
  'accountDays',
  'storedAccountDays',
  'peakAccounts',
]);

function readsPersonalUse({ needs, wants = [], consults = [] }: DeclaredRule): boolean {
  return [...needs, ...wants, ...consults].some((name) => PERSONAL_SECTIONS.has(name));
}

function wrong(problem: string): Declaration {
  return { ok: false, problem };
}
