import type { Secret } from '../model/secret.ts';

/** Shorter values would also be found inside ordinary words. */
const MIN_LENGTH = 6;

const MARK = '[secret]';

/** The last filter before anything is printed. */
export interface Redaction {
  /** The text with `[secret]` in the place of every secret. */
  redact(text: string): string;
  /** Knows these secrets as well from now on; those that were replaced stay secret. */
  learn(secrets: readonly Secret[]): void;
}

/**
 * Replaces every known secret, also as it looks inside JSON, inside a URL and in Base64. Secrets are wrapped in a type that does not
 * print; this is for what a library or an operating system repeats to us.
 */
export function createRedaction(secrets: readonly Secret[]): Redaction {
  let forms: readonly string[] = [];
  const learn = (more: readonly Secret[]): void => {
    const added = more.flatMap((secret) => formsOf(secret.reveal())).filter((form) => form.length >= MIN_LENGTH);
    // The longest first: one secret may be the beginning of another.
    forms = [...new Set([...forms, ...added])].sort((a, b) => b.length - a.length);
  };
  learn(secrets);
  return { learn, redact: (text) => forms.reduce((result, form) => result.replaceAll(form, MARK), text) };
}

function formsOf(value: string): readonly string[] {
  const base64 = Buffer.from(value).toString('base64');
  return [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), base64, base64.replaceAll('=', '')];
}
