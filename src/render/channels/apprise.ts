import type { Message } from '../../model/message.ts';
import type { RoutedReport } from '../../model/routed.ts';
import type { AppriseChannel } from '../../model/settings.ts';
import type { RenderContext } from '../mail.ts';
import { toView } from '../view.ts';
import type { View } from '../view-model.ts';
import { type Brief, fitBrief } from './brief.ts';
import { toHttpMessage } from './http-message.ts';

/** Short enough for the services behind it: Telegram, for one, takes 4,096 characters. */
const MAX_CHARACTERS = 3_800;

/** How Apprise marks a message (https://github.com/caronc/apprise-api#api-details). */
const TYPES = { met: 'success', open: 'warning', incomplete: 'warning', failed: 'failure' } as const satisfies Readonly<
  Record<View['verdict']['tone'], string>
>;

function toText(brief: Brief): string {
  const figures = brief.figures.map(({ figure, label }) => `${figure} ${label}`).join(' | ');
  const parts = brief.parts.map(({ heading, lines }) =>
    [heading, ...lines.map(({ kind, text }) => (kind === 'row' ? `- ${text}` : text))].join('\n'),
  );
  const head = [brief.verdict, brief.support, figures, ...brief.notices].filter((line) => line !== '').join('\n');
  return [head, ...parts, brief.foot].join('\n\n');
}

/** One plain text a report: Apprise turns it into what each service wants. */
export function renderApprise(
  routed: RoutedReport,
  channel: AppriseChannel,
  context: RenderContext,
): readonly Message[] {
  const view = toView(routed, context.look, channel.detail, context.digest);
  const body = {
    title: view.headline,
    body: fitBrief(view, toText, (text) => text.length <= MAX_CHARACTERS),
    type: TYPES[view.verdict.tone],
    format: 'text',
    ...(channel.tag === null ? {} : { tag: channel.tag }),
  };
  return [toHttpMessage({ run: routed.report.run.id, channel: channel.name, key: '', kind: 'apprise', body })];
}
