import { quantile } from './averages.ts';
import type { DayCalls } from './daily-use.ts';
import { daysBetween } from './instant.ts';
import { type UsualUse, usualUse } from './usual-use.ts';

/** How much a day must differ from chance and from habits. This and the figures below were tuned by `npm run bench:judgement`. */
export interface SpikeMeasure {
  /** A spike lies so many spreads above the expectation. */
  readonly spreads: number;
  /** Other episodes are looked for so many days back. */
  readonly withinDays: number;
  /** An addition that was come near to (within this factor) in so many other episodes is a habit. */
  readonly habit: { readonly episodes: number; readonly factor: number };
  /** What a spike adds at least, in busy days: the more, the more often the series rises by less. */
  readonly added: { readonly atLeast: number; readonly forEachRise: number };
}

/** For a group. */
export const GROUP_MEASURE: SpikeMeasure = {
  spreads: 6,
  withinDays: 56,
  habit: { episodes: 6, factor: 2.4 },
  added: { atLeast: 0.8, forEachRise: 0.5 },
};

/** For one account among hundreds: people use the API in bursts, and somebody's chance comes up every day. */
export const ACCOUNT_MEASURE: SpikeMeasure = {
  spreads: 8,
  withinDays: 90,
  habit: { episodes: 2, factor: 3 },
  added: { atLeast: 0.8, forEachRise: 0.25 },
};

/** For one that is used now and then, where what is high is measured by the highest other day besides. */
export const SELDOM_USED_MEASURE: SpikeMeasure = { ...ACCOUNT_MEASURE, spreads: 5 };

/** A series rises from so many spreads on ... */
const RISE_SPREADS = 1.5;
/**
 * ... and is uneven by as many episodes as add so many busy days. Greater ones say nothing of a spike's size: they are old incidents,
 * or a habit.
 */
const UNEVEN = { from: 1 / 3, to: 2 };
/** Other episodes than a day's own lie so many days from it. */
const APART_DAYS = 4;
/** How great a day must be to be a spike, beside standing out. */
export interface SpikeOptions {
  /** A spike has at least so many times the expected calls ... */
  readonly times: number;
  /** ... and at least so many calls more. */
  readonly minimumCalls: number;
  /** Absent: a group's. */
  readonly measure?: SpikeMeasure;
}

/** A day that stands out from its series. */
export interface Spike {
  /** Its place in the series. */
  readonly index: number;
  readonly expected: number;
}

/** The days of a series that stand out from what is usual in it; for the series, see `usualUse`. */
export function spikesAmong(
  days: readonly DayCalls[],
  { measure = GROUP_MEASURE, ...least }: SpikeOptions,
): readonly Spike[] {
  const usual = usualUse(days);
  const calmUse = days.filter(({ calls }, index) => calls > 0 && usual.calm[index] === true);
  /** One calm day of use in five is busier. */
  const busyDay = quantile(
    calmUse.map(({ calls }) => calls),
    0.8,
  );
  return [...days.keys()]
    .filter(
      (index) => isTall({ days, usual, measure }, index, least) && isRare({ days, usual, measure }, index, busyDay),
    )
    .map((index) => ({ index, expected: usual.expected[index] ?? 0 }));
}

/** A series, what is usual in it, and how strictly it is measured. */
interface Measured {
  readonly days: readonly DayCalls[];
  readonly usual: UsualUse;
  readonly measure: SpikeMeasure;
}

/** Whether a day lies far enough above its expectation, as a multiple, as an amount, and compared with chance. */
function isTall({ days, usual, measure }: Measured, index: number, least: Omit<SpikeOptions, 'measure'>): boolean {
  const calls = days[index]?.calls ?? 0;
  const expected = usual.expected[index] ?? 0;
  return (
    calls >= expected * least.times &&
    calls - expected >= least.minimumCalls &&
    (usual.lifts[index] ?? 0) >= measure.spreads * usual.spread
  );
}

/**
 * Whether the series seldom rises like this. The more often it rose by less lately, the more must a day add; and what it came near to
 * again and again is not news, whatever its statistics.
 */
function isRare({ days, usual, measure }: Measured, index: number, busyDay: number): boolean {
  const { habit, withinDays } = measure;
  const added = days.map(({ calls }, of) => calls - (usual.expected[of] ?? 0));
  const own = added[index] ?? 0;
  const rises = [...days.keys()].filter(
    (of) => (usual.lifts[of] ?? 0) >= RISE_SPREADS * usual.spread && isOtherEpisode(days, [index, of], withinDays),
  );
  const near = episodesAmong(rises.filter((of) => (added[of] ?? 0) * habit.factor >= own));
  const uneven = episodesAmong(
    rises.filter((of) => (added[of] ?? 0) >= UNEVEN.from * busyDay && (added[of] ?? 0) < UNEVEN.to * busyDay),
  );
  const leastAdded = measure.added.atLeast + measure.added.forEachRise * uneven;
  return own >= leastAdded * busyDay && near < habit.episodes;
}

function isOtherEpisode(
  days: readonly DayCalls[],
  [index, other]: readonly [number, number],
  withinDays: number,
): boolean {
  const ago = daysBetween(days[other]?.day ?? '', days[index]?.day ?? '');
  return Math.abs(ago) > APART_DAYS && ago <= withinDays;
}

/** Days in a row are one episode. */
const episodesAmong = (indices: readonly number[]): number =>
  indices.filter((index, place) => index - (indices[place - 1] ?? Number.NEGATIVE_INFINITY) > 1).length;
