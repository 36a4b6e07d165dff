import type { BegunAttempt, FinishedAttempt, Sender } from '../model/attempt.ts';
import type { ChannelsInForce, HeldChannel } from '../model/channel-standing.ts';
import type { Instant } from '../model/instant.ts';
import type { Delivery, Message } from '../model/message.ts';
import type { OwedDelivery } from '../model/report.ts';
import type { Attempt } from './attempts.ts';
import type { DeliveryQuery, DueDelivery, OutboxCount, UndeliveredMessage } from './deliveries.ts';
import { meetChannels, noteStanding } from './held-channels.ts';
import type { Access, Tables } from './tables.ts';

/** Messages that are owed, and every attempt at them. */
export interface OutboxStore {
  /** Puts messages that belong to no run into the outbox, but for those that it has or had; says how many were new. */
  enqueue(messages: readonly Message[], at: Date): number;
  /** What is still being tried, and what was given up since then; newest first. */
  undelivered(since: Instant, limit: number): readonly UndeliveredMessage[];
  /** How many deliveries there are, by channel and state, ever. */
  outboxCounts(): readonly OutboxCount[];
  dueDeliveries(at: Date, limit: number): readonly DueDelivery[];
  /** When the next delivery becomes due after an instant; null: none does. What waits for an older one has no time of its own. */
  nextDueAt(after: Date): Instant | null;
  /** Marks a delivery as being sent and hands out its message; null when somebody else has it, or it is over. */
  beginAttempt(id: string, sender: Sender, at: Date): BegunAttempt | null;
  finishAttempt(finished: FinishedAttempt): void;
  /** Lets a pending delivery wait without counting an attempt, and says why. */
  postponeDelivery(id: string, until: Date, error: string): void;
  /** Channels whose messages are held back, by name. */
  heldChannels(): readonly HeldChannel[];
  /** Holds no channel any more that leads somewhere else than before; what that had cost is tried again. Names of those released. */
  meetChannels(channels: ChannelsInForce): readonly string[];
  /** Makes everything that waits for its next attempt due now, in its present round, and lets held channels be tried; says how many. */
  hastenDeliveries(at: Date): number;
  /** Makes deliveries pending again whose sender died in mid-send; ids. The daemon's own at once, a command's after its deadline. */
  recoverInterrupted(sender: Sender, at: Date): readonly string[];
  /** Newest first. */
  deliveries(query: DeliveryQuery): readonly Delivery[];
  attempts(deliveryId: string): readonly Attempt[];
  /** Starts a new round for a pending or failed delivery, and lets its channel be tried where it is held; false when it is unknown, over, or its message is no longer kept. */
  retryDelivery(id: string, at: Date): boolean;
  /** What the group's readers have not got: waiting after an attempt, or failed since then. */
  owedDeliveries(group: string, since: Instant): readonly OwedDelivery[];
}

/** Puts a message into the outbox. */
export function addMessage({ deliveries, messages }: Tables, message: Message, run: string | null, at: Instant): void {
  deliveries.add(message, run, at);
  messages.add(message.id, message.body);
}

function begin(
  { deliveries, messages, attempts, standings }: Tables,
  id: string,
  sender: Sender,
  at: Instant,
): BegunAttempt | null {
  if (!deliveries.begin(id, sender, at)) return null;
  const entry = deliveries.one(id);
  const body = messages.of(id);
  if (entry === null || body === null) throw new Error(`delivery ${id} is pending without a message`);
  const { delivery, key, round } = entry;
  attempts.begin(id, delivery.attempts, at);
  const message = { id, wireId: delivery.wireId, channel: delivery.channel, key, body };
  return { message, delivery, round, standing: standings.of(delivery.channel) };
}

function finish(tables: Tables, finished: FinishedAttempt): void {
  const { deliveries, attempts, told } = tables;
  const { id, attempt, outcome, nextAttemptAt, standing } = finished;
  const at = finished.at.toISOString();
  const state = deliveries.finish(id, attempt, outcome, at, nextAttemptAt);
  const entry = deliveries.one(id);
  if (entry !== null && standing !== null) noteStanding(tables, entry.delivery.channel, standing, at);
  const lost = state === 'failed' ? entry : null;
  if (lost !== null && lost.delivery.run !== null) {
    const { run, channel, createdAt } = lost.delivery;
    told.unhear({ run, channel, key: lost.key, createdAt });
  }
  attempts.finish(id, outcome.kind, outcome.kind === 'delivered' ? outcome.response : outcome.error, at);
}

function retry({ deliveries, standings }: Tables, id: string, at: Instant): boolean {
  const channel = deliveries.one(id)?.delivery.channel;
  if (channel === undefined || !deliveries.retry(id, at)) return false;
  standings.tryHeld(at, { channel, isGoneToo: true });
  return true;
}

function recover({ deliveries, attempts }: Tables, sender: Sender, at: Date): readonly string[] {
  const ids = deliveries.recover(sender, at);
  for (const id of ids) attempts.finish(id, 'interrupted', 'The program ended during this attempt.', at.toISOString());
  return ids;
}

/** On the tables of an open database. */
export function outboxStore(tables: Tables, { read, write }: Access): OutboxStore {
  const { deliveries, attempts, standings } = tables;
  return {
    enqueue: (messages, at) =>
      write(() => {
        const added = messages.filter(({ id }) => deliveries.one(id) === null);
        for (const message of added) addMessage(tables, message, null, at.toISOString());
        return added.length;
      }),
    undelivered: (since, limit) => read(() => deliveries.undelivered(since, limit)),
    outboxCounts: () => read(() => deliveries.counts()),
    dueDeliveries: (at, limit) => read(() => deliveries.due(at, limit)),
    nextDueAt: (after) => read(() => deliveries.nextAt(after)),
    beginAttempt: (id, sender, at) => write(() => begin(tables, id, sender, at.toISOString())),
    finishAttempt: (finished) => write(() => finish(tables, finished)),
    postponeDelivery: (id, until, error) => write(() => deliveries.postpone(id, until.toISOString(), error)),
    heldChannels: () => read(() => standings.held()),
    // At each look, and hardly ever is something else than it was.
    meetChannels: (channels) =>
      read(() => standings.changed(channels.endpoints).length > 0 || (channels.isStart && standings.held().length > 0))
        ? write(() => meetChannels(tables, channels))
        : [],
    hastenDeliveries: (at) =>
      write(() => {
        standings.tryHeld(at.toISOString(), { channel: null, isGoneToo: true });
        return deliveries.hasten(at.toISOString());
      }),
    recoverInterrupted: (sender, at) => write(() => recover(tables, sender, at)),
    deliveries: (query) => read(() => deliveries.list(query)),
    attempts: (id) => read(() => attempts.of(id)),
    retryDelivery: (id, at) => write(() => retry(tables, id, at.toISOString())),
    owedDeliveries: (group, since) => read(() => deliveries.owed(group, since)),
  };
}
