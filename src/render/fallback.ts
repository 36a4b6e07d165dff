import type { EmailBody, HttpBody, Message, MessageBody } from '../model/message.ts';
import type { Report } from '../model/report.ts';
import type { RoutedReport } from '../model/routed.ts';
import type { ChannelSettings, EmailChannel, WebhookChannel } from '../model/settings.ts';
import { toEventBody } from './channels/event.ts';
import { toPlainChat } from './channels/googlechat.ts';
import { toPlainCard } from './channels/teams.ts';
import { runEvent } from './channels/webhook.ts';
import { countFindings } from './counts.ts';
import { domainOf, toHeaderText } from './mail.ts';
import { hookWireId, mailWireId, messageId } from './message-id.ts';
import { cleanText, toToken } from './plain-text.ts';
import { withholdAddresses } from './privacy.ts';
import { reportTime } from './record-view.ts';
import { writeSubject } from './verdict-view.ts';

/** The sentence of an error, with that of its cause: template and place, no address. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown error';
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return withholdAddresses(cleanText(`${error.message}${cause}`, 400));
}

/** What is sent when the report could not be rendered: the counts, and which template failed. It names no account. */
export function renderFailureText(report: Report, channel: string, error: unknown): string {
  const { run, summary } = report;
  const { rules, findings, bySeverity } = summary;
  return [
    `The report of this audit could not be rendered for the channel ${cleanText(channel, 80)}.`,
    `What failed: ${describe(error)}.`,
    '',
    `Group ${cleanText(run.group, 80)}, audit ${cleanText(run.audit, 80)}, run ${toToken(run.id)}: ${run.status}.`,
    ...(run.status === 'failed'
      ? ['The run failed: what was open before stays open, unverified.']
      : [
          `Requirements: ${rules.passed} met, ${rules.breached} not met, ${rules.notEvaluated} could not be checked, ${rules.disabled} switched off.`,
          `Findings${run.status === 'partial' ? ', as far as could be looked at' : ''}: ${findings.new} new, ${findings.persisting} still open, ${findings.unverified} not verified, ${findings.resolved} resolved.`,
        ]),
    `Open by severity: ${bySeverity.critical} critical, ${bySeverity.high} high, ${bySeverity.medium} medium, ${bySeverity.low} low.`,
    '',
    'The findings are in the database: `vt-auditor findings`. Mend the template; the next run uses it.',
    '',
  ].join('\n');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function toMail(routed: RoutedReport, channel: EmailChannel, text: string): EmailBody {
  const { report, audit } = routed;
  const subject = writeSubject(routed, countFindings(routed));
  return {
    kind: 'email',
    from: channel.from,
    to: channel.to,
    cc: channel.cc,
    bcc: channel.bcc,
    replyTo: channel.replyTo,
    subject: toHeaderText(`[Audit] ${toToken(report.run.group)}: ${subject}, not rendered (${toToken(audit)})`),
    date: reportTime(report),
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'OOF, AutoReply, RN, NRN, DR',
      'X-Audit-Report': toToken(audit),
      'X-Audit-Run': toToken(report.run.id),
      'X-Audit-Result': `${report.run.status}-not-rendered`,
    },
    text,
    html: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Audit report</title></head><body><pre>${escapeHtml(text)}</pre></body></html>`,
    attachments: [],
  };
}

function toEvent(routed: RoutedReport, channel: WebhookChannel, text: string): HttpBody {
  const data = { schema: '1', audit: routed.audit, report: null, error: text };
  return toEventBody(runEvent(routed, channel, data), channel.format);
}

/** The same text in the form that each service takes. */
function toPost(routed: RoutedReport, channel: Exclude<ChannelSettings, EmailChannel>, text: string): HttpBody {
  const json = (kind: HttpBody['kind'], body: unknown): HttpBody => ({
    kind,
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify(body),
  });
  const { run } = routed.report;
  switch (channel.type) {
    case 'webhook':
      return toEvent(routed, channel, text);
    case 'slack':
      return json('slack', { text: escapeHtml(text) });
    case 'teams':
      return json('teams', toPlainCard(text));
    case 'googlechat':
      return json('googlechat', toPlainChat('A report could not be rendered.', text));
    case 'pagerduty':
      return json('pagerduty', {
        event_action: 'trigger',
        dedup_key: `vt-auditor-${messageId(run.group, channel.name, 'not rendered')}`,
        payload: {
          summary: cleanText(text, 1_000),
          source: cleanText(run.group, 200),
          severity: 'error',
          timestamp: reportTime(routed.report),
        },
      });
    case 'apprise':
      return json('apprise', {
        title: 'A report could not be rendered',
        body: text,
        type: 'failure',
        format: 'text',
        ...(channel.tag === null ? {} : { tag: channel.tag }),
      });
  }
}

function bodyOf(routed: RoutedReport, channel: ChannelSettings, text: string): MessageBody {
  return channel.type === 'email' ? toMail(routed, channel, text) : toPost(routed, channel, text);
}

/** The message for a channel whose rendering threw, under the ids that the report would have had. */
export function renderFallback(routed: RoutedReport, channel: ChannelSettings, error: unknown): readonly Message[] {
  const { run } = routed.report;
  const text = renderFailureText(routed.report, channel.name, error);
  const wireId =
    channel.type === 'email'
      ? mailWireId(routed, channel.name, domainOf(channel.from))
      : hookWireId(run.id, channel.name, '');
  return [
    {
      id: messageId(run.id, channel.name, ''),
      wireId,
      channel: channel.name,
      key: '',
      body: bodyOf(routed, channel, text),
    },
  ];
}
