import { PARTIAL_KINDS, QUIET_KINDS, type Reason } from '../../model/reason.ts';
import type { SectionName, Sections } from '../../model/snapshot.ts';
import { z } from '../../rule.ts';
import { describeMistake, valueAt } from '../describe-issue.ts';
import type { RuleCases } from './check-rule.ts';

/** The cases of a test file, or what is wrong with them. */
export type ParsedCases =
  | { readonly ok: true; readonly cases: RuleCases }
  | { readonly ok: false; readonly problem: string };

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const plainCase = {
  name: z.string().min(1),
  sections: z.custom<Partial<Sections>>(isObject, 'is not an object of sections'),
  missing: z.custom<Partial<Record<SectionName, Reason>>>(isObject, 'is not an object of reasons').exactOptional(),
  options: z.unknown().optional(),
  at: z.date(),
  checked: z.int().exactOptional(),
  limits: z.array(z.instanceof(RegExp)).exactOptional(),
};

const list = z.custom<never[]>((value) => Array.isArray(value), 'is not a list');

const schema: z.ZodType<RuleCases> = z.strictObject({
  passing: z.array(z.strictObject(plainCase)),
  breaching: z.array(z.strictObject({ ...plainCase, breaches: list, unknown: list.exactOptional() })),
  notEvaluated: z
    .array(
      z.strictObject({
        ...plainCase,
        reason: z.enum([...PARTIAL_KINDS, ...QUIET_KINDS]),
        unknown: list.exactOptional(),
      }),
    )
    .exactOptional(),
});

/** Checks the default export of a test file. */
export function parseCases(exported: unknown): ParsedCases {
  if (exported === undefined) {
    return { ok: false, problem: 'the test file has no default export; write `export default { passing, breaching }`' };
  }
  const parsed = schema.safeParse(exported);
  if (parsed.success) return { ok: true, cases: parsed.data };
  const issues = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || 'default export'}: ${describeMistake(issue, valueAt(exported, issue.path))}`,
  );
  return { ok: false, problem: `the tests are not valid: ${issues.slice(0, 5).join('; ')}` };
}
