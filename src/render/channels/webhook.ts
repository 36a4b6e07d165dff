import type { Message } from '../../model/message.ts';
import type { RoutedReport } from '../../model/routed.ts';
import type { WebhookChannel } from '../../model/settings.ts';
import { toReportJson } from '../json.ts';
import { hookWireId, messageId } from '../message-id.ts';
import { reportTime } from '../record-view.ts';

/** One Standard Webhooks event a report: `audit.run.completed`, also for a partial run, or `audit.run.failed`. */
export function renderWebhook(routed: RoutedReport, channel: WebhookChannel): readonly Message[] {
  const { report, audit } = routed;
  const { run } = report;
  const event = {
    type: run.status === 'failed' ? 'audit.run.failed' : 'audit.run.completed',
    timestamp: reportTime(report),
    data: { schema: '1', audit, detail: channel.detail, report: toReportJson(report, channel.detail) },
  };
  return [
    {
      id: messageId(run.id, channel.name, ''),
      wireId: hookWireId(run.id, channel.name, ''),
      channel: channel.name,
      key: '',
      body: { kind: 'webhook', contentType: 'application/json', body: JSON.stringify(event) },
    },
  ];
}
