import { type Column, displayWidth, fitWidth, printable, toTable } from './table.ts';

/** What a terminal has when it does not say. */
const USUAL_WIDTH = 80;

/** A column below this says nothing any more. */
const NARROWEST = 8;

/** So much of a column that may be cut is worth more than another column. */
const COMFORTABLE = 16;

/** As much of a stream as tells whether there is an edge. */
export interface Edge {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The width of a terminal; null: it is none, and has no edge. */
export function edgeOf(stream: Edge = process.stdout): number | null {
  return stream.isTTY === true ? (stream.columns ?? USUAL_WIDTH) : null;
}

/**
 * A table that fits a terminal: columns that may leave do so, then the widest ones are cut with an ellipsis, but never numbers, nor a
 * first one with what commands take. What is no terminal gets everything: `grep` and files have no edge.
 */
export function toFittedTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  first: 'whole' | 'cuttable' = 'whole',
  stream: Edge = process.stdout,
): string {
  const width = edgeOf(stream);
  if (width === null) return toTable(rows, columns);
  const all = columns.map((column, index) => toMeasured(rows, column, index === 0 && first === 'whole'));
  const shown = withoutLeaving(all, width);
  shrink(shown, width);
  const table = toTable(
    rows.map((_, row) => row),
    shown.map(({ column: { heading, align }, cells, width: most }) => ({
      heading,
      ...(align === undefined ? {} : { align }),
      cell: (row: number) => fitWidth(cells[row] ?? '', most),
    })),
  );
  const left = all.filter((one) => !shown.includes(one)).map(({ column }) => column.heading);
  return left.length === 0 ? table : `${table}\n(no room for ${left.join(', ')}; --json has all)`;
}

interface Measured<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  width: number;
  /** The least that it can be cut to. */
  readonly least: number;
}

function toMeasured<Row>(rows: readonly Row[], column: Column<Row>, isWhole: boolean): Measured<Row> {
  const cells = rows.map((row) => printable(column.cell(row)));
  const width = cells.reduce((most, cell) => Math.max(most, displayWidth(cell)), column.heading.length);
  const isCut = !isWhole && column.align === undefined && column.narrow !== 'whole';
  return { column, cells, width, least: isCut ? Math.min(width, Math.max(NARROWEST, column.heading.length)) : width };
}

function totalOf(columns: readonly { readonly width: number }[]): number {
  return columns.reduce((sum, { width }) => sum + width, 2 * (columns.length - 1));
}

/** Takes columns away, those first that say so, until the others have room to say something. */
function withoutLeaving<Row>(columns: readonly Measured<Row>[], width: number): readonly Measured<Row>[] {
  let shown = columns;
  for (const leaving of ['leaves first', 'leaves second', 'leaves third'] as const) {
    const comfortable = shown.map((one) => ({ width: Math.max(one.least, Math.min(one.width, COMFORTABLE)) }));
    if (totalOf(comfortable) <= width) break;
    shown = shown.filter(({ column }) => column.narrow !== leaving);
  }
  return shown;
}

function shrink<Row>(columns: readonly Measured<Row>[], width: number): void {
  while (totalOf(columns) > width) {
    const [widest] = columns.filter((one) => one.width > one.least).toSorted((a, b) => b.width - a.width);
    if (widest === undefined) return;
    widest.width -= 1;
  }
}
