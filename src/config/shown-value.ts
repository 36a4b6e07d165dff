const LONGEST_SHOWN = 80;

/**
 * Shapes of what must not be echoed: long hex or base64, known token prefixes, addresses with a path, and a line in which a missing
 * space after the colon has glued a key such as `password` to its value.
 */
const SECRET_SHAPES = [
  /[0-9a-f]{32}/iu,
  /[\w+/=-]{40}/u,
  /\b(?:whsec_|xox[a-z]-|ghp_|sk-|AKIA|eyJ)/u,
  /:\/\/[^\s/]*[/@?]./u,
  /(?:key|password|secret|token|url|proxy)\s*[:=]/iu,
];

/** Whether a text may be a secret, or hold one, so that no message may repeat it. */
export function looksSecret(text: string): boolean {
  return SECRET_SHAPES.some((shape) => shape.test(text));
}

/** What a value is, without the value: `a list`, `text`. */
export function describeKind(value: unknown): string {
  if (value === null || value === undefined) {
    return 'nothing';
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? 'an empty list' : 'a list';
  }
  return KINDS[typeof value] ?? 'a map';
}

const KINDS: Readonly<Record<string, string>> = { string: 'text', number: 'a number', boolean: 'true or false' };

/** A value as a message may repeat it: scalars as written, at most 80 characters, nothing that looks like a secret. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') {
    if (looksSecret(value)) {
      return 'text that is not shown here';
    }
    return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
  }
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : describeKind(value);
}
