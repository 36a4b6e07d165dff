/**
 * Characters that a reader cannot see or that steer how others are shown: controls, zero-width characters, marks that turn the
 * writing direction, private tags. Two names that differ only in them must not look alike, so they are replaced visibly.
 */
const INVISIBLE =
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  /[\u0000-\u0008\u000E-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]|[\u{E0000}-\u{E007F}]/gu;

const BLANKS = /[\s\u2028\u2029]+/gu;

/** One line of visible text: line ends become blanks, invisible characters become U+FFFD. Never longer than `max` characters. */
export function cleanText(text: string, max = 300): string {
  // Cut first: a text of megabytes must not be searched in full.
  const visible = text
    .slice(0, max * 4)
    .toWellFormed()
    .replace(BLANKS, ' ')
    .replace(INVISIBLE, '\uFFFD')
    .trim();
  const characters = Array.from(visible);
  return characters.length <= max ? visible : `${characters.slice(0, max - 1).join('')}…`;
}

/** A token for headers and file names: letters, digits, `_` and `-`. Never empty. */
export function toToken(text: string, max = 60): string {
  const token = text
    .slice(0, max * 4)
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, max);
  return token === '' ? 'unnamed' : token;
}

/** The text with its first letter in upper case. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A sentence: ends with a full stop unless it ends with one already. */
export function toSentence(text: string): string {
  return /[.…!?]$/u.test(text) ? text : `${text}.`;
}
