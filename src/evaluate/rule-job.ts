import type { EncodedSection } from '../model/encoded-section.ts';
import type { Reason } from '../model/reason.ts';
import type { Requirement } from '../model/requirement.ts';
import type { SectionName } from '../model/snapshot.ts';
import { z } from '../rule.ts';
import type { OptionProblem } from './options.ts';
import { requirementShape, sectionNames } from './rule-shape.ts';
import type { RuleProblem } from './rule-tester/check-rule.ts';

/** What a rule process is asked to do with one rule file. */
export interface RuleJob {
  readonly task: 'describe' | 'check-options' | 'judge' | 'test';
  /** Absolute path. */
  readonly file: string;
  /** The file's name without its extension. */
  readonly id: string;
  /** As written in the configuration. */
  readonly options: unknown;
  /** The instant of the audit; null where nothing is judged. */
  readonly at: string | null;
  readonly sections: readonly EncodedSection[];
  readonly missing: readonly { readonly name: SectionName; readonly reason: Reason }[];
}

/** A job with the word that only our own answer can begin with. */
export interface SentJob extends RuleJob {
  readonly nonce: string;
}

/** What a rule process says. `returned` is what `evaluate` returned, not a verdict: that is drawn on our side. */
export type RuleAnswer =
  | { readonly is: 'failed'; readonly text: string }
  | {
      readonly is: 'described';
      readonly requirement: Omit<Requirement, 'source' | 'version'>;
      readonly needs: readonly SectionName[];
      readonly wants: readonly SectionName[];
      readonly consults: readonly SectionName[];
      /** The defaults. */
      readonly options: unknown;
      /** Over the sources of the rule and what it imports from beside it. */
      readonly digest: string;
    }
  | { readonly is: 'options'; readonly options: unknown }
  | { readonly is: 'bad-options'; readonly problems: readonly OptionProblem[] }
  | { readonly is: 'returned'; readonly returned: unknown; readonly digest: string }
  /** How many cases were tried, and what the rule does in them that it must not. */
  | { readonly is: 'tested'; readonly cases: number; readonly problems: readonly RuleProblem[] };

/** Checks what a rule process says. */
export const answerSchema: z.ZodType<RuleAnswer> = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('failed'), text: z.string().min(1) }),
  z.strictObject({
    is: z.literal('described'),
    requirement: z.strictObject({
      ...requirementShape,
      event: z.strictObject({ agesOutAfterDays: z.int() }).nullable(),
      personalUse: z.enum(['account', 'use']).exactOptional(),
    }),
    needs: sectionNames,
    wants: sectionNames,
    consults: sectionNames,
    options: z.unknown(),
    digest: z.string(),
  }),
  z.strictObject({ is: z.literal('options'), options: z.unknown() }),
  z.strictObject({
    is: z.literal('bad-options'),
    problems: z.array(z.strictObject({ path: z.array(z.union([z.string(), z.number()])), message: z.string() })),
  }),
  z.strictObject({ is: z.literal('returned'), returned: z.unknown(), digest: z.string() }),
  z.strictObject({
    is: z.literal('tested'),
    cases: z.int(),
    problems: z.array(z.strictObject({ case: z.string().nullable(), problem: z.string() })),
  }),
]);

/** A job as bytes: one line of JSON, then the sections' bytes one after the other. */
export function packJob(job: Pick<RuleJob, 'sections'>): Uint8Array {
  const sections = job.sections.map(({ bytes, ...rest }) => ({ ...rest, length: bytes.length }));
  const head = Buffer.from(`${JSON.stringify({ ...job, sections })}\n`);
  return Buffer.concat([head, ...job.sections.map((section) => section.bytes)]);
}

type Header<Job> = Omit<Job, 'sections'> & {
  readonly sections: readonly (Omit<EncodedSection, 'bytes'> & { readonly length: number })[];
};

/** Reads what `packJob` wrote of a job of this kind. */
export function unpackJob<Job extends { readonly sections: readonly EncodedSection[] } = SentJob>(
  packed: Buffer,
): Omit<Job, 'sections'> & { readonly sections: readonly EncodedSection[] } {
  const end = packed.indexOf('\n');
  const header: Header<Job> = JSON.parse(packed.toString('utf8', 0, end));
  let from = end + 1;
  const sections = header.sections.map(({ length, ...rest }) => {
    const bytes = packed.subarray(from, from + length);
    from += length;
    return { ...rest, bytes };
  });
  return { ...header, sections };
}

/** Jobs of this kind as they arrive, one behind the other: the line that begins each says how long it is. */
export async function* readJobs<Job extends { readonly sections: readonly EncodedSection[] }>(
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<ReturnType<typeof unpackJob<Job>>, undefined> {
  let chunks: Uint8Array[] = [];
  let held = 0;
  let length: number | null = null;
  for await (const chunk of input) {
    chunks.push(chunk);
    held += chunk.length;
    if (length === null && chunk.includes(10)) length = jobLength(Buffer.concat(chunks));
    while (length !== null && held >= length) {
      const bytes = Buffer.concat(chunks);
      // A copy: what was judged already shall not be held by what comes next.
      const rest = Buffer.from(bytes.subarray(length));
      [chunks, held] = [[rest], rest.length];
      yield unpackJob<Job>(bytes.subarray(0, length));
      length = jobLength(rest);
    }
  }
  return undefined;
}

/** Bytes of the job that begins here; null: its first line is not there yet. */
function jobLength(begun: Buffer): number | null {
  const end = begun.indexOf('\n');
  if (end < 0) return null;
  const { sections }: Header<RuleJob> = JSON.parse(begun.toString('utf8', 0, end));
  return sections.reduce((sum, section) => sum + section.length, end + 1);
}

/** Said before the rule is loaded: from then on the time is the rule's own. */
export const BEGUN = 'begun\n';

/** A `RuleAnswer` in JSON as it is sent: the nonce tells it from anything else that is written. */
export function packAnswer(json: string, nonce: string): string {
  return `${nonce}\n${json}`;
}

/** The answer, or null when the text is not exactly one answer to the job with this nonce. */
export function unpackAnswer(text: string, nonce: string): RuleAnswer | null {
  if (!text.startsWith(`${nonce}\n`)) return null;
  try {
    const parsed = answerSchema.safeParse(JSON.parse(text.slice(nonce.length + 1)));
    return parsed.success ? parsed.data : null;
  } catch {
    // Not JSON: something else was written after the nonce.
    return null;
  }
}
