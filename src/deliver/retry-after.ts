/** The longest wait a receiver can ask for. */
const MAX_MS = 24 * 3_600_000;

/**
 * Reads `Retry-After` (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after): seconds or an HTTP date. Null when it is absent or
 * makes no sense; at most a day.
 */
export function parseRetryAfter(header: string | undefined, at: Date): number | null {
  const value = header?.trim() ?? '';
  if (/^\d{1,400}$/.test(value)) return Math.min(Number(value) * 1000, MAX_MS);
  // Date.parse takes much that is no HTTP date ("-5", "2"): every form of one begins with a weekday.
  const date = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? null : Math.min(Math.max(date - at.getTime(), 0), MAX_MS);
}
