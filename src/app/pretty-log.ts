/** Fields that every line has, or that are written in a place of their own. */
const KNOWN = new Set(['level', 'time', 'service', 'version', 'msg']);

/** A line of the log as people read it: day and time (UTC), level, message, then the fields. Anything else stays as it is. */
export function toPrettyLine(line: string): string {
  const event = parse(line);
  if (event === null) return line;
  const fields = Object.entries(event)
    .filter(([name]) => !KNOWN.has(name))
    .map(
      ([name, value]) =>
        ` ${name}=${typeof value === 'string' && /^[\w.:@/-]+$/u.test(value) ? value : JSON.stringify(value)}`,
    );
  // With the day: what was said over a weekend is read on Monday.
  const time = textOf(event['time']).slice(0, 19).replace('T', ' ');
  const level = textOf(event['level']).toUpperCase().padEnd(5);
  return `${time} ${level} ${textOf(event['msg'])}${fields.join('')}\n`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function parse(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    // A secret that was taken out may have left something that is no JSON any more.
    return null;
  }
}
