import type { HttpBody, Message } from '../../model/message.ts';
import type { RoutedReport } from '../../model/routed.ts';
import type { WebhookChannel } from '../../model/settings.ts';
import { toReportJson } from '../json.ts';
import { hookWireId, messageId } from '../message-id.ts';
import { renderOcsf } from '../ocsf.ts';
import { reportTime } from '../record-view.ts';

/** A Standard Webhooks event: `audit.run.completed`, also for a partial run, or `audit.run.failed`. */
function toEvent({ report, audit }: RoutedReport, channel: WebhookChannel) {
  return {
    type: report.run.status === 'failed' ? 'audit.run.failed' : 'audit.run.completed',
    timestamp: reportTime(report),
    data: { schema: '1', audit, detail: channel.detail, report: toReportJson(report, channel.detail) },
  };
}

function bodyOf(routed: RoutedReport, channel: WebhookChannel): HttpBody {
  if (channel.format === 'ocsf') {
    const body = renderOcsf([routed.report], channel.detail);
    return { kind: 'webhook', contentType: 'application/x-ndjson', body };
  }
  return { kind: 'webhook', contentType: 'application/json', body: JSON.stringify(toEvent(routed, channel)) };
}

/** One post a report: an event with the JSON report in it, or OCSF compliance findings, one a line. */
export function renderWebhook(routed: RoutedReport, channel: WebhookChannel): readonly Message[] {
  const { run } = routed.report;
  return [
    {
      id: messageId(run.id, channel.name, ''),
      wireId: hookWireId(run.id, channel.name, ''),
      channel: channel.name,
      key: '',
      body: bodyOf(routed, channel),
    },
  ];
}
