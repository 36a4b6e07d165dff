import { wrapLine } from '../model/wrapped-line.ts';
import { type Edge, edgeOf, toFittedTable } from './fitted-table.ts';
import { type Column, displayWidth, printable, toTable } from './table.ts';

/** Text in a column below this is a ladder of single words. */
const LEAST_FLOW = 30;

/** How far text stands in that goes below its row. */
const BELOW = '    ';

/** The columns of a table that ends with sentences. */
export interface FlowingColumns<Row> {
  /** What fits into a column. */
  readonly firm: readonly Column<Row>[];
  /** What may be long, the longest last. */
  readonly flowing: readonly Column<Row>[];
}

/**
 * A table whose sentences are never cut: on a terminal the last column is wrapped in its place, or all flowing ones go below their row
 * where it would be too narrow to read. What is no terminal gets every row in one line.
 */
export function toFlowingTable<Row>(
  rows: readonly Row[],
  { firm, flowing }: FlowingColumns<Row>,
  stream: Edge = process.stdout,
): string {
  const edge = edgeOf(stream);
  const whole = toTable(rows, [...firm, ...flowing]);
  const last = flowing.at(-1);
  if (edge === null || last === undefined || widthOf(whole) <= edge) return whole;
  const beside = [...firm, ...flowing.slice(0, -1)];
  const room = edge - widthOf(toTable(rows, beside)) - 2;
  if (room >= LEAST_FLOW) return toWrapped(rows, beside, { last, room });
  const [headings = '', ...lines] = toFittedTable(rows, firm, 'whole', stream).split('\n');
  return [
    headings,
    BELOW + flowing.map(({ heading }) => heading).join(': '),
    ...rows.flatMap((row, index) => [lines[index] ?? '', ...toBelow(row, flowing, edge)]),
    ...lines.slice(rows.length),
  ].join('\n');
}

/** The last column wrapped within what the others leave of the width. */
function toWrapped<Row>(
  rows: readonly Row[],
  beside: readonly Column<Row>[],
  { last, room }: { readonly last: Column<Row>; readonly room: number },
): string {
  const lines = rows.flatMap((row) =>
    wrapLine(printable(last.cell(row)), room, '').map((text, index) => ({ row: index === 0 ? row : null, text })),
  );
  return toTable(lines, [
    ...beside.map((column) => ({
      ...column,
      cell: ({ row }: { readonly row: Row | null }) => (row === null ? '' : column.cell(row)),
    })),
    { heading: last.heading, cell: ({ text }) => text },
  ]);
}

function toBelow<Row>(row: Row, flowing: readonly Column<Row>[], edge: number): readonly string[] {
  const text = flowing
    .map(({ cell }) => printable(cell(row)))
    .filter((cell) => cell !== '')
    .join(': ');
  return text === '' ? [] : wrapLine(BELOW + text, edge, BELOW);
}

function widthOf(table: string): number {
  return table.split('\n').reduce((most, line) => Math.max(most, displayWidth(line)), 0);
}
