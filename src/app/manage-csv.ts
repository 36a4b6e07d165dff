import { toCell, toCsvText } from '../render/csv.ts';

/** A table for spreadsheets, with the same guard against formulas as the CSV of reports. Column names are ours, cells anybody's. */
export function toCsv(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return toCsvText(
    columns,
    rows.map((cells) => cells.map(toCell).join(',')),
  );
}
