import type { Log } from '../model/log.ts';
import type { Message, Outcome, RecipientOutcomes } from '../model/message.ts';

/** What an attempt knows beside the message and the channel. */
export interface SendContext {
  /** When the attempt began. */
  readonly at: Date;
  /** Recipients of a mail that earlier attempts settled; the outcome contains them again. */
  readonly settled: RecipientOutcomes;
  /** Ends the attempt early. What was aborted may have arrived. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Sends one message through one kind of channel. Never throws for what the receiver or the network does. */
export type Send<Channel> = (message: Message, channel: Channel, context: SendContext) => Promise<Outcome>;

/** The outcome for a message that was rendered for a channel of another kind under the same name. */
export function wrongKind(settled: RecipientOutcomes): Outcome {
  return {
    kind: 'failed',
    error: 'The channel was changed to another kind after this message was written.',
    recipients: settled,
  };
}
