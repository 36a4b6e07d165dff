/** Items of a list that a sentence names. */
const MOST_NAMED = 10;

/** A value of an expression as it stands in a sentence: numbers with at most two decimals, instants as ISO 8601, null as "none". */
export function toWords(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'number') return String(Math.round(value * 100) / 100);
  if (value instanceof Date) return toIso(value);
  if (value instanceof Map) return listWords([...value].map(([name, one]) => `${String(name)}: ${toWords(one)}`));
  if (Array.isArray(value) || value instanceof Set) return listWords([...value].map(toWords));
  if (typeof value === 'string') return value;
  return typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : '(an object)';
}

/** The same as plain JSON. Lists of texts are sorted: the order of the API's lists means nothing, and evidence must not follow it. */
export function toJsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value instanceof Date) return toIso(value);
  if (value instanceof Map) {
    const entries = [...value].map(([name, one]) => [String(name), toJsonValue(one)] as const);
    return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
  }
  if (Array.isArray(value) || value instanceof Set) {
    const items = [...value].map(toJsonValue);
    return items.every((item) => typeof item === 'string') ? items.sort() : items;
  }
  if (typeof value === 'object' && value !== null) return null;
  return value ?? null;
}

function toIso(instant: Date): string {
  return Number.isNaN(instant.getTime()) ? 'an instant that cannot be read' : instant.toISOString();
}

function listWords(words: readonly string[]): string {
  const more = words.length - MOST_NAMED;
  const named = words.slice(0, MOST_NAMED).join(', ');
  return words.length === 0 ? 'none' : more > 0 ? `${named} and ${more} more` : named;
}
