import type { Message } from '../../model/message.ts';
import type { RoutedReport } from '../../model/routed.ts';
import type { EmailChannel } from '../../model/settings.ts';
import { domainOf, type RenderContext, renderMail } from '../mail.ts';
import { mailWireId, messageId } from '../message-id.ts';

/** One mail a report. */
export function renderEmail(routed: RoutedReport, channel: EmailChannel, context: RenderContext): readonly Message[] {
  return [
    {
      id: messageId(routed.report.run.id, channel.name, ''),
      wireId: mailWireId(routed, channel.name, domainOf(channel.from)),
      channel: channel.name,
      key: '',
      body: renderMail(routed, channel, context),
    },
  ];
}
