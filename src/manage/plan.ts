import type { Facts, ReviewedRequest, Target } from '../model/change.ts';
import { type Description, describe, showFacts, subjectOf } from './describe.ts';
import { isInForce, readFacts, sameFacts } from './facts.ts';
import { findObjection, type GuardInput, leavingOf } from './guards.ts';
import { Refusal } from './refusal.ts';
import { toReviewedRequest, toWrite } from './to-write.ts';

/** What somebody wants, and the findings that it was concluded from. */
export interface Wish {
  readonly target: Target;
  readonly findings: readonly string[];
  /** What it was like when it was reviewed; null: it is reviewed now. */
  readonly expected: Facts | null;
}

/** A change that can be made, as far as could be seen when it was planned. */
export interface PlannedChange extends Omit<Wish, 'expected'> {
  readonly description: Description;
  readonly request: ReviewedRequest;
  readonly before: Facts;
}

/** What would be changed, what is as wished already, and what must not be done. */
export interface Plan {
  readonly group: string;
  readonly changes: readonly PlannedChange[];
  /** Subjects for which there is nothing to do. */
  readonly settled: readonly string[];
  readonly refused: readonly { readonly target: Target; readonly subject: string; readonly why: string }[];
}

/** What planning needs beside the wishes. */
export type PlanningInput = Omit<GuardInput, 'leaving'>;

/**
 * Looks at every target and plans what there is to do. It sends nothing.
 * @throws ApiError when a state could not be read.
 */
export async function makePlan(wishes: readonly Wish[], input: PlanningInput): Promise<Plan> {
  const leaving = leavingOf(wishes.map(({ target }) => target));
  const changes: PlannedChange[] = [];
  const settled: string[] = [];
  const refused: Plan['refused'][number][] = [];
  for (const { target, findings, expected } of wishes) {
    const subject = subjectOf(target);
    const refuse = (why: string): void => {
      refused.push({ target, subject, why });
    };
    const before = await readFacts(target, input).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      refuse(error.message);
      return null;
    });
    if (before === null) continue;
    if (expected !== null && !sameFacts(expected, before)) {
      refuse(
        `the plan no longer fits: it was made on ${showFacts(expected)}, and now ${showFacts(before)}; make a new one`,
      );
      continue;
    }
    if (isInForce(target, before)) {
      settled.push(subject);
      continue;
    }
    const objection = await findObjection(target, before, { ...input, leaving });
    if (objection !== null) refuse(objection);
    else changes.push(toPlanned(input.group, { target, findings }, before));
  }
  return { group: input.group, changes, settled, refused };
}

/** @throws Refusal when a person asked for more than a slip of the hand should be able to do. */
export function requireFew(count: number, maxChanges: number): void {
  if (count > maxChanges)
    throw new Refusal(
      `${count} changes were asked for and at most ${maxChanges} are made at once; if all of them are meant, say so with --max-changes ${count}`,
    );
}

function toPlanned(group: string, { target, findings }: Omit<Wish, 'expected'>, before: Facts): PlannedChange {
  return {
    target,
    findings,
    description: describe(target, before),
    request: toReviewedRequest(toWrite(group, target, before)),
    before,
  };
}
