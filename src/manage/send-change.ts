import type { ChangeOutcome, Facts } from '../model/change.ts';
import type { Clock } from '../model/clock.ts';
import { ApiError } from '../virustotal/api-error.ts';
import { type ManageClient, mayHaveHappened } from '../virustotal/manage-client.ts';
import { isInForce, readFacts, sameFacts } from './facts.ts';
import type { PlannedChange } from './plan.ts';
import { Refusal } from './refusal.ts';
import { toWrite } from './to-write.ts';

/** What sending a change needs. */
export interface SendingInput {
  readonly group: string;
  readonly client: ManageClient;
  readonly clock: Clock;
  /** After it nothing more is sent, and nothing is waited for to show. */
  readonly stop: AbortSignal;
  /** After it the answer to what was sent is not waited for. */
  readonly abandon: AbortSignal;
}

/** How sending a change ended. */
export interface Sent {
  readonly outcome: ChangeOutcome;
  readonly after: Facts | null;
  readonly note: string | null;
}

/** Sends a change once, and looks what became of it, whatever was answered. */
export async function sendChange({ target, before }: PlannedChange, input: SendingInput): Promise<Sent> {
  const { client, group, stop, abandon } = input;
  try {
    await client.send(toWrite(group, target, before), { stop, abandon });
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
  const after = await lookUntilItShows({ target, before }, input);
  if (after === null)
    return { outcome: 'accepted', after, note: 'The API accepted it; it could not be looked at afterwards.' };
  if (isInForce(target, after)) return { outcome: 'done', after, note: null };
  return { outcome: 'accepted', after, note: acceptedNote(target, after) };
}

const LOOK_FIRST = 'Whether it was done is not known; look before you try again.';

function acceptedNote({ kind }: PlannedChange['target'], after: Facts): string {
  if (kind === 'add_member') return 'Not a member yet: invited, and a member after signing up.';
  if (kind === 'revoke_administrator' && after['administrator'] === 'role')
    return 'Still an administrator by role; run the command once more to end that too.';
  return 'The API accepted it, and it does not show yet; look before you try again.';
}

/** What was taken may show a moment later. Who has no account yet is only invited, so there is nothing to wait for. */
async function lookUntilItShows(
  { target, before }: Pick<PlannedChange, 'target' | 'before'>,
  input: SendingInput,
): Promise<Facts | null> {
  for (const waitMs of LOOKS_AFTER_MS) {
    const after = await readAfter({ target }, input);
    const isInvitation = target.kind === 'add_member' && before['account'] === null;
    if (after === null || isInvitation || isInForce(target, after) || !sameFacts(before, after)) return after;
    await input.clock.sleep(waitMs, input.stop).catch(() => undefined);
  }
  return readAfter({ target }, input);
}

/** Waits between looks at what was accepted and does not show. */
const LOOKS_AFTER_MS = [1_000, 3_000];

async function readAfter(
  { target }: Pick<PlannedChange, 'target'>,
  { client, group }: SendingInput,
): Promise<Facts | null> {
  try {
    return await readFacts(target, { group, reads: client.reads });
  } catch (error) {
    if (error instanceof ApiError || error instanceof Refusal) return null;
    throw error;
  }
}
