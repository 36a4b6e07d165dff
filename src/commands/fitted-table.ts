import { type Column, printable, toTable } from './table.ts';

/** What a terminal has when it does not say. */
const USUAL_WIDTH = 80;

/** A column below this says nothing any more. */
const NARROWEST = 8;

/**
 * A table that fits a terminal: its widest columns are cut with an ellipsis, but never numbers, nor a first one with what commands take.
 * What is no terminal gets everything: `grep` and files have no edge.
 */
export function toFittedTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  first: 'whole' | 'cuttable' = 'whole',
  stream: { readonly isTTY?: boolean; readonly columns?: number } = process.stdout,
): string {
  if (stream.isTTY !== true) return toTable(rows, columns);
  const cells = rows.map((row) => columns.map(({ cell }) => printable(cell(row))));
  const widths = columns.map(({ heading }, index) =>
    Math.max(heading.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  shrink(widths, columns, { width: stream.columns ?? USUAL_WIDTH, from: first === 'whole' ? 1 : 0 });
  return toTable(
    cells,
    columns.map(({ heading, align }, index) => ({
      heading,
      ...(align === undefined ? {} : { align }),
      cell: (line: readonly string[]) => cut(line[index] ?? '', widths[index] ?? 0),
    })),
  );
}

interface Fit {
  readonly width: number;
  /** The first column that may be cut. */
  readonly from: number;
}

function shrink<Row>(widths: number[], columns: readonly Column<Row>[], { width, from }: Fit): void {
  const gaps = 2 * (columns.length - 1);
  const total = (): number => widths.reduce((sum, one) => sum + one, gaps);
  while (total() > width) {
    const widest = columns
      .map(({ align, heading }, index) => ({ align, index, least: Math.max(NARROWEST, heading.length) }))
      .filter(({ align, index, least }) => index >= from && align === undefined && (widths[index] ?? 0) > least)
      .sort((a, b) => (widths[b.index] ?? 0) - (widths[a.index] ?? 0))
      .at(0);
    if (widest === undefined) return;
    widths[widest.index] = (widths[widest.index] ?? 0) - 1;
  }
}

function cut(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}
