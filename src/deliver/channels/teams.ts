import type { Message, Outcome } from '../../model/message.ts';
import type { TeamsChannel } from '../../model/settings.ts';
import { toOutcome, unanswered } from '../answer-outcome.ts';
import { type SendContext, wrongKind } from '../channel.ts';
import { post } from '../post.ts';

/**
 * Posts a card to a Workflows webhook. The flow answers 202 before it posts the card: a card that it cannot use fails inside the flow, where
 * only its owner sees it. There is no idempotency key, so that a repeated attempt may show twice.
 */
export async function sendTeams(message: Message, channel: TeamsChannel, context: SendContext): Promise<Outcome> {
  if (message.body.kind !== 'teams') return wrongKind(context.settled);
  const { body, contentType } = message.body;
  const { url, network } = channel;
  try {
    const answer = await post({ url, body, headers: { 'content-type': contentType }, network, signal: context.signal });
    return toOutcome(answer, context.at);
  } catch (error) {
    return unanswered(error);
  }
}
