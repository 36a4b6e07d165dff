import { DELIVERY_GRACE_MS } from '../app/heartbeat.ts';
import type { App } from '../app.ts';
import { notifySafely } from './housekeeping.ts';

/** Failures older than this were told when they happened. */
const WINDOW_MS = 48 * 3_600_000;

const MOST = 1000;

/** The most messages that a notice names. */
const MOST_NAMED = 10;

/** Watches the outbox for what does not arrive. */
export interface UndeliveredWatch {
  /** Raises a notice for each channel on which a message was given up or does not get through, and fails the monitor of its audit. */
  look(at: Date): Promise<void>;
}

/** A watch that tells each failure once: notices by their id, monitors once a process and message. */
export function watchUndelivered(app: App): UndeliveredWatch {
  // What is older than this process its predecessor told, or the next run tells.
  const told = new Set(
    overdueAt(app.clock.now(), app.store.undelivered(since(app.clock.now()), MOST)).map(({ delivery }) => delivery.id),
  );
  return {
    async look(at) {
      const messages = app.store.undelivered(since(at), MOST);
      const held = app.store.heldChannels();
      const troubles = [...givenUpOn(messages, { at, held }), ...stuckOn(messages, { at, held })];
      const channels = troubles.map(({ channel }) => channel);
      for (const trouble of troubles) tell(app, trouble, channels);
      for (const [audit, all] of Map.groupBy(overdueAt(at, messages), (message) => message.audit)) {
        const fresh = all.filter(({ delivery }) => !told.has(delivery.id));
        for (const { delivery } of fresh) told.add(delivery.id);
        if (audit === null || fresh.length === 0) continue;
        await app.beatFailure(audit, `${audit}: ${fresh.length} messages are not delivered`);
      }
      forget(told, new Set(messages.map(({ delivery }) => delivery.id)));
    },
  };
}

type Undelivered = ReturnType<App['store']['undelivered']>;

/** A channel that does not take what is sent to it, and what to say of that. */
interface Trouble {
  readonly channel: string;
  readonly cause: string;
  readonly title: string;
  readonly lines: readonly string[];
}

interface Look {
  readonly at: Date;
  readonly held: ReturnType<App['store']['heldChannels']>;
}

function givenUpOn(messages: Undelivered, { at, held }: Look): readonly Trouble[] {
  const day = at.toISOString().slice(0, 10);
  const failed = messages.filter(({ failedAt }) => failedAt?.slice(0, 10) === day);
  return byChannel(failed).map(([channel, today]) => ({
    channel,
    cause: `undelivered ${channel}`,
    title: `Messages to the channel ${channel} could not be delivered`,
    lines: [
      ...today.slice(0, MOST_NAMED).map(describe),
      ...(isGone(held, channel) ? GONE : [`Mend the channel, then: ${retryOf(today)}`]),
    ],
  }));
}

const GONE = [
  'Nothing more is sent to it: what is new waits until the channel leads to another address, and goes out then, this with it',
];

function isGone(held: Look['held'], name: string): boolean {
  return held.some(({ channel, nextTryAt }) => channel === name && nextTryAt === null);
}

/**
 * A receiver that is away for a moment concerns nobody; one that is away for long, or that took nothing many times, may be for a reason
 * that only a person can end.
 */
function stuckOn(messages: Undelivered, { at, held }: Look): readonly Trouble[] {
  const overdue = new Set(overdueAt(at, messages));
  const isHeld = (name: string): boolean =>
    held.some(({ channel, nextTryAt }) => channel === name && nextTryAt !== null);
  const stuck = messages.filter(
    (message) =>
      message.failedAt === null &&
      (isHeld(message.delivery.channel) ||
        (overdue.has(message) && (message.delivery.lastError !== null || message.delivery.held))),
  );
  return byChannel(stuck).map(([channel, all]) => ({
    channel,
    cause: `stuck ${channel}`,
    title: `Messages to the channel ${channel} do not get through`,
    lines: [
      `The oldest was due at ${all.at(-1)?.delivery.createdAt ?? ''}. ${howTried(held, channel)}`,
      ...all.slice(0, MOST_NAMED).map(describe),
      `Once the channel is mended, so as not to wait for the next attempt: ${retryOf(all)}`,
    ],
  }));
}

function howTried(held: Look['held'], name: string): string {
  const standing = held.find(({ channel }) => channel === name);
  if (standing === undefined) return 'Each is tried for seven days';
  if (standing.nextTryAt === null) return GONE[0] ?? '';
  return `${standing.failures} attempts in a row failed: new messages are held back, and one tries the channel every now and then, at least hourly; nothing is dropped`;
}

/** By a channel that works; where none does, at least by another one. */
function tell(app: App, { channel, cause, title, lines }: Trouble, troubled: readonly string[]): void {
  const hasOther = Object.keys(app.config.channels).some((name) => !troubled.includes(name));
  notifySafely(app, cause, title, lines, hasOther ? troubled : [channel]);
}

function byChannel(messages: Undelivered): readonly (readonly [string, Undelivered])[] {
  return [...Map.groupBy(messages, ({ delivery }) => delivery.channel)];
}

function describe({ delivery, audit }: Undelivered[number]): string {
  const what = audit === null ? 'a notice' : `a report of the audit ${audit} (run ${delivery.run ?? ''})`;
  return `${what}: ${delivery.lastError ?? (delivery.held ? 'held back' : 'no reason is known')}`;
}

function retryOf(messages: Undelivered): string {
  const [first] = messages;
  const which = messages.length === 1 ? first?.delivery.id : `--channel ${first?.delivery.channel ?? ''}`;
  return `vt-auditor deliveries retry ${which ?? 'ID'}`;
}

/** What was given up, or has been on its way for too long. */
function overdueAt(at: Date, messages: Undelivered): Undelivered {
  return messages.filter(
    ({ delivery, failedAt }) => failedAt !== null || at.getTime() - Date.parse(delivery.createdAt) > DELIVERY_GRACE_MS,
  );
}

function since(at: Date): string {
  return new Date(at.getTime() - WINDOW_MS).toISOString();
}

/** The process lives for months. */
function forget(told: Set<string>, still: ReadonlySet<string>): void {
  for (const id of told) if (!still.has(id)) told.delete(id);
}
