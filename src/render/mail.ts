import type { Attachment, EmailBody } from '../model/message.ts';
import type { ReportLook } from '../model/report.ts';
import type { RoutedReport } from '../model/routed.ts';
import type { Detail, EmailChannel } from '../model/settings.ts';
import { renderCsv } from './csv.ts';
import { formatList } from './figures.ts';
import { fitView, hasMoreFindings, MAIL_ROWS } from './fit.ts';
import { renderJson } from './json.ts';
import { renderPage } from './page.ts';
import { toToken } from './plain-text.ts';
import { reportTime } from './record-view.ts';
import type { Templates } from './templates.ts';
import { renderText } from './text.ts';
import { toView } from './view.ts';
import type { View } from './view-model.ts';

/** Gmail cuts a mail off above about 102 KB of HTML. */
export const MAX_HTML_BYTES = 90 * 1024;

/** Attachments together; in transit they grow by a third, and relays commonly refuse 10 MB. */
const MAX_ATTACHED_BYTES = 6 * 1024 * 1024;

/** What renderings need beside the report. */
export interface RenderContext {
  readonly templates: Templates;
  readonly look: ReportLook;
  /** The report's SHA-256 in hex, printed in part; null when it is not known yet. */
  readonly digest: string | null;
}

type MailChannel = Pick<EmailChannel, 'name' | 'detail' | 'from' | 'to' | 'cc' | 'bcc' | 'replyTo' | 'attach'>;

interface Bodies {
  readonly html: string;
  readonly text: string;
}

/**
 * Both bodies, with as many rows as fit.
 * @throws when even the shortest form is too large, which no data can cause.
 */
function fitMail(view: View, templates: Templates, where: string): Bodies {
  for (const rows of [MAIL_ROWS, 20, 10, 4, 1]) {
    const fitted = fitView(view, rows, where);
    const html = templates.mail(fitted);
    if (Buffer.byteLength(html) <= MAX_HTML_BYTES) return { html, text: renderText(fitted, templates) };
  }
  throw new Error('The mail is larger than 90 KB with a single row: a template repeats something');
}

/** `northwind_dfir-2026-11-23-INCOMPLETE-findings.csv`: ASCII, and nobody takes part of a report for the whole. */
function fileName({ report }: RoutedReport, rest: string): string {
  const state = { complete: '', partial: '-INCOMPLETE', failed: '-FAILED', running: '-RUNNING' }[report.run.status];
  const narrowed = report.run.narrowed ? '-NARROWED' : '';
  return `${toToken(report.run.group)}-${reportTime(report).slice(0, 10)}${state}${narrowed}-${rest}`;
}

const MAKERS = {
  csv: (routed: RoutedReport, detail: Detail): Omit<Attachment, 'filename'> => ({
    contentType: 'text/csv; charset=utf-8',
    content: renderCsv([routed.report], detail),
  }),
  json: (routed: RoutedReport, detail: Detail): Omit<Attachment, 'filename'> => ({
    contentType: 'application/json; charset=utf-8',
    content: renderJson([routed.report], detail),
  }),
};

const ENDINGS = { csv: 'findings.csv', json: 'report.json', html: 'report.html' } as const;

interface Attachable {
  readonly routed: RoutedReport;
  readonly detail: Detail;
  readonly view: View;
  readonly context: RenderContext;
}

function attach(kind: 'html' | 'csv' | 'json', { routed, detail, view, context }: Attachable): Attachment {
  const filename = fileName(routed, ENDINGS[kind]);
  if (kind !== 'html') return { filename, ...MAKERS[kind](routed, detail) };
  return { filename, contentType: 'text/html; charset=utf-8', content: renderPage(view, context.templates) };
}

interface Attached {
  readonly attachments: readonly Attachment[];
  readonly sentence: string;
}

/** Drops the largest attachments until the rest may travel, and says so. */
function limitSize(attachments: readonly Attachment[]): Attached {
  const kept = [...attachments];
  const dropped: string[] = [];
  const size = (file: Attachment) => Buffer.byteLength(file.content);
  while (kept.reduce((sum, file) => sum + size(file), 0) > MAX_ATTACHED_BYTES) {
    const largest = kept.reduce((top, file) => (size(file) > size(top) ? file : top));
    kept.splice(kept.indexOf(largest), 1);
    dropped.push(largest.filename);
  }
  const parts: string[] = [];
  if (kept.length > 0) parts.push(`Attached: ${formatList(kept.map((file) => file.filename))}.`);
  if (dropped.length > 0)
    parts.push(`Too large to attach: ${formatList(dropped)}; \`vt-auditor findings\` has it all.`);
  return { attachments: kept, sentence: parts.join(' ') };
}

function attachAll(channel: MailChannel, parts: Attachable): Attached {
  const wanted = new Set<'html' | 'csv' | 'json'>(channel.attach);
  // What a mail has no room for must still reach the reader; `counts` names nobody, so there is nothing to list.
  if (channel.detail !== 'counts' && hasMoreFindings(parts.view, MAIL_ROWS)) wanted.add('csv');
  return limitSize([...wanted].sort().map((kind) => attach(kind, parts)));
}

function where(attachments: readonly Attachment[]): string {
  if (attachments.some((file) => file.filename.endsWith('.csv'))) return 'in the attached list';
  return attachments.length > 0 ? 'in the attached report' : 'in the database of the auditor';
}

function listId(routed: RoutedReport, domain: string): string {
  return `<${toToken(routed.audit)}.vt-auditor.${domain}>`;
}

/** The domain of a sender, `Name <a@b>` or `a@b`. */
export function domainOf(from: string): string {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1];
  return domain ?? 'localhost';
}

function headersOf(routed: RoutedReport, channel: MailChannel): Readonly<Record<string, string>> {
  const { run } = routed.report;
  const recipients = channel.to.length + channel.cc.length + channel.bcc.length;
  const owner = channel.replyTo;
  return {
    'Auto-Submitted': 'auto-generated',
    // Not `All`: that would suppress the bounces, which the sender wants (MS-OXCMAIL 2.1.3.2.20).
    'X-Auto-Response-Suppress': 'OOF, AutoReply, RN, NRN, DR',
    'List-Id': listId(routed, domainOf(channel.from)),
    ...(owner !== null && recipients > 1
      ? { 'List-Unsubscribe': `<mailto:${mailtoAddress(owner)}?subject=unsubscribe%20${toToken(routed.audit)}>` }
      : {}),
    'X-Audit-Report': toToken(routed.audit),
    'X-Audit-Group': toToken(run.group),
    'X-Audit-Run': toToken(run.id),
    'X-Audit-Result': toToken(run.narrowed ? `${run.status}-narrowed` : run.status),
  };
}

function mailtoAddress(address: string): string {
  const plain = /<([^<>]*)>\s*$/.exec(address)?.[1] ?? address;
  return encodeURIComponent(plain.trim()).replace('%40', '@');
}

/** The subject without anything that could end a header. */
export function toHeaderText(text: string): string {
  // Headers take one line; names have lost their controls before, this is for whatever comes.
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replace(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g, ' ').slice(0, 200);
}

/** A reader's report as a mail: both bodies, headers, attachments. The same input gives the same bytes. */
export function renderMail(routed: RoutedReport, channel: MailChannel, context: RenderContext): EmailBody {
  const view = toView(routed, context.look, channel.detail, context.digest);
  const { attachments, sentence } = attachAll(channel, { routed, detail: channel.detail, view, context });
  const bodies = fitMail({ ...view, attached: sentence }, context.templates, where(attachments));
  return {
    kind: 'email',
    from: channel.from,
    to: channel.to,
    cc: channel.cc,
    bcc: channel.bcc,
    replyTo: channel.replyTo,
    subject: toHeaderText(view.subject),
    date: reportTime(routed.report),
    headers: headersOf(routed, channel),
    ...bodies,
    attachments,
  };
}
