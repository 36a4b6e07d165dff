import type { SendContext } from '../../src/deliver/channel.ts';
import { silentLog } from '../../src/model/log.ts';
import type { EmailBody, Message, RecipientOutcomes } from '../../src/model/message.ts';
import { Secret } from '../../src/model/secret.ts';
import type {
  AppriseChannel,
  EmailChannel,
  GoogleChatChannel,
  NetworkSettings,
  PagerDutyChannel,
  SlackChannel,
  TeamsChannel,
  WebhookChannel,
} from '../../src/model/settings.ts';

/** No proxy, no authority of one's own. */
export const directly: NetworkSettings = { proxy: null, noProxy: [], ca: null };

/** Nobody has a mail yet. */
export const nobody: RecipientOutcomes = { accepted: [], refused: [] };

/** Half a minute and a bit past seven, so that rounding shows. */
export const AT = new Date('2026-11-23T07:00:30.700Z');

/** A context of an attempt. */
export function buildContext(over: Partial<SendContext> = {}): SendContext {
  return { at: AT, settled: nobody, signal: new AbortController().signal, log: silentLog, ...over };
}

/** A mail channel without encryption at a port of loopback. */
export function buildEmailChannel(
  port: number,
  over: Partial<EmailChannel> & { readonly smtpOver?: Partial<EmailChannel['smtp']> } = {},
): EmailChannel {
  const { smtpOver, ...rest } = over;
  return {
    type: 'email',
    name: 'security-team',
    detail: 'full',
    from: 'VT Auditor <auditor@acme.example>',
    to: ['soc@acme.example'],
    cc: [],
    bcc: [],
    replyTo: null,
    attach: [],
    smtp: {
      host: '127.0.0.1',
      port,
      security: 'none',
      user: null,
      password: null,
      oauth2: null,
      dkim: null,
      ...smtpOver,
    },
    network: directly,
    ...rest,
  };
}

/** A webhook channel with one secret. */
export function buildWebhookChannel(url: string, over: Partial<WebhookChannel> = {}): WebhookChannel {
  return {
    type: 'webhook',
    name: 'siem',
    detail: 'full',
    url: new Secret(url),
    secrets: [],
    format: 'report',
    network: directly,
    ...over,
  };
}

/** A Slack channel. */
export function buildSlackChannel(url: string): SlackChannel {
  return { type: 'slack', name: 'on-call', detail: 'ids', url: new Secret(url), network: directly };
}

/** A Teams channel. */
export function buildTeamsChannel(url: string): TeamsChannel {
  return { type: 'teams', name: 'operations', detail: 'ids', url: new Secret(url), network: directly };
}

/** A Google Chat channel. */
export function buildGoogleChatChannel(url: string): GoogleChatChannel {
  return { type: 'googlechat', name: 'space', detail: 'ids', url: new Secret(url), network: directly };
}

/** A PagerDuty channel whose routing key is planted. */
export function buildPagerDutyChannel(url: string, routingKey = 'planted'.padEnd(32, '0')): PagerDutyChannel {
  const secrets = { url: new Secret(url), routingKey: new Secret(routingKey) };
  return { type: 'pagerduty', name: 'pager', detail: 'ids', ...secrets, network: directly };
}

/** An Apprise channel. */
export function buildAppriseChannel(url: string, tag: string | null = null): AppriseChannel {
  return { type: 'apprise', name: 'everybody', detail: 'ids', url: new Secret(url), tag, network: directly };
}

/** A report by mail to one recipient, unless told otherwise. */
export function buildMail(id: string, over: Partial<EmailBody> = {}): Message {
  return {
    id,
    wireId: `<weekly.${id}@acme.example>`,
    channel: 'security-team',
    key: '',
    body: {
      kind: 'email',
      from: 'VT Auditor <auditor@acme.example>',
      to: ['soc@acme.example'],
      cc: [],
      bcc: [],
      replyTo: null,
      subject: 'Two findings are new',
      date: '2026-11-23T07:00:41.000Z',
      headers: { 'Auto-Submitted': 'auto-generated' },
      text: 'Two findings are new.\n',
      html: '<p>Two findings are new.</p>',
      attachments: [],
      ...over,
    },
  };
}
