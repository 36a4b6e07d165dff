import { digestOf } from '../model/finding.ts';
import { toDay } from '../model/instant.ts';
import type { EmailBody, HttpBody, Message, MessageBody } from '../model/message.ts';
import type { Notice } from '../model/notice.ts';
import type { ReportLook } from '../model/report.ts';
import type { ChannelSettings, EmailChannel } from '../model/settings.ts';
import { toEventBody } from './channels/event.ts';
import { toPlainChat } from './channels/googlechat.ts';
import { toPlainCard } from './channels/teams.ts';
import { domainOf, toHeaderText } from './mail.ts';
import { hookWireId, messageId } from './message-id.ts';
import { momentsIn } from './moments.ts';
import { cleanText, toSentence } from './plain-text.ts';
import { withholdAddresses } from './privacy.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/** A line of a notice is cut here; it has room for every problem of a configuration. */
const MAX_LINE = 400;
const MAX_LINES = 40;

/** PagerDuty takes no longer summary. */
const MAX_SUMMARY = 1000;

/** What is written, in plain text, for whatever channel. */
interface Written {
  readonly title: string;
  readonly lines: readonly string[];
  readonly when: string;
}

function write(notice: Notice, { detail }: ChannelSettings, look: ReportLook): Written {
  const withhold = detail === 'full' ? (text: string): string => text : withholdAddresses;
  const clean = (line: string): string => withhold(toSentence(cleanText(line, MAX_LINE)));
  const shown = notice.lines.slice(0, MAX_LINES).map(clean);
  const more = notice.lines.length - shown.length;
  return {
    title: withhold(cleanText(notice.title, 150)),
    lines: more > 0 ? [...shown, `And ${more} more; see the log.`] : shown,
    when: momentsIn(look.timezone, notice.at).fullTime(notice.at),
  };
}

function toText({ title, lines, when }: Written): string {
  return [toSentence(title), '', ...lines, '', `${when}. A notice of the auditor itself, not a report.`, ''].join('\n');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function toHtml({ title, lines, when }: Written): string {
  const paragraphs = lines.map((line) => `<p style="margin:0 0 10px">${escapeHtml(line)}</p>`).join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head><body style="font:16px/1.5 system-ui,sans-serif;margin:24px;max-width:600px"><h1 style="font-size:20px">${escapeHtml(title)}</h1>${paragraphs}<p style="font-size:13px">${escapeHtml(when)}. A notice of the auditor itself, not a report.</p></body></html>`;
}

function toMail(notice: Notice, written: Written, channel: EmailChannel): EmailBody {
  return {
    kind: 'email',
    from: channel.from,
    to: channel.to,
    cc: channel.cc,
    bcc: channel.bcc,
    replyTo: channel.replyTo,
    subject: toHeaderText(`[Audit] Notice: ${written.title}`),
    date: notice.at,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'OOF, AutoReply, RN, NRN, DR',
      'X-Audit-Result': 'notice',
    },
    text: toText(written),
    html: toHtml(written),
    attachments: [],
  };
}

function toJson(kind: HttpBody['kind'], body: unknown): HttpBody {
  return { kind, contentType: JSON_TYPE, body: JSON.stringify(body) };
}

function toIncident(notice: Notice, { title, lines }: Written): unknown {
  return {
    event_action: 'trigger',
    dedup_key: digestOf(`notice ${notice.cause}`),
    payload: {
      summary: `vt-auditor: ${title}`.slice(0, MAX_SUMMARY),
      source: 'vt-auditor',
      severity: 'warning',
      timestamp: notice.at,
      custom_details: { lines },
    },
  };
}

function bodyOf(notice: Notice, channel: ChannelSettings, look: ReportLook): MessageBody {
  const written = write(notice, channel, look);
  const text = toText(written);
  switch (channel.type) {
    case 'email':
      return toMail(notice, written, channel);
    case 'webhook':
      return toEventBody(
        {
          type: 'audit.notice',
          timestamp: notice.at,
          id: hookWireId(aboutOf(notice), channel.name, notice.cause),
          group: null,
          subject: cleanText(notice.cause, 200),
          data: { schema: '1', cause: notice.cause, title: written.title, lines: written.lines },
        },
        channel.format,
      );
    case 'slack':
      return toJson('slack', { text: escapeHtml(text) });
    case 'googlechat':
      return toJson('googlechat', toPlainChat(written.title, text));
    case 'teams':
      return toJson('teams', toPlainCard(text));
    case 'pagerduty':
      return toJson('pagerduty', toIncident(notice, written));
    case 'apprise':
      return toJson('apprise', {
        title: written.title,
        body: text,
        type: 'warning',
        format: 'text',
        ...(channel.tag === null ? {} : { tag: channel.tag }),
      });
  }
}

/** What stands in the place of a run. */
function aboutOf({ at }: Notice): string {
  return `notice ${toDay(at)}`;
}

/** A notice for one channel, in its plainest form. The ids follow from cause, day and channel: the same cause is one message a day. */
export function renderNotice(notice: Notice, channel: ChannelSettings, look: ReportLook): readonly Message[] {
  const about = aboutOf(notice);
  const id = messageId(about, channel.name, notice.cause);
  const wireId =
    channel.type === 'email'
      ? `<notice-${toDay(notice.at)}.${id.slice(0, 16)}@${domainOf(channel.from)}>`
      : hookWireId(about, channel.name, notice.cause);
  // A newer notice of the cause replaces one that is still owed; reports are never held back by either.
  const key = `notice:${digestOf(notice.cause).slice(0, 24)}`;
  return [{ id, wireId, channel: channel.name, key, body: bodyOf(notice, channel, look) }];
}
