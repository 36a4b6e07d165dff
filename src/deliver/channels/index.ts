import type { Message, Outcome } from '../../model/message.ts';
import type { ChannelSettings } from '../../model/settings.ts';
import type { Send, SendContext } from '../channel.ts';
import { sendEmail } from './email.ts';
import { sendSlack } from './slack.ts';
import { sendWebhook } from './webhook.ts';

/** Every kind of channel and how it sends. A kind without an entry does not compile. */
export const channels: { readonly [Type in ChannelSettings['type']]: Send<Extract<ChannelSettings, { type: Type }>> } =
  {
    email: sendEmail,
    webhook: sendWebhook,
    slack: sendSlack,
  };

/** Sends one message through a channel of any kind. */
export function send(message: Message, channel: ChannelSettings, context: SendContext): Promise<Outcome> {
  if (channel.type === 'email') return channels.email(message, channel, context);
  if (channel.type === 'webhook') return channels.webhook(message, channel, context);
  return channels.slack(message, channel, context);
}
