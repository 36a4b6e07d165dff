import type { BegunAttempt, FinishedAttempt } from '../model/attempt.ts';
import type { Instant } from '../model/instant.ts';
import type { Outcome } from '../model/message.ts';
import type { ChannelSettings } from '../model/settings.ts';
import { retry } from './answer-outcome.ts';
import { GIVE_UP_AFTER_MS, nextAttempt } from './backoff.ts';
import { send } from './channels/index.ts';
import type { PumpOptions } from './pump.ts';
import { standingAfter } from './standing.ts';

/** When a delivery whose channel is no longer configured is looked at again. */
const ORPHAN_WAIT_MS = 600_000;

const ORPHAN = 'The channel is not in the configuration any more.';

/** Sends, and turns a defect of ours into a failed attempt: one channel's bug must not stop the others. */
async function trySend(
  { clock, log }: PumpOptions,
  { message, delivery }: BegunAttempt,
  channel: ChannelSettings,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    return await send(message, channel, { at: clock.now(), settled: delivery.recipients, signal, log });
  } catch (error) {
    // Only the kind of error: its text may hold an address or a secret.
    const kind = error instanceof Error ? error.name : typeof error;
    log.error('sending failed by a defect', { deliveryId: delivery.id, channel: delivery.channel, kind });
    return retry('This program made a mistake while sending; see its log.', {
      recipients: delivery.recipients,
      maybeDuplicate: true,
    });
  }
}

/** When a delivery that is still owed is tried again; null: not at all. What was cut short by our own end is due at once. */
function nextAt(options: PumpOptions, begun: BegunAttempt, outcome: Outcome, signal: AbortSignal): Instant | null {
  if (outcome.kind !== 'retry') return null;
  const at = options.clock.now();
  if (signal.aborted) return at.toISOString();
  const { attempts, shortAttempts, startedAt } = begun.round;
  return nextAttempt({
    attempts,
    shortAttempts: shortAttempts + 1,
    outcome,
    startedAt,
    at,
    random: options.random(),
  });
}

function logEnd({ log }: PumpOptions, { delivery }: BegunAttempt, outcome: Outcome, next: Instant | null): void {
  const fields = { deliveryId: delivery.id, channel: delivery.channel, attempt: delivery.attempts };
  if (outcome.kind === 'delivered') {
    log.info('delivered a message', { ...fields, refused: outcome.recipients.refused.length });
  } else if (next === null) {
    log.error('gave up a message', { ...fields, reason: outcome.error });
  } else {
    log.warn('could not deliver a message yet', { ...fields, reason: outcome.error, nextAttemptAt: next });
  }
}

type DueDelivery = ReturnType<PumpOptions['store']['dueDeliveries']>[number];

/** A message without a channel waits for it to come back, as long as any other is tried; then it is given up. */
function keepOrphan(options: PumpOptions, { id, startedAt }: DueDelivery): FinishedAttempt | null {
  const { store, clock } = options;
  const at = clock.now();
  if (at.getTime() < Date.parse(startedAt) + GIVE_UP_AFTER_MS) {
    store.postponeDelivery(id, new Date(at.getTime() + ORPHAN_WAIT_MS), ORPHAN);
    return null;
  }
  const begun = store.beginAttempt(id, options.sender, at);
  if (begun === null) return null;
  const { recipients, attempts } = begun.delivery;
  const outcome = { kind: 'failed', error: ORPHAN, recipients } as const;
  logEnd(options, begun, outcome, null);
  return { id, attempt: attempts, outcome, at, nextAttemptAt: null, standing: null };
}

/**
 * Makes one attempt and returns how it ended, which is not yet stored; null when there was nothing to do. The attempt is on record
 * before the connection opens, so that a crash in between shows.
 * @throws what the store throws.
 */
export async function attemptDelivery(
  options: PumpOptions,
  due: DueDelivery,
  signal: AbortSignal,
): Promise<FinishedAttempt | null> {
  const { store, clock } = options;
  const settings = options.channels();
  const channel = Object.hasOwn(settings, due.channel) ? settings[due.channel] : undefined;
  if (channel === undefined) return keepOrphan(options, due);
  const begun = store.beginAttempt(due.id, options.sender, clock.now());
  if (begun === null) return null;
  const outcome = await trySend(options, begun, channel, signal);
  const nextAttemptAt = nextAt(options, begun, outcome, signal);
  logEnd(options, begun, outcome, nextAttemptAt);
  const at = clock.now();
  // What was cut short by our own end says nothing of the receiver.
  const standing = signal.aborted
    ? null
    : standingAfter(begun.standing, { outcome, settled: begun.delivery.recipients, at });
  return { id: due.id, attempt: begun.delivery.attempts, outcome, at, nextAttemptAt, standing };
}
