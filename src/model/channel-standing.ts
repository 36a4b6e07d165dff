import type { Instant } from './instant.ts';

/** How a channel took what was sent to it of late. */
export interface ChannelStanding {
  /** Attempts in a row, up to the last, after which nobody had anything. */
  readonly failures: number;
  /** Since when its messages are held back; null: they are not. */
  readonly heldSince: Instant | null;
  /** While they are: from when on one of them may try it; null: not before the channel is another one. */
  readonly nextTryAt: Instant | null;
}

/** The standing of a channel that works, or of which nothing is known. */
export const WORKING: ChannelStanding = { failures: 0, heldSince: null, nextTryAt: null };

/** A channel whose messages are held back. */
export interface HeldChannel extends ChannelStanding {
  readonly channel: string;
  readonly heldSince: Instant;
}

/** Where the configured channels lead to, by name: a fingerprint of each address. */
export interface ChannelsInForce {
  readonly endpoints: Readonly<Record<string, string>>;
  readonly at: Date;
  /** Whether a daemon begins with them: channels that are held are tried at once then. */
  readonly isStart: boolean;
}
