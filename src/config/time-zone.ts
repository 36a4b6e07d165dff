import { didYouMean } from '../model/near-miss.ts';

/** What is wrong with the name of a time zone; null when it is one. */
export function whyNotTimeZone(name: string): string | null {
  if (/^[A-Za-z]/u.test(name) && isKnown(name)) {
    return null;
  }
  const hint = didYouMean(name, Intl.supportedValuesOf('timeZone'));
  return `{value} is not a time zone${hint === '' ? '; expected a name such as Europe/Madrid or UTC' : hint}`;
}

function isKnown(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}

/** The instant at which a day ends in a time zone: the first one of the day after. */
export function endOfDay(day: string, timeZone: string): Date {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  // Zones lie within 15 hours of UTC; within that window local days only grow, also where a clock change skips midnight.
  const endInUtc = Date.parse(`${day}T00:00:00Z`) + 86_400_000;
  let last = endInUtc - 15 * 3_600_000;
  let next = endInUtc + 15 * 3_600_000;
  while (next - last > 1) {
    const middle = Math.floor((last + next) / 2);
    if (localDay(format, middle) > day) {
      next = middle;
    } else {
      last = middle;
    }
  }
  return new Date(next);
}

/** The calendar day, `YYYY-MM-DD`, that an instant falls on in a time zone. */
export function dayIn(at: Date, timeZone: string): string {
  const options = { timeZone, calendar: 'iso8601', numberingSystem: 'latn' } as const;
  const format = new Intl.DateTimeFormat('en', { ...options, year: 'numeric', month: '2-digit', day: '2-digit' });
  return localDay(format, at.getTime());
}

function localDay(format: Intl.DateTimeFormat, at: number): string {
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`;
}
