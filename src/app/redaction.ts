import type { Secret } from '../model/secret.ts';

/** Shorter values would also be found inside ordinary words. */
const MIN_LENGTH = 6;

const MARK = '[secret]';

/**
 * The last filter before anything is printed: replaces every known secret, also as it looks inside JSON, inside a URL and in Base64.
 * Secrets are wrapped in a type that does not print; this is for what a library or an operating system repeats to us.
 */
export function createRedaction(secrets: readonly Secret[]): (text: string) => string {
  const forms = secrets.flatMap((secret) => formsOf(secret.reveal()));
  const ordered = [...new Set(forms)].filter((form) => form.length >= MIN_LENGTH).sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((result, form) => result.replaceAll(form, MARK), text);
}

function formsOf(value: string): readonly string[] {
  const base64 = Buffer.from(value).toString('base64');
  return [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), base64, base64.replaceAll('=', '')];
}
