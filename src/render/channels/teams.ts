import type { Message } from '../../model/message.ts';
import type { RoutedReport } from '../../model/routed.ts';
import type { TeamsChannel } from '../../model/settings.ts';
import type { RenderContext } from '../mail.ts';
import { toView } from '../view.ts';
import { type Brief, type BriefLine, type BriefPart, fitBrief } from './brief.ts';
import { toHttpMessage } from './http-message.ts';

/** Teams refuses a message above 28 KB as it encodes it itself, which has been a fifth more than what was sent (msteams-docs#11274). */
const MAX_BYTES = 18 * 1024;

/** An element of an Adaptive Card. */
interface Element {
  readonly type: string;
  readonly [field: string]: unknown;
}

/**
 * A text that may hold anything. Runs of a RichTextBlock know no Markdown, mentions or date functions, unlike TextBlock, so that a name
 * can neither format nor call anybody (https://adaptivecards.io/explorer/TextRun.html).
 */
function runs(...inlines: readonly Element[]): Element {
  return { type: 'RichTextBlock', inlines };
}

function run(text: string, style: Readonly<Record<string, unknown>> = {}): Element {
  return { type: 'TextRun', text, ...style };
}

const QUIET = { isSubtle: true, size: 'Small' } as const;
const STRONG = { weight: 'Bolder' } as const;

function lineOf({ kind, text }: BriefLine): Element {
  if (kind === 'title') return { ...runs(run(text, STRONG)), spacing: 'Medium' };
  if (kind === 'note') return { ...runs(run(text, QUIET)), spacing: 'Small' };
  return { ...runs(run(`• ${text}`)), spacing: 'Small' };
}

function partOf({ heading, lines }: BriefPart): Element {
  return {
    type: 'Container',
    separator: true,
    spacing: 'Medium',
    items: [runs(run(heading, { ...STRONG, size: 'Medium' })), ...lines.map(lineOf)],
  };
}

function figuresOf({ figures }: Brief): Element {
  return {
    type: 'ColumnSet',
    columns: figures.map(({ figure, label }) => ({
      type: 'Column',
      width: 'stretch',
      items: [runs(run(figure, { ...STRONG, size: 'Large' })), { ...runs(run(label, QUIET)), spacing: 'None' }],
    })),
  };
}

function toCard(brief: Brief) {
  const body: readonly Element[] = [
    runs(run(brief.headline, QUIET)),
    runs(run(brief.verdict, { ...STRONG, size: 'Medium' })),
    ...(brief.support === '' ? [] : [{ ...runs(run(brief.support)), spacing: 'Small' }]),
    figuresOf(brief),
    ...brief.notices.map((text) => ({ ...runs(run(text, QUIET)), spacing: 'Small' })),
    ...brief.parts.map(partOf),
    { ...runs(run(brief.foot, QUIET)), separator: true },
  ];
  return toMessage(`${brief.headline}. ${brief.verdict}`, body);
}

function toMessage(fallbackText: string, body: readonly Element[]) {
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.5',
          fallbackText,
          msteams: { width: 'Full' },
          body,
        },
      },
    ],
  };
}

/** A card with nothing but text, a block a line. */
export function toPlainCard(text: string) {
  const lines = text.split('\n').filter((line) => line !== '');
  return toMessage(
    lines[0] ?? '',
    lines.map((line) => runs(run(line))),
  );
}

/** Bytes once everything beyond ASCII is written as `\\uXXXX`, as the receiver may do it. */
function escapedBytes(value: unknown): number {
  const text = JSON.stringify(value);
  return text.length + 5 * (text.match(/[^\u0020-\u007E]/g)?.length ?? 0);
}

/** One Adaptive Card a report, for a Workflows webhook (“When a Teams webhook request is received”). */
export function renderTeams(routed: RoutedReport, channel: TeamsChannel, context: RenderContext): readonly Message[] {
  const view = toView(routed, context.look, channel.detail, context.digest);
  const body = fitBrief(view, toCard, (card) => escapedBytes(card) <= MAX_BYTES);
  return [toHttpMessage({ run: routed.report.run.id, channel: channel.name, key: '', kind: 'teams', body })];
}
