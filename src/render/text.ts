import { wrapLine } from '../model/wrapped-line.ts';
import type { Templates } from './templates.ts';
import type { View } from './view-model.ts';

/** Columns of a plain text report, so that a quoted mail still fits 80. */
const COLUMNS = 78;

function underline(heading: string, mark: string): readonly string[] {
  const lines = wrapLine(heading, COLUMNS, '');
  return [...lines, mark.repeat(Math.max(...lines.map((line) => Array.from(line).length)))];
}

function layOut(line: string): readonly string[] {
  if (line.startsWith('# ')) return underline(line.slice(2), '=');
  if (line.startsWith('## ')) return underline(line.slice(3), '-');
  const indent = /^ */.exec(line)?.[0] ?? '';
  const bullet = /^ *(- |✓ |✗ |▲ |◐ |■ )/u.test(line);
  return wrapLine(line, COLUMNS, `${indent}${bullet ? '  ' : ''}`);
}

/** The report as plain text, at most 78 columns wide; says the same as the mail's HTML. */
export function renderText(view: View, templates: Pick<Templates, 'text'>): string {
  const lines = templates
    .text(view)
    .split('\n')
    .map((line) => line.trimEnd())
    .flatMap(layOut);
  return `${lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}
