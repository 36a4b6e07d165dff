import type { Message } from '../../model/message.ts';
import type { RoutedReport } from '../../model/routed.ts';
import type { SlackChannel } from '../../model/settings.ts';
import { fitView } from '../fit.ts';
import type { RenderContext } from '../mail.ts';
import { hookWireId, messageId } from '../message-id.ts';
import { cleanText } from '../plain-text.ts';
import { toView } from '../view.ts';
import type { FindingGroup, View } from '../view-model.ts';
import { closedText, rowText } from './brief.ts';

/** Slack refuses a section of more than 3,000 characters, and a message of about 13,000 over all blocks (bolt-js#2509). */
const MAX_SECTION = 2_900;
const MAX_TOTAL = 10_000;
const ROWS = 14;

interface Block {
  readonly type: 'header' | 'section' | 'context' | 'divider';
  readonly [field: string]: unknown;
}

/** Slack's three special characters; escaping them also defuses `<!channel>` and links. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A mark opens or closes formatting only at the edge of a word; `northwind_dfir` stays as it is and can be copied. */
const EDGE_MARK = /(?<![\p{L}\p{N}])[*_~`]|[*_~`](?![\p{L}\p{N}])/gu;

/** A value that Slack shows as it is: a thin space beside a mark makes it no mark. */
function plain(text: string): string {
  return escape(text).replace(EDGE_MARK, '\u2009$&\u2009');
}

/** Whole lines until the section is full. */
function joinLines(lines: readonly string[], max: number): string {
  const shown: string[] = [];
  let size = 0;
  for (const line of lines) {
    const next = line.length + 1;
    if (size + next > max - 20) {
      shown.push(`+${lines.length - shown.length} more lines`);
      break;
    }
    shown.push(line);
    size += next;
  }
  return shown.join('\n');
}

function section(lines: readonly string[]): Block {
  return { type: 'section', text: { type: 'mrkdwn', text: joinLines(lines, MAX_SECTION), verbatim: true } };
}

function groupLines(group: FindingGroup): readonly string[] {
  return [
    `*${plain(group.title)}* · ${group.severity.word} · ${group.count}`,
    ...group.rows.map((row) => `• ${plain(rowText(row))} ${plain(row.age)}.`),
    ...(group.more === '' ? [] : [plain(group.more)]),
    `_How to fix:_ ${plain(cleanText(group.fix, 200))}`,
  ];
}

function listBlock(title: string, lines: readonly string[]): readonly Block[] {
  return lines.length === 0 ? [] : [section([`*${plain(title)}*`, ...lines])];
}

function blocksOf(view: View): readonly Block[] {
  const changed = [
    ...view.changes.groups.flatMap(groupLines),
    ...view.changes.closed.map((row) => `• ${row.word}: ${plain(closedText(row))}`),
    ...[view.changes.more, view.changes.moreClosed].filter((text) => text !== '').map(plain),
  ];
  const open = [...view.open.groups.flatMap(groupLines), ...(view.open.more === '' ? [] : [plain(view.open.more)])];
  const unchecked = view.unchecked.rows.map((row) => `• ${plain(row.what)}: ${plain(cleanText(row.why, 200))}`);
  const figures = view.strip.map(({ figure, label }) => `*${figure}* ${label}`).join('   ');
  const foot = view.footer.filter(({ label }) => ['Run', 'When', 'Report digest'].includes(label));
  return [
    { type: 'header', text: { type: 'plain_text', text: cleanText(view.headline, 150), emoji: false } },
    section([
      `${view.verdict.shape} *${plain(view.verdict.sentence)}*`,
      ...(view.verdict.support === '' ? [] : [plain(view.verdict.support)]),
      figures,
      ...view.notices.map(({ text }) => plain(text)),
    ]),
    ...listBlock(view.changes.heading, changed),
    ...listBlock(view.open.heading, open),
    ...listBlock(view.unchecked.heading, unchecked),
    {
      type: 'context',
      elements: [{ type: 'mrkdwn', text: plain(foot.map(({ label, value }) => `${label} ${value}`).join(' · ')) }],
    },
  ];
}

/** The message in as many rows as Slack takes. */
function fitBlocks(view: View): readonly Block[] {
  for (const rows of [ROWS, 8, 4]) {
    const blocks = blocksOf(fitView(view, rows, 'in the full report'));
    if (JSON.stringify(blocks).length <= MAX_TOTAL) return blocks;
  }
  const short = blocksOf(fitView(view, 1, 'in the full report')).slice(0, 2);
  return [...short, section(['_The findings are too long for this message; they are in the full report._'])];
}

/** One Slack message a report. `text` is what notifications show. */
export function renderSlack(routed: RoutedReport, channel: SlackChannel, context: RenderContext): readonly Message[] {
  const view = toView(routed, context.look, channel.detail, context.digest);
  const run = routed.report.run.id;
  const body = { text: escape(cleanText(`${view.headline} ${view.verdict.sentence}`, 400)), blocks: fitBlocks(view) };
  return [
    {
      id: messageId(run, channel.name, ''),
      wireId: hookWireId(run, channel.name, ''),
      channel: channel.name,
      key: '',
      body: { kind: 'slack', contentType: 'application/json; charset=utf-8', body: JSON.stringify(body) },
    },
  ];
}
