import type { Random } from './random.ts';
import { type CalendarDay, isWeekend, negativeBinomial, office, type Shape, someLevel } from './shapes.ts';

/** An ordinary group, to which something happens that is no incident. */
const ordinary = (random: Random, calendar: readonly CalendarDay[]): number[] =>
  office(random, calendar, someLevel(random), random.between(0.05, 1), random.between(10, 60));

const mean = (calls: readonly number[]): number => calls.reduce((sum, count) => sum + count, 0) / calls.length;

/** A stretch of days of which this share is left. */
function withGap(random: Random, calls: readonly number[], [length, left]: readonly [number, number]): number[] {
  const start = random.integer(1, Math.max(2, calls.length - length - 2));
  return calls.map((count, index) => (index >= start && index < start + length ? Math.round(count * left) : count));
}

/** A batch on some days, as many times an ordinary day. */
function withBatches(
  random: Random,
  calls: readonly number[],
  { times, isDue }: { times: number; isDue: (index: number) => boolean },
): number[] {
  const size = mean(calls) * times;
  return calls.map((count, index) => (isDue(index) ? count + random.poisson(size) : count));
}

const outageDays: Shape = (random, calendar) =>
  withGap(random, withGap(random, ordinary(random, calendar), [1, 0]), [1, 0]);

const outageWeek: Shape = (random, calendar) =>
  withGap(random, ordinary(random, calendar), [random.integer(5, 10), random.chance(0.5) ? 0 : 0.05]);

const outageMonth: Shape = (random, calendar) =>
  withGap(random, ordinary(random, calendar), [random.integer(18, 34), random.chance(0.5) ? 0 : 0.03]);

/** A key is renewed, and only half of what used it knows the new one for a while. */
const keyRenewal: Shape = (random, calendar) =>
  withGap(random, ordinary(random, calendar), [random.integer(5, 30), 0.5]);

const twoLevels: Shape = (random, calendar) => {
  const [first, second] = [random.integer(10, 25), random.integer(32, calendar.length - 9)];
  const factor = (): number => (random.chance(0.6) ? random.between(1.4, 3) : random.between(0.3, 0.7));
  const factors = [factor(), factor()] as const;
  return ordinary(random, calendar).map((calls, index) =>
    Math.round(calls * (index >= first ? factors[0] : 1) * (index >= second ? factors[1] : 1)),
  );
};

const growth: Shape = (random, calendar) => {
  const aDay = random.between(0.015, 0.04);
  const base = office(random, calendar, someLevel(random, 60, 4000), random.between(0.02, 0.4), random.between(15, 60));
  return base.map((calls, index) => Math.round(calls * Math.exp(aDay * index)));
};

/** Few calls, which come in clumps. */
const overdispersed: Shape = (random, calendar) =>
  office(random, calendar, random.between(2, 15), random.between(0.2, 1), random.between(0.6, 2));

const clumps: Shape = (random, calendar) =>
  office(random, calendar, someLevel(random, 50, 5000), random.between(0.2, 1), random.between(1.5, 5));

const zeroInflated: Shape = (random, calendar) => {
  const idle = random.between(0.1, 0.6);
  const base = office(random, calendar, someLevel(random, 10, 3000), random.between(0.3, 1), random.between(2, 10));
  return base.map((calls) => (random.chance(idle) ? 0 : calls));
};

/** One to two weeks of holidays, as quiet as weekends. */
const holidays: Shape = (random, calendar) => {
  const [start, length] = [random.integer(5, calendar.length - 8), random.integer(7, 16)];
  const [level, weekend, size] = [someLevel(random), random.between(0.03, 0.4), random.between(10, 60)];
  return calendar.map((day, index) => {
    const isFree = isWeekend(day) || (index >= start && index < start + length && !random.chance(0.2));
    return negativeBinomial(random, level * (isFree ? weekend : 1), size);
  });
};

const freeDays: Shape = (random, calendar) => {
  const [level, weekend, size] = [someLevel(random), random.between(0.03, 0.4), random.between(10, 60)];
  return calendar.map((day) =>
    negativeBinomial(random, level * (isWeekend(day) || random.chance(0.08) ? weekend : 1), size),
  );
};

/** On the first or last working day of each month. */
const monthlyBatch: Shape = (random, calendar) => {
  const isFirst = random.chance(0.5);
  const isDue = (index: number): boolean => {
    const day = calendar[index];
    if (day === undefined || isWeekend(day)) return false;
    const moved = isFirst ? day.weekday === 1 && day.dayOfMonth <= 3 : day.weekday === 5 && day.daysToMonthEnd <= 2;
    return moved || (isFirst ? day.dayOfMonth === 1 : day.daysToMonthEnd === 0);
  };
  return withBatches(random, ordinary(random, calendar), { times: random.between(2, 9), isDue });
};

const everySecondWeek: Shape = (random, calendar) => {
  const start = random.integer(0, 13);
  const isDue = (index: number): boolean => index % 14 === start;
  return withBatches(random, ordinary(random, calendar), { times: random.between(2, 6), isDue });
};

const evenInterval: Shape = (random, calendar) => {
  const interval = random.integer(3, 11);
  const start = random.integer(0, interval - 1);
  const isDue = (index: number): boolean => index % interval === start;
  return withBatches(random, ordinary(random, calendar), { times: random.between(2, 6), isDue });
};

/** The group's days begin when those of UTC are half over: each is made of two. */
const otherTimeZone: Shape = (random, calendar) => {
  const [level, weekend, size] = [someLevel(random), random.between(0.02, 0.3), random.between(10, 60)];
  const [share, shift] = [random.between(0.2, 0.8), random.chance(0.5) ? 1 : 6];
  const busy = (weekday: number): number => ([0, 6].includes(weekday % 7) ? weekend : 1);
  return calendar.map(({ weekday }) =>
    negativeBinomial(random, level * (share * busy(weekday) + (1 - share) * busy(weekday + shift)), size),
  );
};

const fridaysFree: Shape = (random, calendar) => {
  const [level, weekend, size] = [someLevel(random), random.between(0.02, 0.3), random.between(10, 60)];
  return calendar.map(({ weekday }) =>
    negativeBinomial(random, level * ([5, 6].includes(weekday) ? weekend : 1), size),
  );
};

const missingDays: Shape = (random, calendar) => {
  const share = random.between(0.03, 0.15);
  return ordinary(random, calendar).map((calls) => (random.chance(share) ? 0 : calls));
};

/** What was not done one day is done on the next. */
const catchingUp: Shape = (random, calendar) => {
  const share = random.between(0.03, 0.08);
  const calls = ordinary(random, calendar);
  const isLate = calls.map((_, index) => index > 0 && random.chance(share));
  return calls.map((count, index) => {
    const kept = isLate[index + 1] === true ? Math.round(count * 0.1) : count;
    return isLate[index] === true ? kept + Math.round((calls[index - 1] ?? 0) * 0.9) : kept;
  });
};

const randomWalk: Shape = (random, calendar) => {
  const [level, step] = [someLevel(random, 100, 10_000), random.between(0.08, 0.16)];
  let log = 0;
  return calendar.map(() => {
    log += step * random.normal();
    return random.poisson(level * Math.exp(log));
  });
};

const unevenJobs: Shape = (random, calendar) => {
  const [level, sigma, weekend] = [someLevel(random, 50, 3000), random.between(0.5, 0.8), random.between(0.2, 1)];
  return calendar.map((day) =>
    random.poisson(level * (isWeekend(day) ? weekend : 1) * Math.exp(sigma * random.normal())),
  );
};

/** What a sceptic would try: nothing was tuned to a single one of them, but what they showed went into the rule. */
export const AWKWARD_SHAPES: Readonly<Record<string, Shape>> = {
  outageDays,
  outageWeek,
  outageMonth,
  keyRenewal,
  twoLevels,
  growth,
  overdispersed,
  clumps,
  zeroInflated,
  holidays,
  freeDays,
  monthlyBatch,
  everySecondWeek,
  evenInterval,
  otherTimeZone,
  fridaysFree,
  missingDays,
  catchingUp,
  randomWalk,
  unevenJobs,
};
