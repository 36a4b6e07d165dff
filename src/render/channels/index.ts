import type { Message } from '../../model/message.ts';
import type { RoutedReport } from '../../model/routed.ts';
import type { ChannelSettings } from '../../model/settings.ts';
import type { RenderContext } from '../mail.ts';
import { renderEmail } from './email.ts';
import { renderSlack } from './slack.ts';
import { renderWebhook } from './webhook.ts';

type ChannelOf<Type extends ChannelSettings['type']> = Extract<ChannelSettings, { readonly type: Type }>;

/** Report → messages, by kind of channel; the compiler asks for one of each. */
export const CHANNELS: {
  readonly [Type in ChannelSettings['type']]: (
    routed: RoutedReport,
    channel: ChannelOf<Type>,
    context: RenderContext,
  ) => readonly Message[];
} = { email: renderEmail, webhook: renderWebhook, slack: renderSlack };

/**
 * A reader's report as messages for its channel. The same input gives the same bytes and ids.
 * @throws what a template throws: the caller then sends `renderFallback`.
 */
export function renderMessages(
  routed: RoutedReport,
  channel: ChannelSettings,
  context: RenderContext,
): readonly Message[] {
  if (channel.type === 'email') return CHANNELS.email(routed, channel, context);
  if (channel.type === 'webhook') return CHANNELS.webhook(routed, channel, context);
  return CHANNELS.slack(routed, channel, context);
}
