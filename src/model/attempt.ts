import type { ChannelStanding } from './channel-standing.ts';
import type { Instant } from './instant.ts';
import type { Delivery, Message, Outcome } from './message.ts';

/** Who sends: the one daemon, or a command that was typed. */
export type Sender = 'daemon' | 'command';

/** Where a delivery stands within its present round of attempts (a retry by hand begins a new one). */
export interface Round {
  readonly attempts: number;
  /** How many of the finished attempts, in a row up to the last, ended with little patience. */
  readonly shortAttempts: number;
  readonly startedAt: Instant;
}

/** An attempt that has begun: what to send, what is settled already, and how many tries this round had, this one included. */
export interface BegunAttempt {
  readonly message: Message;
  readonly delivery: Delivery;
  readonly round: Round;
  /** That of its channel, before this attempt. */
  readonly standing: ChannelStanding;
}

/** How an attempt ended; `nextAttemptAt` counts for `retry` only, null there means: given up. */
export interface FinishedAttempt {
  readonly id: string;
  /** The delivery's `attempts` when this one began. */
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly at: Date;
  readonly nextAttemptAt: Instant | null;
  /** That of its channel from now on; null: the attempt tells nothing of it. */
  readonly standing: ChannelStanding | null;
}
