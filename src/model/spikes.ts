import { median } from './averages.ts';
import type { DayCalls } from './daily-use.ts';
import { daysBetween } from './instant.ts';
import { type UsualUse, usualUse } from './usual-use.ts';

/** A spike lies so many spreads above the expectation. This and the figures below were tuned by `npm run bench:judgement`. */
const SPREADS = 3.8;
/** The same in a Poisson count's own spreads, for groups with few calls a day. */
const COUNT_SPREADS = 4;
/** A height that was come near to (within this factor) in so many other episodes is a habit; more of them, if it is great. */
const HABIT = { episodes: 4, episodesOfGreatHeight: 6, greatSpreads: 10, factor: 2.4, withinDays: 56 };
/** What a spike adds is at least this share of an ordinary day's calls. */
const LEAST_SHARE_OF_ORDINARY_DAY = 0.8;

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
  return [...days.keys()]
    .filter((index) => isSpike(days, usual, index, options))
    .map((index) => ({ index, expected: usual.expected[index] ?? 0 }));
}

function isSpike(history: readonly DayCalls[], usual: UsualUse, index: number, options: SpikeOptions): boolean {
  const calls = history[index]?.calls ?? 0;
  const expected = usual.expected[index] ?? 0;
  const added = calls - expected;
  const ordinary = median(history.filter((use) => use.calls > 0).map((use) => use.calls));
  return (
    calls >= expected * options.times &&
    added >= options.minimumCalls &&
    added >= LEAST_SHARE_OF_ORDINARY_DAY * ordinary &&
    (usual.lifts[index] ?? 0) >= SPREADS * usual.spread &&
    Math.sqrt(calls) >= Math.sqrt(expected) + COUNT_SPREADS / 2 &&
    !isHabit(history, usual, index)
  );
}

/** Whether the group came near such a height in several other episodes: what recurs is not news, whatever its statistics. */
function isHabit(history: readonly DayCalls[], usual: UsualUse, index: number): boolean {
  const calls = (of: number): number => history[of]?.calls ?? 0;
  const times = (of: number): number => Math.max(0, 1 + (usual.lifts[of] ?? 0)) ** 2;
  const added = (of: number): number => calls(of) - (usual.expected[of] ?? 0);
  const isNear = (figure: (of: number) => number, other: number) => figure(other) * HABIT.factor >= figure(index);
  const ago = (of: number): number => daysBetween(history[of]?.day ?? '', history[index]?.day ?? '');
  const others = [...history.keys()].filter(
    (other) =>
      ago(other) <= HABIT.withinDays &&
      Math.abs(ago(other)) > 4 &&
      ((isNear(times, other) && isNear(calls, other)) ||
        (isNear(added, other) && (usual.lifts[other] ?? 0) >= 2 * usual.spread)),
  );
  const episodes = others.filter((other, place) => other - (others[place - 1] ?? Number.NEGATIVE_INFINITY) > 1);
  const isGreat = (usual.lifts[index] ?? 0) > HABIT.greatSpreads * usual.spread;
  return episodes.length >= (isGreat ? HABIT.episodesOfGreatHeight : HABIT.episodes);
}
