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
}

/** How an attempt ended. */
export interface FinishedAttempt {
  readonly id: string;
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly at: Date;
  /** For `retry` only; null: given up. */
  readonly nextAttemptAt: Instant | null;
}

/** What the pump needs of the store. */
export interface Outbox {
  dueDeliveries(
    at: Date,
    limit: number,
  ): readonly { readonly id: string; readonly channel: string; readonly startedAt: Instant }[];
  nextDueAt(after: Date): Instant | null;
  beginAttempt(id: string, sender: Sender, at: Date): BegunAttempt | null;
  finishAttempt(finished: FinishedAttempt): void;
  postponeDelivery(id: string, until: Date, error: string): void;
  recoverInterrupted(sender: Sender, at: Date): readonly string[];
}
