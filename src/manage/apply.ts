import type { ChangeEnd, ChangeOutcome, Facts, RecordedChange } from '../model/change.ts';
import type { Clock } from '../model/clock.ts';
import { ApiError } from '../virustotal/api-error.ts';
import { type ManageClient, mayHaveHappened } from '../virustotal/manage-client.ts';
import { showFacts } from './describe.ts';
import { isInForce, readFacts, sameFacts } from './facts.ts';
import { findObjection, leavingOf, type Protected } from './guards.ts';
import type { Plan, PlannedChange } from './plan.ts';
import { Refusal } from './refusal.ts';
import { toWrite } from './to-write.ts';

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
    const step: Step =
      stopped === null ? await applyOne(change, input) : { change, result: 'not_sent', note: stopped, id: null };
    steps.push(step);
    input.tell(step);
    if (stopped === null && !mayGoOn(step))
      stopped = `not sent because ${change.description.subject} did not end as planned`;
  }
  return steps;
}

/** An invitation is what adding somebody usually comes to; anything else that was accepted and does not show is a reason to look. */
function mayGoOn({ change, result }: Step): boolean {
  return result === 'done' || (result === 'accepted' && change.target.kind === 'add_member');
}

async function applyOne(change: PlannedChange, input: ApplyInput): Promise<Step> {
  const objection = (await lookAgain(change, input)) ?? (input.stop.aborted ? 'stopped by hand' : null);
  if (objection !== null) return { change, result: 'not_sent', note: objection, id: null };
  const id = input.newId();
  input.ledger.intendChange(toRecord(id, change, input));
  const end = await send(change, input);
  input.ledger.finishChange(id, { ...end, finishedAt: input.clock.now().toISOString() });
  return { change, result: end.outcome, note: end.note, id };
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
      isOwn: (id, kind) => client.isOwnAccount(id, kind),
      leaving: leavingOf(plan.changes.map((one) => one.target)),
    });
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    if (error instanceof ApiError) return `it could not be looked at right before: ${error.message}`;
    throw error;
  }
}

interface Sent {
  readonly outcome: ChangeOutcome;
  readonly after: Facts | null;
  readonly note: string | null;
}

async function send({ target, before }: PlannedChange, input: ApplyInput): Promise<Sent> {
  const { client, plan, stop, abandon } = input;
  try {
    await client.send(toWrite(plan.group, target, before), { stop, abandon });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (!mayHaveHappened(error)) return { outcome: 'refused', after: null, note: error.message };
    const after = await readAfter({ target }, input);
    const isThere = after !== null && isInForce(target, after);
    return {
      outcome: isThere ? 'done' : 'unknown',
      after,
      note: `${error.message} ${isThere ? 'A look afterwards shows that it was done nevertheless.' : LOOK_FIRST}`,
    };
  }
  const after = await readAfter({ target }, input);
  if (after === null)
    return { outcome: 'accepted', after, note: 'The API accepted it; it could not be looked at afterwards.' };
  if (isInForce(target, after)) return { outcome: 'done', after, note: null };
  return { outcome: 'accepted', after, note: acceptedNote(target.kind) };
}

const LOOK_FIRST = 'Whether it was done is not known; look before you try again.';

function acceptedNote(kind: PlannedChange['target']['kind']): string {
  if (kind === 'add_member') return 'Not a member yet: invited, and a member after signing up.';
  if (kind === 'revoke_administrator')
    return 'Still an administrator by role; run the command once more to end that too.';
  return 'The API accepted it, and it does not show yet.';
}

async function readAfter(
  { target }: Pick<PlannedChange, 'target'>,
  { client, plan }: ApplyInput,
): Promise<Facts | null> {
  try {
    return await readFacts(target, { group: plan.group, reads: client.reads });
  } catch (error) {
    if (error instanceof ApiError || error instanceof Refusal) return null;
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
