import { createHmac } from 'node:crypto';
import type { Message, Outcome } from '../../model/message.ts';
import type { Secret } from '../../model/secret.ts';
import type { WebhookChannel } from '../../model/settings.ts';
import { toOutcome, unanswered } from '../answer-outcome.ts';
import { type SendContext, wrongKind } from '../channel.ts';
import { post } from '../post.ts';

/** A secret in the form of the specification (`whsec_` and base64), or any other text, whose bytes are the key. */
function keyOf(secret: Secret): Buffer {
  const value = secret.reveal();
  return value.startsWith('whsec_') ? Buffer.from(value.slice('whsec_'.length), 'base64') : Buffer.from(value);
}

/** Signs like https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, once a secret. */
function signatures(signed: string, secrets: readonly Secret[]): string {
  return secrets.map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(signed).digest('base64')}`).join(' ');
}

/** The Standard Webhooks headers of one attempt. */
function signedHeaders(
  { wireId }: Message,
  body: string,
  secrets: readonly Secret[],
  at: Date,
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  return {
    'webhook-id': wireId,
    'webhook-timestamp': timestamp,
    ...(secrets.length === 0 ? {} : { 'webhook-signature': signatures(`${wireId}.${timestamp}.${body}`, secrets) }),
  };
}

/** Posts a message with Standard Webhooks headers: the same id at every attempt, the attempt's time stamp, a signature a secret. */
export async function sendWebhook(message: Message, channel: WebhookChannel, context: SendContext): Promise<Outcome> {
  if (message.body.kind !== 'webhook') return wrongKind(context.settled);
  const { body, contentType } = message.body;
  const headers = { 'content-type': contentType, ...signedHeaders(message, body, channel.secrets, context.at) };
  const { url, network } = channel;
  try {
    return toOutcome(await post({ url, body, headers, network, signal: context.signal }), context.at);
  } catch (error) {
    return unanswered(error);
  }
}
