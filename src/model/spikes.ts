import { quantile } from './averages.ts';
import type { DayCalls } from './daily-use.ts';
import { daysBetween } from './instant.ts';
import { type UsualUse, usualUse } from './usual-use.ts';

/** A spike lies so many spreads above the expectation. This and the figures below were tuned by `npm run bench:judgement`. */
const SPREADS = 6;
/** A day stands out, and is counted as an episode, from so many spreads on ... */
const EPISODE_SPREADS = 2;
/** ... and this share of a busy day more than expected. */
const EPISODE_SHARE = 0.3;
/** Other episodes than a day's own lie so many days from it, and not longer ago than eight weeks. */
const OTHER_EPISODES = { apart: 4, withinDays: 56 };
/** What a spike adds, in busy days: more for each of the first two other episodes, and less so for each further one. */
const LEAST_ADDED = { alone: 0.8, forEachOfTwo: 0.6, forEachFurther: 0.2 };
/** An addition that was come near to (within this factor) in so many other episodes is a habit. */
const HABIT = { episodes: 5, factor: 2.4 };

/** How great a day must be to be a spike, beside standing out. */
export interface SpikeOptions {
  /** A spike has at least so many times the expected calls ... */
  readonly times: number;
  /** ... and at least so many calls more. */
  readonly minimumCalls: number;
}

/** A day that stands out from its series. */
export interface Spike {
  /** Its place in the series. */
  readonly index: number;
  readonly expected: number;
}

/** The days of a series that stand out from what is usual in it; for the series, see `usualUse`. */
export function spikesAmong(days: readonly DayCalls[], options: SpikeOptions): readonly Spike[] {
  const usual = usualUse(days);
  const calmUse = days.filter(({ calls }, index) => calls > 0 && usual.calm[index] === true);
  /** One calm day of use in five is busier. */
  const busyDay = quantile(
    calmUse.map(({ calls }) => calls),
    0.8,
  );
  return [...days.keys()]
    .filter((index) => isTall(days, usual, index, options) && isRare(days, usual, index, busyDay))
    .map((index) => ({ index, expected: usual.expected[index] ?? 0 }));
}

/** Whether a day lies far enough above its expectation, as a multiple, as an amount, and compared with chance. */
function isTall(days: readonly DayCalls[], usual: UsualUse, index: number, options: SpikeOptions): boolean {
  const calls = days[index]?.calls ?? 0;
  const expected = usual.expected[index] ?? 0;
  return (
    calls >= expected * options.times &&
    calls - expected >= options.minimumCalls &&
    (usual.lifts[index] ?? 0) >= SPREADS * usual.spread
  );
}

/**
 * Whether the series seldom rises like this. The more often it rose lately, the more must a day add; and what it came near to again
 * and again is not news, whatever its statistics.
 */
function isRare(days: readonly DayCalls[], usual: UsualUse, index: number, busyDay: number): boolean {
  const added = days.map(({ calls }, of) => calls - (usual.expected[of] ?? 0));
  const own = added[index] ?? 0;
  const rises = [...days.keys()].filter(
    (of) => (usual.lifts[of] ?? 0) >= EPISODE_SPREADS * usual.spread && isOtherEpisode(days, index, of),
  );
  const notable = episodesAmong(rises.filter((of) => (added[of] ?? 0) >= EPISODE_SHARE * busyDay));
  const near = episodesAmong(rises.filter((of) => (added[of] ?? 0) * HABIT.factor >= own));
  const leastAdded =
    LEAST_ADDED.alone +
    LEAST_ADDED.forEachOfTwo * Math.min(2, notable) +
    LEAST_ADDED.forEachFurther * Math.max(0, notable - 2);
  return own >= leastAdded * busyDay && near < HABIT.episodes;
}

function isOtherEpisode(days: readonly DayCalls[], index: number, other: number): boolean {
  const ago = daysBetween(days[other]?.day ?? '', days[index]?.day ?? '');
  return Math.abs(ago) > OTHER_EPISODES.apart && ago <= OTHER_EPISODES.withinDays;
}

/** Days in a row are one episode. */
const episodesAmong = (indices: readonly number[]): number =>
  indices.filter((index, place) => index - (indices[place - 1] ?? Number.NEGATIVE_INFINITY) > 1).length;
