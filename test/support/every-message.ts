import type { RoutedReport } from '../../src/model/routed.ts';
import type { ChannelSettings, Detail } from '../../src/model/settings.ts';
import { renderMessages } from '../../src/render/channels/index.ts';
import {
  appriseChannel,
  CONTEXT,
  emailChannel,
  googleChatChannel,
  pagerDutyChannel,
  slackChannel,
  teamsChannel,
  webhookChannel,
} from './render-builder.ts';

/** One channel of each kind and format, by a name for messages; mails carry every attachment there is. */
export function everyChannel(detail: Detail = 'full'): Readonly<Record<string, ChannelSettings>> {
  return {
    mail: emailChannel({ detail, attach: ['html', 'csv', 'json'] }),
    webhook: webhookChannel(detail),
    ocsf: webhookChannel(detail, 'ocsf'),
    cloudevents: webhookChannel(detail, 'cloudevents'),
    slack: slackChannel(detail),
    teams: teamsChannel(detail),
    googlechat: googleChatChannel(detail),
    pagerduty: pagerDutyChannel(detail),
    apprise: appriseChannel(detail),
  };
}

/** All that a report becomes, in every channel: the words that leave the program, by channel. */
export function everyMessage(routed: RoutedReport, detail: Detail = 'full'): Readonly<Record<string, string>> {
  const texts = Object.entries(everyChannel(detail)).map(([name, channel]) => {
    const messages = renderMessages(routed, channel, CONTEXT);
    return [name, messages.map(({ body }) => (body.kind === 'email' ? JSON.stringify(body) : body.body)).join('\n')];
  });
  return Object.fromEntries(texts);
}
