import type { Message } from '../../model/message.ts';
import type { RoutedReport } from '../../model/routed.ts';
import type { GoogleChatChannel } from '../../model/settings.ts';
import type { RenderContext } from '../mail.ts';
import { toToken } from '../plain-text.ts';
import { toView } from '../view.ts';
import { type Brief, type BriefLine, type BriefPart, fitBrief } from './brief.ts';
import { toHttpMessage } from './http-message.ts';

/** A message may have 32,000 bytes (https://developers.google.com/workspace/chat/create-messages); some are kept for its envelope. */
const MAX_BYTES = 28_000;

/** A card shows 100 widgets and drops the rest without a word. */
const MAX_WIDGETS = 100;

/** Card texts know a little HTML; with these three escaped a name is a name. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function lineOf({ kind, text }: BriefLine): string {
  if (kind === 'title') return `<b>${escape(text)}</b>`;
  return kind === 'note' ? `<i>${escape(text)}</i>` : `• ${escape(text)}`;
}

function paragraph(lines: readonly string[]) {
  return { textParagraph: { text: lines.join('<br>') } };
}

/** A widget for each requirement: the lines up to the next title. */
function widgetsOf({ lines }: BriefPart) {
  const paragraphs: string[][] = [];
  for (const line of lines) {
    const last = paragraphs.at(-1);
    if (last === undefined || line.kind === 'title') paragraphs.push([lineOf(line)]);
    else last.push(lineOf(line));
  }
  return paragraphs.map(paragraph);
}

function toMessage(brief: Brief, thread: string) {
  const figures = brief.figures.map(({ figure, label }) => `<b>${escape(figure)}</b> ${escape(label)}`).join(' · ');
  const verdict = [
    `<b>${escape(brief.verdict)}</b>`,
    ...(brief.support === '' ? [] : [escape(brief.support)]),
    figures,
    ...brief.notices.map((text) => `<i>${escape(text)}</i>`),
  ];
  const sections = [
    { widgets: [paragraph(verdict)] },
    ...brief.parts.map((part) => ({ header: escape(part.heading), widgets: widgetsOf(part) })),
    { widgets: [paragraph([escape(brief.foot)])] },
  ];
  return {
    // Shown in notifications and where cards are not: a `text` would be one, too, but knows mentions.
    fallbackText: `${brief.headline}. ${brief.verdict}`,
    thread: { threadKey: thread },
    cardsV2: [{ cardId: 'report', card: { header: { title: brief.headline }, sections } }],
  };
}

/** A card with nothing but text. A `text` beside it would know mentions. */
export function toPlainChat(title: string, text: string) {
  const lines = text.split('\n').map(escape);
  return {
    fallbackText: title,
    cardsV2: [{ cardId: 'report', card: { sections: [{ widgets: [paragraph(lines)] }] } }],
  };
}

function fits(message: ReturnType<typeof toMessage>): boolean {
  const widgets = message.cardsV2.flatMap(({ card }) => card.sections.flatMap((section) => section.widgets));
  return widgets.length <= MAX_WIDGETS && Buffer.byteLength(JSON.stringify(message)) <= MAX_BYTES;
}

/** One card a report; the reports of an audit and group share a thread. */
export function renderGoogleChat(
  routed: RoutedReport,
  channel: GoogleChatChannel,
  context: RenderContext,
): readonly Message[] {
  const view = toView(routed, context.look, channel.detail, context.digest);
  const { run } = routed.report;
  const thread = `vt-auditor-${toToken(run.group)}-${toToken(routed.audit)}`;
  const body = fitBrief(view, (brief) => toMessage(brief, thread), fits);
  return [toHttpMessage({ run: run.id, channel: channel.name, key: '', kind: 'googlechat', body })];
}
