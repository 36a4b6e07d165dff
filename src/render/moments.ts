import { type Day, daysBetween, type Instant, toDay } from '../model/instant.ts';
import { formatCount } from './figures.ts';

/** Writes instants as the house of the reader reads them. */
export interface Moments {
  /** `Mon 23 Nov, 08:00 CET`; with the year where it is not the report's. */
  time(at: Instant): string;
  /** `Mon 23 Nov 2026, 08:00 CET`: for what is kept. */
  fullTime(at: Instant): string;
  /** `Mon 23 Nov`, in the reader's zone. */
  date(at: Instant): string;
  /** `Sat 21 Nov`, of a UTC day. */
  day(day: Day): string;
  /** `open for 23 days`, `opened today`. */
  age(from: Instant): string;
}

type Parts = Readonly<Partial<Record<Intl.DateTimeFormatPartTypes, string>>>;

function partsOf(format: Intl.DateTimeFormat, at: Date): Parts {
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}

function writeDate(parts: Parts, hideYear: string): string {
  const date = `${parts.weekday ?? ''} ${parts.day ?? ''} ${parts.month ?? ''}`;
  return parts.year === hideYear ? date : `${date} ${parts.year ?? ''}`;
}

const DATE = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const;
const TIME = { ...DATE, hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' } as const;

// Newer ICU data writes "Sept" for British English; every other month has three letters.
function shortMonth(parts: Parts): Parts {
  return { ...parts, month: (parts.month ?? '').slice(0, 3) };
}

/** Moments in a time zone, seen from the report's own time. */
export function momentsIn(timezone: string, reportAt: Instant): Moments {
  const zoned = new Intl.DateTimeFormat('en-GB', { ...TIME, timeZone: timezone });
  const utc = new Intl.DateTimeFormat('en-GB', { ...DATE, timeZone: 'UTC' });
  const parts = (at: Instant) => shortMonth(partsOf(zoned, new Date(at)));
  const year = parts(reportAt).year ?? '';
  const clock = (from: Parts) => `${from.hour ?? ''}:${from.minute ?? ''} ${from.timeZoneName ?? ''}`;
  return {
    time: (at) => `${writeDate(parts(at), year)}, ${clock(parts(at))}`,
    fullTime: (at) => `${writeDate(parts(at), '')}, ${clock(parts(at))}`,
    date: (at) => writeDate(parts(at), year),
    day: (day) => writeDate(shortMonth(partsOf(utc, new Date(`${day}T00:00:00Z`))), year),
    age(from) {
      const days = daysBetween(toDay(from), toDay(reportAt));
      return days < 1 ? 'opened today' : `open for ${formatCount(days, 'day')}`;
    },
  };
}
