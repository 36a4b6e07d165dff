import { hash } from 'node:crypto';

/** SHA-256, in hex, over a value without its secrets: keys sorted, so that the order in the file counts for nothing. */
export function digestOf(value: unknown): string {
  return hash('sha256', JSON.stringify(value, sortKeys) ?? 'null');
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : Number(a > b))));
}
