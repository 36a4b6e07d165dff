import type { Message, Outcome } from '../../model/message.ts';
import type { ChannelSettings } from '../../model/settings.ts';
import type { Send, SendContext } from '../channel.ts';
import { sendApprise } from './apprise.ts';
import { sendEmail } from './email.ts';
import { sendGoogleChat } from './googlechat.ts';
import { sendPagerDuty } from './pagerduty.ts';
import { sendSlack } from './slack.ts';
import { sendTeams } from './teams.ts';
import { sendWebhook } from './webhook.ts';

/** Every kind of channel and how it sends. A kind without an entry does not compile. */
export const channels: { readonly [Type in ChannelSettings['type']]: Send<Extract<ChannelSettings, { type: Type }>> } =
  {
    email: sendEmail,
    webhook: sendWebhook,
    slack: sendSlack,
    teams: sendTeams,
    googlechat: sendGoogleChat,
    pagerduty: sendPagerDuty,
    apprise: sendApprise,
  };

/** Sends one message through a channel of any kind. */
export function send(message: Message, channel: ChannelSettings, context: SendContext): Promise<Outcome> {
  switch (channel.type) {
    case 'email':
      return channels.email(message, channel, context);
    case 'webhook':
      return channels.webhook(message, channel, context);
    case 'slack':
      return channels.slack(message, channel, context);
    case 'teams':
      return channels.teams(message, channel, context);
    case 'googlechat':
      return channels.googlechat(message, channel, context);
    case 'pagerduty':
      return channels.pagerduty(message, channel, context);
    case 'apprise':
      return channels.apprise(message, channel, context);
  }
}
