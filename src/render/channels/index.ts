import type { Message } from '../../model/message.ts';
import type { RoutedReport } from '../../model/routed.ts';
import type { ChannelSettings } from '../../model/settings.ts';
import type { RenderContext } from '../mail.ts';
import { renderApprise } from './apprise.ts';
import { renderEmail } from './email.ts';
import { renderGoogleChat } from './googlechat.ts';
import { renderPagerDuty } from './pagerduty.ts';
import { renderSlack } from './slack.ts';
import { renderTeams } from './teams.ts';
import { renderWebhook } from './webhook.ts';

type ChannelOf<Type extends ChannelSettings['type']> = Extract<ChannelSettings, { readonly type: Type }>;

/** Report → messages, by kind of channel; the compiler asks for one of each. */
export const CHANNELS: {
  readonly [Type in ChannelSettings['type']]: (
    routed: RoutedReport,
    channel: ChannelOf<Type>,
    context: RenderContext,
  ) => readonly Message[];
} = {
  email: renderEmail,
  webhook: renderWebhook,
  slack: renderSlack,
  teams: renderTeams,
  googlechat: renderGoogleChat,
  pagerduty: renderPagerDuty,
  apprise: renderApprise,
};

/**
 * A reader's report as messages for its channel. The same input gives the same bytes and ids.
 * @throws what a template throws: the caller then sends `renderFallback`.
 */
export function renderMessages(
  routed: RoutedReport,
  channel: ChannelSettings,
  context: RenderContext,
): readonly Message[] {
  switch (channel.type) {
    case 'email':
      return CHANNELS.email(routed, channel, context);
    case 'webhook':
      return CHANNELS.webhook(routed, channel, context);
    case 'slack':
      return CHANNELS.slack(routed, channel, context);
    case 'teams':
      return CHANNELS.teams(routed, channel, context);
    case 'googlechat':
      return CHANNELS.googlechat(routed, channel, context);
    case 'pagerduty':
      return CHANNELS.pagerduty(routed, channel, context);
    case 'apprise':
      return CHANNELS.apprise(routed, channel, context);
  }
}
