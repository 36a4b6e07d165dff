import type { Message, Outcome } from '../../model/message.ts';
import type { SlackChannel } from '../../model/settings.ts';
import { toOutcome, unanswered } from '../answer-outcome.ts';
import { type SendContext, wrongKind } from '../channel.ts';
import { type Answer, post } from '../post.ts';

/** Slack says what is wrong in one word (`invalid_blocks`, `no_service`), https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
function withSlackError(outcome: Outcome, { excerpt }: Answer): Outcome {
  const word = excerpt.trim();
  if (outcome.kind === 'delivered' || !/^[a-z_]{3,40}$/.test(word)) return outcome;
  return { ...outcome, error: `${outcome.error} Slack says: ${word}.` };
}

/** Posts a message to a Slack incoming webhook. Slack has no idempotency key, so that a repeated attempt may show twice. */
export async function sendSlack(message: Message, channel: SlackChannel, context: SendContext): Promise<Outcome> {
  if (message.body.kind !== 'slack') return wrongKind(context.settled);
  const { body, contentType } = message.body;
  const { url, network } = channel;
  try {
    const answer = await post({ url, body, headers: { 'content-type': contentType }, network, signal: context.signal });
    return withSlackError(toOutcome(answer, context.at), answer);
  } catch (error) {
    return unanswered(error);
  }
}
