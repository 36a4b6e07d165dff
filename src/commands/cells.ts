/** A value that the API may withhold, as the program hands it out. */
type Shown<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

/** A cell: the value in words, or that it may not be seen. Never empty: an empty cell reads as "none". */
export function factCell<T>(fact: Shown<T>, toText: (value: T) => string): string {
  if (fact.known) return toText(fact.value);
  return fact.why === 'not_visible' ? 'not visible' : 'not known';
}

/** For programs: the value, or null with the field's name in `notVisible`. */
export function factJson<T>(fact: Shown<T>): T | null {
  return fact.known ? fact.value : null;
}

/** Names of the facts that are not known. */
export function unknownNames(facts: Readonly<Record<string, Shown<unknown>>>): readonly string[] {
  return Object.entries(facts).flatMap(([name, fact]) => (fact.known ? [] : [name]));
}

/** A count as a person reads it, in groups of three digits. */
export function countCell(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/gu, ',');
}

/** A bar of `width` characters, as full as the share (0 to 1; more is full). */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const full = '█'.repeat(Math.floor(eighths / 8));
  return full + (PARTS[eighths % 8] ?? '');
}

const PARTS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
