import { fitView } from '../fit.ts';
import { cleanText } from '../plain-text.ts';
import type { ClosedRow, FindingGroup, FindingRow, View } from '../view-model.ts';

/** A line of a message for a chat: what it is decides how it looks. */
export interface BriefLine {
  readonly kind: 'title' | 'row' | 'note';
  readonly text: string;
}

/** A heading and its lines. */
export interface BriefPart {
  readonly heading: string;
  readonly lines: readonly BriefLine[];
}

/** A report as short as a chat wants it, without markup: each channel adds its own. */
export interface Brief {
  readonly headline: string;
  readonly verdict: string;
  readonly support: string;
  readonly figures: readonly { readonly figure: string; readonly label: string }[];
  readonly notices: readonly string[];
  readonly parts: readonly BriefPart[];
  readonly foot: string;
}

/** Where a reader finds what a message has no room for. */
const WHERE = 'in the full report';

const FOOT = new Set(['Run', 'When', 'Report digest']);

/** A finding in one line that begins with whom it is about. */
export function rowText({ who, message, ownSeverity }: FindingRow): string {
  const text = cleanText(message, 160);
  const sentence = text.startsWith(`${who} `) ? text : `${who}: ${text}`;
  return ownSeverity === '' ? sentence : `${ownSeverity}: ${sentence}`;
}

/** A closed finding in one line, after the word for how it closed. */
export function closedText({ who, title, after }: ClosedRow): string {
  const what = who === '' ? title : `${who}, ${title}`;
  return after === '' ? what : `${what}; ${after}`;
}

function groupLines(group: FindingGroup): readonly BriefLine[] {
  return [
    { kind: 'title', text: `${group.severity.word} · ${group.title} · ${group.count}` },
    ...group.rows.map((row): BriefLine => ({ kind: 'row', text: `${rowText(row)} ${row.age}.` })),
    ...notes([group.more, `How to fix: ${cleanText(group.fix, 200)}`]),
  ];
}

function notes(texts: readonly string[]): readonly BriefLine[] {
  return texts.filter((text) => text !== '').map((text): BriefLine => ({ kind: 'note', text }));
}

function changeLines({ changes }: View): readonly BriefLine[] {
  return [
    ...changes.groups.flatMap(groupLines),
    ...notes([changes.more]),
    ...changes.closed.map((row): BriefLine => ({ kind: 'row', text: `${row.word}: ${closedText(row)}` })),
    ...notes([changes.moreClosed]),
  ];
}

/** A view with at most so many rows of findings, as a brief; parts without a line are left out, what is cut is said. */
export function toBrief(whole: View, rows: number): Brief {
  const view = fitView(whole, rows, WHERE);
  const parts: readonly BriefPart[] = [
    { heading: view.changes.heading, lines: changeLines(view) },
    { heading: view.open.heading, lines: [...view.open.groups.flatMap(groupLines), ...notes([view.open.more])] },
    {
      heading: view.unchecked.heading,
      lines: [
        ...view.unchecked.rows.map(
          (row): BriefLine => ({ kind: 'row', text: `${row.what}: ${cleanText(row.why, 200)}` }),
        ),
        ...notes([view.unchecked.more]),
      ],
    },
  ];
  return {
    headline: cleanText(view.headline, 150),
    verdict: `${view.verdict.shape} ${view.verdict.sentence}`,
    support: view.verdict.support,
    figures: view.strip.map(({ figure, label }) => ({ figure, label })),
    notices: view.notices.map(({ text }) => text),
    parts: parts.filter(({ lines }) => lines.length > 0),
    foot: view.footer
      .filter(({ label }) => FOOT.has(label))
      .map(({ label, value }) => `${label} ${value}`)
      .join(' · '),
  };
}

/** Rows of findings to try, most first. */
const ROWS = [14, 8, 4, 2, 1] as const;

/** The brief of a report without any list: what is left when a message has room for nothing else. */
function bare(view: View): Brief {
  const { parts: _, ...brief } = toBrief(view, 1);
  const names = [view.changes, view.open, view.unchecked].map(({ heading }) => heading).join(', ');
  const line: BriefLine = { kind: 'note', text: `${cleanText(names, 200)}: too long for this message, ${WHERE}.` };
  return { ...brief, notices: brief.notices.slice(0, 2), parts: [{ heading: 'Left out', lines: [line] }] };
}

/** The longest brief that a message takes. `write` makes the message; `fits` says whether it may be sent. */
export function fitBrief<Written>(
  view: View,
  write: (brief: Brief) => Written,
  fits: (written: Written) => boolean,
): Written {
  for (const rows of ROWS) {
    const written = write(toBrief(view, rows));
    if (fits(written)) return written;
  }
  return write(bare(view));
}
