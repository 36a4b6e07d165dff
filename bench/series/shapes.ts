import type { Random } from './random.ts';

/** Where a series stands in the calendar: day `index` falls on this weekday and this place of its month. */
export interface CalendarDay {
  /** 0 (Sunday) to 6. */
  readonly weekday: number;
  /** 1 to 31. */
  readonly dayOfMonth: number;
  /** 0 on the last day of a month. */
  readonly daysToMonthEnd: number;
}

/** Makes a quiet series: calls a day, nothing in it that should be reported. */
export type Shape = (random: Random, calendar: readonly CalendarDay[]) => number[];

/** Whether most offices are closed. */
export const isWeekend = (day: CalendarDay): boolean => day.weekday === 0 || day.weekday === 6;

/** A typical number of calls a day, from a handful to a hundred thousand. */
export const someLevel = (random: Random, low = 60, high = 40_000): number =>
  Math.exp(random.between(Math.log(low), Math.log(high)));

/** Log-scale noise that remembers yesterday. */
function autocorrelated(random: Random, length: number, sigma: number, memory: number): number[] {
  const noise: number[] = [];
  for (let index = 0; index < length; index += 1) {
    noise.push(memory * (noise[index - 1] ?? 0) + Math.sqrt(1 - memory * memory) * sigma * random.normal());
  }
  return noise;
}

/** A count with this mean whose variance exceeds a Poisson's the more the smaller `size` is. */
export const negativeBinomial = (random: Random, mean: number, size: number): number =>
  random.poisson((mean * random.gamma(size)) / size);

/** Working days and weekends, weekdays a little different, with counts of this unevenness. */
export function office(random: Random, calendar: readonly CalendarDay[], level: number, weekend: number, size: number) {
  const tilt = calendar.length > 0 ? Array.from({ length: 7 }, () => random.between(0.85, 1.15)) : [];
  return calendar.map((day) =>
    negativeBinomial(random, level * (tilt[day.weekday] ?? 1) * (isWeekend(day) ? weekend : 1), size),
  );
}

const steady: Shape = (random, calendar) => {
  const level = someLevel(random);
  const sigma = random.between(0.05, 0.25);
  return calendar.map(() => random.poisson(level * Math.exp(sigma * random.normal())));
};

const officeHours: Shape = (random, calendar) =>
  office(random, calendar, someLevel(random), random.between(0.02, 0.4), random.between(8, 60));

const smallCounts: Shape = (random, calendar) => {
  const level = random.between(2, 25);
  const weekend = random.between(0.2, 1);
  return calendar.map((day) => random.poisson(level * (isWeekend(day) ? weekend : 1)));
};

const clumpedCounts: Shape = (random, calendar) =>
  office(random, calendar, someLevel(random, 8, 400), random.between(0.1, 1), random.between(2.5, 6));

const heavyTailed: Shape = (random, calendar) => {
  const level = someLevel(random);
  const noise = autocorrelated(random, calendar.length, random.between(0.3, 0.6), random.between(0, 0.5));
  const weekend = random.between(0.2, 1);
  return calendar.map((day, index) =>
    random.poisson(level * (isWeekend(day) ? weekend : 1) * Math.exp(noise[index] ?? 0)),
  );
};

const studentNoise: Shape = (random, calendar) => {
  const level = someLevel(random);
  const sigma = random.between(0.12, 0.25);
  const weekend = random.between(0.1, 1);
  return calendar.map((day) =>
    random.poisson(level * (isWeekend(day) ? weekend : 1) * Math.exp(sigma * Math.min(4.5, random.student(4)))),
  );
};

const wandering: Shape = (random, calendar) => {
  const base = office(random, calendar, someLevel(random), random.between(0.2, 1), random.between(15, 80));
  let level = 0;
  const step = random.between(0.03, 0.08);
  return base.map((calls) => {
    level += step * random.normal();
    return Math.round(calls * Math.exp(level));
  });
};

const intermittent: Shape = (random, calendar) => {
  const useChance = random.between(0.15, 0.5);
  const level = someLevel(random, 20, 4000);
  const sigma = random.between(0.2, 0.6);
  return calendar.map(() => (random.chance(useChance) ? random.poisson(level * Math.exp(sigma * random.normal())) : 0));
};

const newBaseline: Shape = (random, calendar) => {
  const factor = random.chance(0.7) ? random.between(1.5, 4) : random.between(0.2, 0.6);
  const from = random.integer(14, calendar.length - 9);
  const base = office(random, calendar, someLevel(random), random.between(0.1, 1), random.between(15, 80));
  return base.map((calls, index) => Math.round(index < from ? calls : calls * factor));
};

const ramp: Shape = (random, calendar) => {
  const growth = random.between(0.008, 0.03);
  const base = office(random, calendar, someLevel(random, 60, 8000), random.between(0.1, 1), random.between(15, 80));
  return base.map((calls, index) => Math.round(calls * Math.exp(growth * index)));
};

const monthEnds: Shape = (random, calendar) => {
  const length = random.integer(1, 3);
  const factor = random.between(2, 5);
  const first = random.chance(0.4);
  const base = office(random, calendar, someLevel(random), random.between(0.1, 1), random.between(15, 80));
  return base.map((calls, index) => {
    const day = calendar[index];
    const busy = day !== undefined && (first ? day.dayOfMonth <= length : day.daysToMonthEnd < length);
    return Math.round(busy ? calls * factor : calls);
  });
};

const weeklyJob: Shape = (random, calendar) => {
  const weekday = random.integer(0, 6);
  const factor = random.between(2, 6);
  const base = office(random, calendar, someLevel(random), random.between(0.2, 1), random.between(15, 80));
  return base.map((calls, index) => Math.round(calendar[index]?.weekday === weekday ? calls * factor : calls));
};

const outages: Shape = (random, calendar) => {
  const base = office(random, calendar, someLevel(random), random.between(0.1, 1), random.between(15, 80));
  const starts = Array.from({ length: random.integer(1, 3) }, () => random.integer(0, calendar.length - 1));
  const lengths = starts.map(() => random.integer(1, 8));
  return base.map((calls, index) =>
    starts.some((start, which) => index >= start && index < start + (lengths[which] ?? 0)) ? 0 : calls,
  );
};

const noisyAccount: Shape = (random, calendar) => {
  const level = someLevel(random);
  const base = office(random, calendar, level, random.between(0.1, 1), random.between(15, 80));
  const activity = random.between(0.15, 0.4);
  const size = random.between(0.5, 1.5);
  return base.map((calls) => calls + (random.chance(activity) ? Math.round(level * size * random.gamma(2) * 0.5) : 0));
};

const weekendShift: Shape = (random, calendar) => {
  const level = someLevel(random, 200, 10_000);
  const base = office(random, calendar, level, 0.02, random.between(15, 60));
  return base.map((calls, index) => {
    const day = calendar[index];
    const works = day !== undefined && isWeekend(day) && random.chance(0.2);
    return works ? calls + random.poisson(level * random.between(0.15, 0.45)) : calls;
  });
};

/** Everything at once, as in a real group: weekday pattern, memory, heavy tails, a drift, holidays without use. */
const lifelike: Shape = (random, calendar) => {
  const level = someLevel(random, 100, 60_000);
  const weekend = random.between(0.05, 0.8);
  const tilt = Array.from({ length: 7 }, () => random.between(0.8, 1.2));
  const noise = autocorrelated(random, calendar.length, random.between(0.1, 0.3), random.between(0.2, 0.6));
  const drift = random.between(-0.008, 0.012);
  const heavy = random.between(0.08, 0.18);
  return calendar.map((day, index) => {
    if (!isWeekend(day) && random.chance(0.03)) return random.poisson(level * weekend * 0.5);
    const log = (noise[index] ?? 0) + drift * index + heavy * Math.min(4.5, random.student(4));
    return random.poisson(level * (isWeekend(day) ? weekend : 1) * (tilt[day.weekday] ?? 1) * Math.exp(log));
  });
};

/** Several accounts with habits of their own: together they are what a real group's daily total looks like. */
const manyAccounts: Shape = (random, calendar) => {
  const accounts = Array.from({ length: random.integer(4, 15) }, () => ({
    level: someLevel(random, 5, 2000),
    presence: random.between(0.4, 1),
    weekend: random.chance(0.4) ? 1 : random.between(0, 0.2),
    sigma: random.between(0.2, 0.7),
  }));
  return calendar.map((day) =>
    accounts.reduce((sum, account) => {
      if (!random.chance(account.presence)) return sum;
      const mean = account.level * (isWeekend(day) ? account.weekend : 1);
      return sum + random.poisson(mean * Math.exp(account.sigma * random.normal()));
    }, 0),
  );
};

/** Very even use with a strong week, holidays like Sundays, and now and then a day of a third more: transport, offices, call centres. */
const crowds: Shape = (random, calendar) => {
  const level = someLevel(random, 800, 40_000);
  const weekend = random.between(0.3, 0.8);
  const sigma = random.between(0.03, 0.08);
  return calendar.map((day) => {
    const usual = isWeekend(day) || random.chance(0.03) ? weekend : 1;
    const event = random.chance(0.03) ? random.between(1.2, 1.7) : 1;
    return random.poisson(level * usual * event * Math.exp(sigma * random.normal()));
  });
};

/** Visitors of something public: clumped, uneven, with a memory of yesterday and a level that swings over weeks. */
const publicInterest: Shape = (random, calendar) => {
  const level = someLevel(random, 15, 3000);
  const weekend = random.between(0.5, 1);
  const noise = autocorrelated(random, calendar.length, random.between(0.2, 0.55), random.between(0.2, 0.5));
  const swing = random.between(0.1, 0.5);
  const phase = random.between(0, 2 * Math.PI);
  const weeks = random.between(5, 12);
  return calendar.map((day, index) => {
    const slow = swing * Math.sin(phase + (2 * Math.PI * index) / (7 * weeks));
    return random.poisson(level * (isWeekend(day) ? weekend : 1) * Math.exp(slow + (noise[index] ?? 0)));
  });
};

/** Work in batches of very different sizes, with idle days between: a few people, each of whose jobs makes many calls. */
const batches: Shape = (random, calendar) => {
  const perDay = random.between(0.6, 3);
  const size = someLevel(random, 4, 300);
  const sigma = random.between(0.5, 1);
  return calendar.map((day) => {
    const jobs = random.poisson(perDay * (isWeekend(day) ? 0.4 : 1));
    return Array.from({ length: jobs }, () => random.poisson(size * Math.exp(sigma * random.normal()))).reduce(
      (sum, calls) => sum + calls,
      0,
    );
  });
};

/** Every shape by name; the last nine are made to look like what is measured in real systems. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  steady,
  officeHours,
  smallCounts,
  newBaseline,
  ramp,
  monthEnds,
  weeklyJob,
  outages,
  noisyAccount,
  weekendShift,
  intermittent,
  clumpedCounts,
  heavyTailed,
  studentNoise,
  wandering,
  lifelike,
  manyAccounts,
  crowds,
  publicInterest,
  batches,
};
