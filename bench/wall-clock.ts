/** A schedule in the words of a calendar. */
export interface Chosen {
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
  readonly isDay: (day: CalendarDate) => boolean;
}

/** A day of the calendar. */
export interface CalendarDate {
  readonly date: number;
  readonly month: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** Of its month. */
  readonly isLast: boolean;
}

/** A time in which a clock on the wall goes on without a jump. Readings are written as if they were UTC, in milliseconds. */
interface Stretch {
  /** When it begins. */
  readonly at: number;
  /** What the clock shows then, and when the next stretch begins. */
  readonly from: number;
  readonly to: number;
}

const MINUTE_MS = 60_000;
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;

/** A clock on the wall of a zone, found by looking at it every quarter of an hour: every zone of our days jumps on one. */
export function clockOf(timezone: string, from: number, to: number): readonly Stretch[] {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' });
  const stretches: Stretch[] = [];
  let began: { readonly at: number; readonly from: number } | null = null;
  let shown = Number.NaN;
  for (let at = from - 2 * DAY_MS; at <= to + 2 * DAY_MS; at += QUARTER_MS) {
    const reading = Date.parse(`${clock.format(at).replace(' ', 'T')}Z`);
    if (reading !== shown + QUARTER_MS) {
      if (began !== null) stretches.push({ ...began, to: shown + QUARTER_MS });
      began = { at, from: reading };
    }
    shown = reading;
  }
  return began === null ? [] : [...stretches, { ...began, to: shown + QUARTER_MS }];
}

/**
 * When a schedule is due: at the first moment at which the clock shows a reading that was chosen; where it jumps over some, once at the
 * moment of the jump.
 */
export function expectedSlots(clock: readonly Stretch[], chosen: Chosen): readonly number[] {
  const due: number[] = [];
  let shownUpTo = clock[0]?.from ?? 0;
  for (const { at, from, to } of clock) {
    const isSkipped = readings(chosen, shownUpTo, from).length > 0;
    const fresh = readings(chosen, Math.max(from, shownUpTo), to);
    if (isSkipped && fresh[0] !== from) due.push(at);
    due.push(...fresh.map((reading) => at + reading - from));
    shownUpTo = Math.max(shownUpTo, to);
  }
  return due;
}

/** The chosen readings from one to before another. */
function readings({ hours, minutes, isDay }: Chosen, from: number, to: number): readonly number[] {
  const found: number[] = [];
  for (let day = Math.floor(from / DAY_MS) * DAY_MS; day < to; day += DAY_MS) {
    if (!isDay(toCalendar(day))) continue;
    for (const hour of hours) {
      for (const minute of minutes) found.push(day + (hour * 60 + minute) * MINUTE_MS);
    }
  }
  return found.filter((reading) => reading >= from && reading < to);
}

function toCalendar(day: number): CalendarDate {
  const at = new Date(day);
  return {
    date: at.getUTCDate(),
    month: at.getUTCMonth() + 1,
    weekday: at.getUTCDay(),
    isLast: new Date(day + DAY_MS).getUTCDate() === 1,
  };
}
