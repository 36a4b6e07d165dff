import { z } from 'zod';
import { digestOf } from '../model/finding.ts';
import type { PlannedChange } from './plan.ts';
import { Refusal } from './refusal.ts';

/** What a plan was made from: the run whose findings it answers, and the digest of what that run read. */
export interface PlanBasis {
  readonly run: string;
  readonly sections: string;
}

/** How long a plan may lie about: people and groups change. */
const VALID_HOURS = 24;

const HOUR_MS = 3_600_000;

/** More than anybody reviews. */
const MAX_CHANGES = 1_000;

const id = z.string().min(1).max(200);
const target = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('remove_member'), id }),
  z.strictObject({ kind: z.literal('revoke_administrator'), id }),
  z.strictObject({ kind: z.literal('cap_account'), id, daily: z.int().min(0).max(1_000_000_000).nullable() }),
]);
const fact = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);
const content = z.strictObject({
  format: z.literal('vt-auditor-plan'),
  version: z.literal(1),
  group: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  basis: z.strictObject({ run: z.string(), sections: z.string() }),
  changes: z
    .array(
      z.strictObject({
        /** For the people who review it. */
        summary: z.string(),
        target,
        before: z.record(z.string(), fact),
        findings: z.array(z.string()),
        request: z.strictObject({ method: z.string(), path: z.string(), body: z.unknown() }),
      }),
    )
    .min(1)
    .max(MAX_CHANGES),
});
const file = content.extend({ digest: z.string() });

/** A plan as it lies in a file, to be reviewed and then applied. */
export type PlanFile = z.output<typeof file>;

/** What a plan file is written from. */
export interface PlanFileInput {
  readonly group: string;
  readonly basis: PlanBasis;
  readonly changes: readonly PlannedChange[];
  readonly at: Date;
}

/** The text of a plan file. */
export function writePlan({ group, basis, changes, at }: PlanFileInput): string {
  const plan = content.parse({
    format: 'vt-auditor-plan',
    version: 1,
    group,
    createdAt: at.toISOString(),
    expiresAt: new Date(at.getTime() + VALID_HOURS * HOUR_MS).toISOString(),
    basis,
    changes: changes.map(({ description, target: wanted, before, findings, request }) => ({
      summary: `${description.subject}: ${description.what}, from ${description.from} to ${description.to}`,
      target: wanted,
      before,
      findings,
      request: { ...request, body: request.body ?? null },
    })),
  });
  return `${JSON.stringify({ ...plan, digest: toDigest(plan) }, null, 2)}\n`;
}

/**
 * Reads a plan file.
 * @throws Refusal when it is none, was edited, or is out of date.
 */
export function readPlan(text: string, at: Date): PlanFile {
  const parsed = file.safeParse(parseJson(text));
  if (!parsed.success) throw new Refusal('this is not a plan that `vt-auditor remediate` wrote');
  const { digest, ...plan } = parsed.data;
  if (toDigest(plan) !== digest)
    throw new Refusal('the plan was edited after it was written; make a new one (`remediate --finding ID` narrows it)');
  if (
    at.toISOString() >= plan.expiresAt ||
    Date.parse(plan.expiresAt) - Date.parse(plan.createdAt) > VALID_HOURS * HOUR_MS
  )
    throw new Refusal(`the plan expired at ${plan.expiresAt}; make a new one`);
  if (at.toISOString() < plan.createdAt)
    throw new Refusal('the plan was made in the future; is the clock of this machine right?');
  return parsed.data;
}

/** Against slips, not against forgers: whoever can write the file can compute it. What is changed is shown and confirmed again. */
function toDigest(plan: unknown): string {
  return digestOf(JSON.stringify(plan));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
