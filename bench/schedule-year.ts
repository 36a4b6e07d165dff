import { dueSlots } from '../src/schedule/slots.ts';
import { seeded } from './series/random.ts';
import { type Chosen, clockOf, expectedSlots } from './wall-clock.ts';

/** Zones with whole, half and quarter hours, with jumps of half an hour, one and two, at midnight, in the south, around Ramadan, and none. */
export const ZONES = [
  'Europe/Madrid',
  'Europe/London',
  'Europe/Dublin',
  'America/New_York',
  'America/Sao_Paulo',
  'America/Havana',
  'America/Santiago',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Africa/El_Aaiun',
  'Antarctica/Troll',
  'Asia/Beirut',
  'Asia/Kolkata',
  'Asia/Tokyo',
  'Pacific/Chatham',
  'UTC',
] as const;

const EVERY_HOUR = Array.from({ length: 24 }, (_, hour) => hour);
const always = (): boolean => true;

/** Schedules, each as the program reads it and as somebody would say it. */
export const SCHEDULES: readonly (Chosen & { readonly expression: string })[] = [
  ...['00:00', '00:30', '01:30', '02:00', '02:30', '03:00', '08:00'].map((time) => {
    const [hour = 0, minute = 0] = time.split(':').map(Number);
    return { expression: `${minute} ${hour} * * *`, hours: [hour], minutes: [minute], isDay: always };
  }),
  { expression: '*/30 * * * *', hours: EVERY_HOUR, minutes: [0, 30], isDay: always },
  { expression: '5 * * * *', hours: EVERY_HOUR, minutes: [5], isDay: always },
  { expression: '15 1-3 * * *', hours: [1, 2, 3], minutes: [15], isDay: always },
  { expression: '0,20,45 0-2,23 * * *', hours: [0, 1, 2, 23], minutes: [0, 20, 45], isDay: always },
  { expression: '30 2 * * 0', hours: [2], minutes: [30], isDay: ({ weekday }) => weekday === 0 },
  { expression: '10 2 * * MON-FRI', hours: [2], minutes: [10], isDay: ({ weekday }) => weekday > 0 && weekday < 6 },
  { expression: '30 1 * 3,10,11 *', hours: [1], minutes: [30], isDay: ({ month }) => [3, 10, 11].includes(month) },
  { expression: '0 0 1 * *', hours: [0], minutes: [0], isDay: ({ date }) => date === 1 },
  { expression: '59 23 L * *', hours: [23], minutes: [59], isDay: ({ isLast }) => isLast },
  { expression: '30 2 29 2 *', hours: [2], minutes: [30], isDay: ({ date, month }) => date === 29 && month === 2 },
];

const DAY_MS = 86_400_000;

/** What years of schedules came to. */
export interface YearOfSchedules {
  readonly slots: number;
  readonly missed: number;
  readonly doubled: number;
}

/** The slots of a daemon that looks at random moments, is away for days, and whose clock is set back now and then. */
function recorded(expression: string, timezone: string, { from, to, seed }: Span): readonly number[] {
  const random = seeded(seed);
  const slots: number[] = [];
  let last = from;
  while (last < to) {
    const away = random.chance(0.02) ? random.between(1, 5) * DAY_MS : random.between(-600_000, DAY_MS);
    const now = Math.min(to, last + Math.round(away));
    slots.push(
      ...dueSlots({ expression, timezone, after: new Date(last), until: new Date(now) }).map(({ at }) => at.getTime()),
    );
    last = Math.max(last, now);
  }
  return slots;
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly seed: number;
}

/** Compares years of schedules in every zone with an enumeration that shares nothing with the program but the zone data. */
export function simulateYears(first: number, last: number, seed: number): YearOfSchedules {
  let [slots, missed, doubled] = [0, 0, 0];
  const [from, to] = [Date.UTC(first, 0, 1), Date.UTC(last + 1, 0, 1)];
  for (const [index, timezone] of ZONES.entries()) {
    const clock = clockOf(timezone, from, to);
    for (const schedule of SCHEDULES) {
      const due = new Set(expectedSlots(clock, schedule).filter((at) => at > from && at <= to));
      const got = recorded(schedule.expression, timezone, { from, to, seed: seed + index });
      const unique = new Set(got);
      slots += due.size;
      missed += [...due].filter((at) => !unique.has(at)).length + [...unique].filter((at) => !due.has(at)).length;
      doubled += got.length - unique.size;
    }
  }
  return { slots, missed, doubled };
}

/** One year. */
export function simulateYear(year: number, seed: number): YearOfSchedules {
  return simulateYears(year, year, seed);
}

if (import.meta.main) {
  const seed = Number(process.argv[2] ?? 1);
  const began = performance.now();
  const { slots, missed, doubled } = simulateYears(2025, 2028, seed);
  process.stdout.write(
    `schedules of 2025 to 2028, ${SCHEDULES.length} in ${ZONES.length} zones, seed ${seed}: ${slots} slots, missed ${missed}, doubled ${doubled} (${Math.round((performance.now() - began) / 1000)} s)\n`,
  );
  process.exitCode = missed + doubled === 0 ? 0 : 1;
}
