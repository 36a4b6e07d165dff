/** Characters of somebody else's error message that a report shows. */
const MAX_CHARACTERS = 300;

const ADDRESS = /[^\s@"'<>()]+@[^\s@"'<>()]+/g;

/** What was thrown, in one line that may stand in a report: no address, no control characters, not long. */
export function explainThrown(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return oneLine(`${thrown.name}: ${thrown.message}`);
    if (typeof thrown === 'string') return oneLine(`it threw the text "${thrown}" instead of an error`);
    if (typeof thrown === 'object' && thrown !== null) return 'it threw an object instead of an error';
    return `it threw ${oneLine(String(thrown))} instead of an error`;
  } catch {
    return 'it threw something that cannot be read';
  }
}

/** Somebody else's text as one short line without addresses. */
export function oneLine(text: string): string {
  const line = text
    .slice(0, MAX_CHARACTERS * 4)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .replace(ADDRESS, '[address]')
    .trim()
    .toWellFormed();
  return line.length <= MAX_CHARACTERS ? line : `${line.slice(0, MAX_CHARACTERS - 1).toWellFormed()}…`;
}
