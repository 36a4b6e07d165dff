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
  /** A sentence with its days (`2026-11-21`) written out. */
  days(sentence: string): string;
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

const DAY_IN_TEXT = /(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])/g;

/** Evidence may hold anything that looks like a date; what is none is shown as it is. */
function orAsIs(text: string, at: Date, write: (at: Date) => string): string {
  return Number.isNaN(at.getTime()) ? text : write(at);
}

/** Moments in a time zone, seen from the report's own time. */
export function momentsIn(timezone: string, reportAt: Instant): Moments {
  const zoned = new Intl.DateTimeFormat('en-GB', { ...TIME, timeZone: timezone });
  const utc = new Intl.DateTimeFormat('en-GB', { ...DATE, timeZone: 'UTC' });
  const parts = (at: Date) => shortMonth(partsOf(zoned, at));
  const year = parts(new Date(reportAt)).year ?? '';
  const clock = (from: Parts) => `${from.hour ?? ''}:${from.minute ?? ''} ${from.timeZoneName ?? ''}`;
  const time = (at: Date, hideYear: string) => `${writeDate(parts(at), hideYear)}, ${clock(parts(at))}`;
  const day = (text: Day) =>
    orAsIs(text, new Date(`${text}T00:00:00Z`), (at) => writeDate(shortMonth(partsOf(utc, at)), year));
  return {
    time: (text) => orAsIs(text, new Date(text), (at) => time(at, year)),
    fullTime: (text) => orAsIs(text, new Date(text), (at) => time(at, '')),
    date: (text) => orAsIs(text, new Date(text), (at) => writeDate(parts(at), year)),
    day,
    days: (sentence) => sentence.replace(DAY_IN_TEXT, day),
    age(from) {
      const days = daysBetween(toDay(from), toDay(reportAt));
      return days < 1 ? 'opened today' : `open for ${formatCount(days, 'day')}`;
    },
  };
}
