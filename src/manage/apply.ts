import type { ChangeEnd, ChangeOutcome, RecordedChange } from '../model/change.ts';
import type { Clock } from '../model/clock.ts';
import { ApiError } from '../virustotal/api-error.ts';
import type { ManageClient } from '../virustotal/manage-client.ts';
import { showFacts } from './describe.ts';
import { readFacts, sameFacts } from './facts.ts';
import { findObjection, type IsOwner, leavingOf, type Protected } from './guards.ts';
import type { Plan, PlannedChange } from './plan.ts';
import { Refusal } from './refusal.ts';
import { sendChange } from './send-change.ts';

/** Where changes are recorded: before they are sent, and afterwards. */
export interface ChangeLedger {
  intendChange(change: RecordedChange): void;
  finishChange(id: string, end: ChangeEnd): void;
}

/** What making the changes of a plan needs. */
export interface ApplyInput {
  readonly plan: Plan;
  readonly client: ManageClient;
  readonly ledger: ChangeLedger;
  readonly protect: Protected;
  readonly isAuditors: IsOwner;
  readonly by: string;
  readonly reason: string;
  /** Id of the recorded change that this undoes. */
  readonly undoes: string | null;
  readonly clock: Clock;
  readonly newId: () => string;
  /** After it nothing more is sent. */
  readonly stop: AbortSignal;
  /** After it the answer to what was sent is not waited for. */
  readonly abandon: AbortSignal;
  /** Called as each change ends. */
  readonly tell: (step: Step) => void;
}

/** What became of one change of a plan. `not_sent`: the ones before it stopped the plan, or it does not fit any more. */
export interface Step {
  readonly change: PlannedChange;
  readonly result: ChangeOutcome | 'not_sent';
  /** Why, or what is left to do. */
  readonly note: string | null;
  /** Id of the record; null for what was not sent. */
  readonly id: string | null;
  /** It is in force, or an invitation is under way, and on record. Anything else is a reason to look before going on. */
  readonly asPlanned: boolean;
}

/**
 * Makes the changes of a plan, one after another, each after a fresh look. The first that does not end as planned stops the rest:
 * what follows may depend on it, and a person should look first. A change whose answer was lost is never sent again.
 */
export async function applyPlan(input: ApplyInput): Promise<readonly Step[]> {
  const steps: Step[] = [];
  let stopped: string | null = null;
  for (const change of input.plan.changes) {
    stopped ??= input.stop.aborted ? 'stopped by hand' : null;
    const step: Step = stopped === null ? await applyOne(change, input) : notSent(change, stopped);
    steps.push(step);
    input.tell(step);
    if (!step.asPlanned) stopped ??= `not sent because ${change.description.subject} did not end as planned`;
  }
  return steps;
}

function notSent(change: PlannedChange, note: string): Step {
  return { change, result: 'not_sent', note, id: null, asPlanned: false };
}

async function applyOne(change: PlannedChange, input: ApplyInput): Promise<Step> {
  const objection = (await lookAgain(change, input)) ?? (input.stop.aborted ? 'stopped by hand' : null);
  if (objection !== null) return notSent(change, objection);
  const id = input.newId();
  const unwritable = problemOf(() => input.ledger.intendChange(toRecord(id, change, input)));
  if (unwritable !== null) return notSent(change, `it could not be recorded, so it was not sent: ${unwritable}`);
  const end = await sendChange(change, { group: input.plan.group, ...input });
  const finishedAt = input.clock.now().toISOString();
  const unrecorded = problemOf(() => input.ledger.finishChange(id, { ...end, finishedAt }));
  return {
    change,
    result: end.outcome,
    note: unrecorded === null ? end.note : [end.note, unrecordedNote(unrecorded)].filter(isText).join(' '),
    id,
    asPlanned: unrecorded === null && isAsPlanned(end.outcome, change),
  };
}

/** An invitation is what adding somebody usually comes to; anything else that was accepted and does not show is a reason to look. */
function isAsPlanned(outcome: ChangeOutcome, { target }: PlannedChange): boolean {
  return outcome === 'done' || (outcome === 'accepted' && target.kind === 'add_member');
}

/** What writing to the ledger threw, in words; null: it was written. Whatever it was, the person must hear what was sent. */
function problemOf(write: () => void): string | null {
  try {
    write();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function unrecordedNote(problem: string): string {
  return `How it ended could not be recorded, so \`changes\` lists it as unknown: ${problem}`;
}

function isText(text: string | null): text is string {
  return text !== null;
}

/** Why the change must not be sent after all; null when everything is still as planned. */
async function lookAgain({ target, before }: PlannedChange, input: ApplyInput): Promise<string | null> {
  const { client, plan, protect } = input;
  const source = { group: plan.group, reads: client.reads };
  try {
    const now = await readFacts(target, source);
    if (!sameFacts(before, now))
      return `the plan no longer fits: planned on ${showFacts(before)}, now ${showFacts(now)}; make a new plan`;
    return await findObjection(target, now, {
      ...source,
      protect,
      isOwn: (id, kind) => client.reads.isOwnAccount(id, kind),
      isAuditors: input.isAuditors,
      leaving: leavingOf(plan.changes.map((one) => one.target)),
    });
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    if (error instanceof ApiError) return `it could not be looked at right before: ${error.message}`;
    throw error;
  }
}

function toRecord(id: string, change: PlannedChange, input: ApplyInput): RecordedChange {
  const { target, request, before, findings } = change;
  return {
    id,
    group: input.plan.group,
    target,
    request,
    before,
    after: null,
    by: input.by,
    reason: input.reason,
    undoes: input.undoes,
    findings,
    intendedAt: input.clock.now().toISOString(),
    finishedAt: null,
    outcome: null,
    note: null,
  };
}
