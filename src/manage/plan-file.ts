import { z } from 'zod';
import type { Facts, Target } from '../model/change.ts';
import { digestOf } from '../model/finding.ts';
import { describe } from './describe.ts';
import type { PlannedChange } from './plan.ts';
import { Refusal } from './refusal.ts';
import { toReviewedRequest, toWrite } from './to-write.ts';

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
    changes: changes.map(({ target: wanted, before, findings }) => ({
      target: wanted,
      before,
      findings,
      ...forReview(group, wanted, before),
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
  for (const { target: wanted, before, summary, request } of plan.changes) {
    const meant = forReview(plan.group, wanted, before);
    if (JSON.stringify(meant) !== JSON.stringify({ summary, request }))
      throw new Refusal(
        'the plan tells its reviewers something else than it would do, so it was edited; make a new one',
      );
  }
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

/** What people review of a change. It follows from the target and its state, so that a file cannot say one thing and do another. */
function forReview(group: string, wanted: Target, before: Facts) {
  const { subject, what, from, to } = describe(wanted, before);
  const { method, path, body } = toReviewedRequest(toWrite(group, wanted, before));
  return { summary: `${subject}: ${what}, from ${from} to ${to}`, request: { method, path, body: body ?? null } };
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
