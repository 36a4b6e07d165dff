import type { Message, Outcome } from '../../model/message.ts';
import type { PagerDutyChannel } from '../../model/settings.ts';
import { toOutcome, unanswered } from '../answer-outcome.ts';
import { type SendContext, wrongKind } from '../channel.ts';
import { post } from '../post.ts';

/** The event with the key of the service, which is in no stored message. */
function withRoutingKey(body: string, routingKey: string): string {
  const event: unknown = JSON.parse(body);
  return JSON.stringify({ ...(typeof event === 'object' ? event : {}), routing_key: routingKey });
}

/** Enqueues one event (https://developer.pagerduty.com/docs/send-alert-event). Its `dedup_key` makes a repeat harmless. */
export async function sendPagerDuty(
  message: Message,
  channel: PagerDutyChannel,
  context: SendContext,
): Promise<Outcome> {
  if (message.body.kind !== 'pagerduty') return wrongKind(context.settled);
  const { contentType } = message.body;
  const { url, network, routingKey } = channel;
  const body = withRoutingKey(message.body.body, routingKey.reveal());
  try {
    const answer = await post({ url, body, headers: { 'content-type': contentType }, network, signal: context.signal });
    return toOutcome(answer, context.at);
  } catch (error) {
    return unanswered(error);
  }
}
