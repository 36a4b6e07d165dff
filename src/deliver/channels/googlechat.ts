import type { Message, Outcome } from '../../model/message.ts';
import { Secret } from '../../model/secret.ts';
import type { GoogleChatChannel } from '../../model/settings.ts';
import { toOutcome, unanswered } from '../answer-outcome.ts';
import { type SendContext, wrongKind } from '../channel.ts';
import { post } from '../post.ts';

/**
 * The address with what belongs to one message: `requestId` makes a repeated attempt return the message that is there already, and the
 * reply option lets a thread begin that does not exist yet (https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create).
 */
function addressOf(url: Secret, wireId: string): Secret {
  const address = new URL(url.reveal());
  address.searchParams.set('requestId', wireId);
  address.searchParams.set('messageReplyOption', 'REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD');
  return new Secret(address.href);
}

/** Posts a card to a space's incoming webhook. */
export async function sendGoogleChat(
  message: Message,
  channel: GoogleChatChannel,
  context: SendContext,
): Promise<Outcome> {
  if (message.body.kind !== 'googlechat') return wrongKind(context.settled);
  const { body, contentType } = message.body;
  const { network } = channel;
  try {
    const url = addressOf(channel.url, message.wireId);
    const answer = await post({ url, body, headers: { 'content-type': contentType }, network, signal: context.signal });
    return toOutcome(answer, context.at);
  } catch (error) {
    return unanswered(error);
  }
}
