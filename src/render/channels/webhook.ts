import type { HttpBody, Message } from '../../model/message.ts';
import type { RoutedReport } from '../../model/routed.ts';
import type { WebhookChannel } from '../../model/settings.ts';
import { toReportJson } from '../json.ts';
import { hookWireId, messageId } from '../message-id.ts';
import { renderOcsf } from '../ocsf.ts';
import { reportTime } from '../record-view.ts';
import { type HookEvent, toEventBody } from './event.ts';

/** What happened: `audit.run.completed`, also for a partial run, or `audit.run.failed`. */
export function runEvent(
  { report }: RoutedReport,
  { name }: Pick<WebhookChannel, 'name'>,
  data: HookEvent['data'],
): HookEvent {
  const { id, group, status } = report.run;
  return {
    type: status === 'failed' ? 'audit.run.failed' : 'audit.run.completed',
    timestamp: reportTime(report),
    id: hookWireId(id, name, ''),
    group,
    subject: id,
    data,
  };
}

function bodyOf(routed: RoutedReport, channel: WebhookChannel): HttpBody {
  const { report, audit } = routed;
  const { detail, format } = channel;
  if (format === 'ocsf') {
    return { kind: 'webhook', contentType: 'application/x-ndjson', body: renderOcsf([report], detail) };
  }
  const data = { schema: '1', audit, detail, report: toReportJson(report, detail) };
  return toEventBody(runEvent(routed, channel, data), format);
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
