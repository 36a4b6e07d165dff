import type { EmailBody, Message } from '../../src/model/message.ts';
import type { Report } from '../../src/model/report.ts';
import type { RoutedReport } from '../../src/model/routed.ts';
import { Secret } from '../../src/model/secret.ts';
import type {
  AppriseChannel,
  Detail,
  EmailChannel,
  GoogleChatChannel,
  NetworkSettings,
  PagerDutyChannel,
  SlackChannel,
  TeamsChannel,
  WebhookChannel,
} from '../../src/model/settings.ts';
import type { RenderContext } from '../../src/render/mail.ts';
import { renderMail } from '../../src/render/mail.ts';
import { loadTemplates } from '../../src/render/templates.ts';
import { toView } from '../../src/render/view.ts';
import type { View } from '../../src/render/view-model.ts';
import { buildRouted, LOOK } from './report-builder.ts';

const NETWORK: NetworkSettings = { proxy: null, noProxy: [], ca: null };

/** Templates and look as tests render with them. */
export const CONTEXT: RenderContext = { templates: loadTemplates(), look: LOOK, digest: 'ab12cd34ef56aa7788' };

/** A mail channel. */
export function emailChannel(over: Partial<EmailChannel> = {}): EmailChannel {
  return {
    type: 'email',
    name: 'security-team',
    detail: 'full',
    from: 'VT Auditor <auditor@northwind.example>',
    to: ['soc@northwind.example'],
    cc: [],
    bcc: [],
    replyTo: null,
    attach: [],
    smtp: {
      host: 'mail.northwind.example',
      port: 587,
      security: 'starttls',
      user: null,
      password: null,
      oauth2: null,
      dkim: null,
    },
    network: NETWORK,
    ...over,
  };
}

/** A webhook channel. */
export function webhookChannel(detail: Detail = 'full', format: WebhookChannel['format'] = 'report'): WebhookChannel {
  const url = new Secret('https://siem.northwind.example/hook');
  return { type: 'webhook', name: 'siem', detail, url, secrets: [], format, network: NETWORK };
}

/** A Slack channel. */
export function slackChannel(detail: Detail = 'ids'): SlackChannel {
  const url = new Secret('https://hooks.example/T/B/x');
  return { type: 'slack', name: 'on-call', detail, url, network: NETWORK };
}

/** A Teams channel. */
export function teamsChannel(detail: Detail = 'ids'): TeamsChannel {
  return { type: 'teams', name: 'operations', detail, url: new Secret('https://flows.example/x'), network: NETWORK };
}

/** A Google Chat channel. */
export function googleChatChannel(detail: Detail = 'ids'): GoogleChatChannel {
  return { type: 'googlechat', name: 'space', detail, url: new Secret('https://chat.example/x'), network: NETWORK };
}

/** A PagerDuty channel. */
export function pagerDutyChannel(detail: Detail = 'ids'): PagerDutyChannel {
  const secrets = { url: new Secret('https://events.example/v2'), routingKey: new Secret('k'.repeat(32)) };
  return { type: 'pagerduty', name: 'pager', detail, ...secrets, network: NETWORK };
}

/** An Apprise channel. */
export function appriseChannel(detail: Detail = 'ids'): AppriseChannel {
  const url = new Secret('http://apprise.example/notify/soc');
  return { type: 'apprise', name: 'everybody', detail, url, tag: 'soc', network: NETWORK };
}

/** The view of a report for a reader who was told of everything that is not new. */
export function viewOf(report: Report, detail: Detail = 'full', over: Partial<RoutedReport> = {}): View {
  return toView(buildRouted(report, over), LOOK, detail, CONTEXT.digest);
}

/** The mail of a report. */
export function mailOf(
  report: Report,
  over: Partial<EmailChannel> = {},
  routed: Partial<RoutedReport> = {},
): EmailBody {
  return renderMail(buildRouted(report, routed), emailChannel(over), CONTEXT);
}

/** What a reader of an HTML text sees: no tags, no styles, entities read. */
export function visibleText(html: string): string {
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ', middot: '·' };
  return html
    .replace(/<(style|script|title)\b[\s\S]*?<\/\1>/g, ' ')
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&([a-z]+);/g, (whole, name: string) => entities[name] ?? whole);
}

/** The one message of a list. */
export function onlyOne(messages: readonly Message[]): Message {
  const [message] = messages;
  if (message === undefined || messages.length > 1) throw new Error(`expected one message, got ${messages.length}`);
  return message;
}
