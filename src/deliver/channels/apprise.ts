import type { Message, Outcome } from '../../model/message.ts';
import type { AppriseChannel } from '../../model/settings.ts';
import { retry, toOutcome, unanswered } from '../answer-outcome.ts';
import { type SendContext, wrongKind } from '../channel.ts';
import { type Answer, post } from '../post.ts';

/** Answers that mean something else here than elsewhere (https://github.com/caronc/apprise-api#api-details). */
function toAppriseOutcome(answer: Answer, at: Date): Outcome {
  if (answer.status === 204) {
    return retry('Apprise has no service for this address and tag, so that nobody was told (HTTP 204).', {
      patience: 'short',
    });
  }
  if (answer.status === 424) {
    return retry('Apprise could not reach every service behind it (HTTP 424).', { maybeDuplicate: true });
  }
  return toOutcome(answer, at);
}

/** Posts a text to an Apprise API server. It has no idempotency key: where one of several services failed, the others may get it twice. */
export async function sendApprise(message: Message, channel: AppriseChannel, context: SendContext): Promise<Outcome> {
  if (message.body.kind !== 'apprise') return wrongKind(context.settled);
  const { body, contentType } = message.body;
  const { url, network } = channel;
  try {
    const answer = await post({ url, body, headers: { 'content-type': contentType }, network, signal: context.signal });
    return toAppriseOutcome(answer, context.at);
  } catch (error) {
    return unanswered(error);
  }
}
