import { styleText } from 'node:util';
import type { Format } from '../app/formats.ts';
import { print } from './options.ts';

type Style = Parameters<typeof styleText>[0];

/** Severities as the text of a report begins a row with them. */
const TAGS: Readonly<Record<string, Style>> = {
  '[critical]': ['bold', 'red'],
  '[high]': 'red',
  '[medium]': 'yellow',
  '[low]': 'cyan',
};

const UNDERLINE = /^(?:={3,}|-{3,})$/;

/**
 * A report's text with colours, where they are wanted: a pipe, a terminal without colours or NO_COLOR gets it unchanged. The words stay
 * the same, so nothing is said by colour alone.
 */
export function inColour(text: string, stream: NodeJS.WriteStream): string {
  const paint = (style: Style, part: string): string => styleText(style, part, { stream });
  const lines = text.split('\n');
  return lines
    .map((line, index) => {
      if (UNDERLINE.test(lines[index + 1] ?? '')) return paint('bold', line);
      const tag = /^\[\w+\]/.exec(line)?.[0];
      const style = tag === undefined ? undefined : TAGS[tag];
      return tag === undefined || style === undefined ? line : paint(style, tag) + line.slice(tag.length);
    })
    .join('\n');
}

/** Prints a report on standard output, its text in colours where they are wanted. */
export function printReport(content: string, format: Format): void {
  print(format === 'text' ? inColour(content, process.stdout) : content);
}
