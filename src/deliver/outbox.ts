import type { ChannelStanding, ChannelsInForce } from '../model/channel-standing.ts';
import type { Instant } from '../model/instant.ts';
import type { Delivery, Message, Outcome } from '../model/message.ts';

/** Who sends: the one daemon, or a command that was typed. */
export type Sender = 'daemon' | 'command';

/** An attempt that has begun. */
export interface BegunAttempt {
  readonly message: Message;
  readonly delivery: Delivery;
  /** Tries since the message was promised or retried by hand; `attempts` includes this one, `shortAttempts` does not. */
  readonly round: { readonly attempts: number; readonly shortAttempts: number; readonly startedAt: Instant };
  /** That of its channel, before this attempt. */
  readonly standing: ChannelStanding;
}

/** How an attempt ended. */
export interface FinishedAttempt {
  readonly id: string;
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly at: Date;
  /** For `retry` only; null: given up. */
  readonly nextAttemptAt: Instant | null;
  /** That of its channel from now on; null: the attempt tells nothing of it. */
  readonly standing: ChannelStanding | null;
}

/** What the pump needs of the store. Messages of a channel that is held are not due, but for one when the channel may be tried again. */
export interface Outbox {
  /** What the fingerprints of addresses are made with. */
  keySalt(): Uint8Array;
  /** Holds no channel any more that leads somewhere else than before; what that had cost is tried again. Names of those released. */
  meetChannels(channels: ChannelsInForce): readonly string[];
  dueDeliveries(
    at: Date,
    limit: number,
  ): readonly { readonly id: string; readonly channel: string; readonly startedAt: Instant }[];
  nextDueAt(after: Date): Instant | null;
  beginAttempt(id: string, sender: Sender, at: Date): BegunAttempt | null;
  finishAttempt(finished: FinishedAttempt): void;
  postponeDelivery(id: string, until: Date, error: string): void;
  /** Makes everything that waits for its next attempt due now. */
  hastenDeliveries(at: Date): number;
  recoverInterrupted(sender: Sender, at: Date): readonly string[];
}
