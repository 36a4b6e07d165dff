import type { SQLOutputValue } from 'node:sqlite';

/** A row as SQLite returns it. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

function mismatch(column: string): Error {
  return new Error(`column ${column} does not hold what the schema says`);
}

/** A TEXT column that is never null. */
export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw mismatch(column);
  return value;
}

/** A TEXT column that may be null. */
export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

/** An INTEGER column that is never null. */
export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw mismatch(column);
  return value;
}

/** A BLOB column that is never null. */
export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw mismatch(column);
  return value;
}

/** A TEXT column of JSON that this program wrote: the caller names the type it was written from. */
export function json(row: Row, column: string) {
  return JSON.parse(text(row, column));
}

/** A column of JSON that may be null. */
export function jsonOrNull(row: Row, column: string) {
  return row[column] === null ? null : json(row, column);
}
