import type { BegunAttempt, FinishedAttempt, Sender } from '../model/attempt.ts';
import type { ChannelsInForce } from '../model/channel-standing.ts';
import type { Instant } from '../model/instant.ts';

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
