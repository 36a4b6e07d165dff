import type { Breach, Judgement, Unjudged } from '../model/judgement.ts';
import { PARTIAL_KINDS, QUIET_KINDS, type Reason } from '../model/reason.ts';
import { SEVERITIES } from '../model/severity.ts';
import { z } from '../rule.ts';
import { describeMistake, valueAt } from './describe-issue.ts';
import { oneLine } from './explain-thrown.ts';
import { type PlainCopy, toPlainJson } from './plain-json.ts';

/** What a rule said, checked and copied; or what is wrong with it, as the end of a sentence that begins "the rule returned ...". */
export type Outcome =
  | {
      readonly is: 'judged';
      readonly judgements: readonly Judgement[];
      readonly checked: number | null;
      readonly limits: readonly string[];
    }
  | { readonly is: 'not_evaluated'; readonly reason: Reason }
  | { readonly is: 'garbage'; readonly problem: string };

/** Characters of JSON that one breach may carry: a list of 100,000 accounts fits. */
const MAX_EVIDENCE_CHARACTERS = 4_000_000;

const sentence = z.string().trim().min(1).max(4000);

const reason = z.strictObject({ kind: z.enum([...PARTIAL_KINDS, ...QUIET_KINDS]), text: sentence });

const subject = z.strictObject({
  kind: z.enum(['member', 'service_account', 'group', 'quota', 'auditor']),
  id: z.string().min(1).max(1000),
  email: z.string().max(1000).exactOptional(),
  name: z.string().max(1000).exactOptional(),
});

const breach: z.ZodType<Breach> = z.strictObject({
  subject,
  key: z.string().max(1000).exactOptional(),
  severity: z.enum(SEVERITIES).exactOptional(),
  onlyIfOpen: z.boolean().exactOptional(),
  resetsAt: z.iso.datetime().exactOptional(),
  message: sentence,
  evidence: z.record(z.string(), z.unknown()).refine((evidence) => fits(evidence), {
    error: `is larger than ${MAX_EVIDENCE_CHARACTERS} characters`,
  }),
  withoutUse: z
    .strictObject({
      message: sentence,
      evidence: z.record(z.string(), z.unknown()).refine((evidence) => fits(evidence), {
        error: `is larger than ${MAX_EVIDENCE_CHARACTERS} characters`,
      }),
    })
    .exactOptional(),
});

const unjudged: z.ZodType<Unjudged> = z.strictObject({
  subject,
  key: z.string().max(1000).exactOptional(),
  unknown: reason,
});

const wrapped = z.strictObject({
  judgements: z.array(z.unknown()),
  checked: z.int().min(0).exactOptional(),
  limits: z.array(sentence).exactOptional(),
});

const whole = z.strictObject({ notEvaluated: reason });

/** Checks what `evaluate` returned. Rules are other people's code: nothing of it is believed before. */
export function parseOutcome(returned: unknown): Outcome {
  const plain = toPlainReturned(returned);
  return plain.ok ? parsePlain(plain.value) : garbage(plain.problem);
}

/** What `evaluate` returned as a copy in plain data; `problem` ends a sentence that begins "the rule returned ...". */
export function toPlainReturned(returned: unknown): PlainCopy {
  try {
    if (isThenable(returned)) return { ok: false, problem: 'a promise; evaluate must not be async' };
    if (returned === undefined) return { ok: false, problem: 'nothing instead of a list of judgements' };
    const plain = toPlainJson(returned, 'its answer');
    return plain.ok ? plain : { ok: false, problem: `something unusable: ${plain.problem}` };
  } catch {
    return { ok: false, problem: 'something that throws when it is read' };
  }
}

/** The same of what a rule process sent: there it was copied already, and JSON can say nothing else. */
export function parsePlain(value: unknown): Outcome {
  if (typeof value !== 'object' || value === null) return garbage(`${describe(value)} instead of a list of judgements`);
  if (Array.isArray(value)) return parseJudged({ judgements: value });
  if ('notEvaluated' in value) {
    const parsed = whole.safeParse(value);
    return parsed.success
      ? { is: 'not_evaluated', reason: parsed.data.notEvaluated }
      : invalid('', parsed.error, value);
  }
  if ('judgements' in value) return parseJudged(value);
  return garbage('an object without judgements');
}

function parseJudged(value: object): Outcome {
  const parsed = wrapped.safeParse(value);
  if (!parsed.success) return invalid('', parsed.error, value);
  const judgements: Judgement[] = [];
  const seen = new Set<string>();
  for (const [index, item] of parsed.data.judgements.entries()) {
    const judgement = (isUnjudged(item) ? unjudged : breach).safeParse(item);
    if (!judgement.success) return invalid(`judgements[${index}]`, judgement.error, item);
    const key = openKey(judgement.data);
    if (seen.has(key)) return garbage(`two judgements about one subject and key: judgements[${index}]`);
    seen.add(key);
    judgements.push(judgement.data);
  }
  return { is: 'judged', judgements, checked: parsed.data.checked ?? null, limits: parsed.data.limits ?? [] };
}

/** What tells a judgement from the others of its rule; the same text for an open finding, so that the two can be compared. */
export function openKey(of: {
  readonly subject: { readonly kind: string; readonly id: string };
  readonly key?: string;
}): string {
  return JSON.stringify([of.subject.kind, of.subject.id, of.key ?? '']);
}

function isUnjudged(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'unknown' in item;
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function fits(evidence: unknown): boolean {
  return JSON.stringify(evidence).length <= MAX_EVIDENCE_CHARACTERS;
}

function garbage(problem: string): Outcome {
  return { is: 'garbage', problem };
}

function invalid(place: string, error: z.ZodError, value: unknown): Outcome {
  const [issue] = error.issues;
  const path = [place, ...(issue?.path.map(String) ?? [])].filter((part) => part !== '').join('.');
  const text = issue === undefined ? 'is not valid' : oneLine(describeMistake(issue, valueAt(value, issue.path)));
  return garbage(`something unusable: ${path === '' ? 'its answer' : path}: ${text}`);
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}
