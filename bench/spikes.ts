import { spikesFound } from './judge-series.ts';
import { FIRST_SCORED, type LabelledSeries, quietSeries, SERIES_DAYS, seriesWithIncidents } from './series/labelled.ts';
import { SIMPLE_RULES } from './simple-rules.ts';

/** What a judge finds among the finished days of a series, and among those that were finished on an earlier morning. */
interface SpikeJudge {
  readonly name: string;
  find(series: LabelledSeries, finished: number): readonly number[];
}

/** How well a judge did. */
export interface SpikeScore {
  readonly name: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Mornings from an incident's first day until any day of it is reported, on average; of incidents that are. */
  readonly daysOfDelay: number;
  /** Alarms in sixty quiet series, judged once at their end, and every morning. */
  readonly quietAlarms: number;
  readonly quietAlarmsByMornings: number;
}

/** Which series: so many of each shape, from a seed on. */
interface Seeds {
  readonly shapes: readonly string[];
  readonly first: number;
  readonly each: number;
}

/** The seed of one series: far from its neighbours', and never the same for tuning and reporting. */
const seedOf = (first: number, count: number): number => first + count * 7919;

const everySeries = (
  make: (shape: string, seed: number) => LabelledSeries,
  { shapes, first, each }: Seeds,
): LabelledSeries[] =>
  shapes.flatMap((shape) => Array.from({ length: each }, (_, count) => make(shape, seedOf(first, count))));

const ourRule: SpikeJudge = { name: 'usage-without-spikes', find: spikesFound };

/** Our rule and the simple ones, each of these at the setting with the best F1 on the tuning seeds. */
export function spikeJudges(tuning: Seeds): readonly SpikeJudge[] {
  const series = everySeries(seriesWithIncidents, tuning);
  const simple = SIMPLE_RULES.map((rule) => {
    const judges = rule.settings.map((setting) => ({
      name: `${rule.name} (${setting})`,
      find: ({ calls }: LabelledSeries, finished: number) =>
        [...calls.keys()].filter(
          (index) => index >= FIRST_SCORED && index < finished && rule.isSpike(calls, index, setting),
        ),
    }));
    const scored = judges.map((judge) => ({ judge, f1: matches(judge, series).f1 }));
    return scored.reduce((a, b) => (b.f1 > a.f1 ? b : a)).judge;
  });
  return [ourRule, ...simple];
}

/** Scores a judge on series of every shape. */
export function scoreSpikes(judge: SpikeJudge, seeds: Seeds): SpikeScore {
  const withIncidents = everySeries(seriesWithIncidents, seeds);
  const quiet = everySeries(quietSeries, { ...seeds, first: seeds.first + 500_009 });
  const fewQuiet = everySeries(quietSeries, {
    ...seeds,
    first: seeds.first + 700_001,
    each: Math.ceil(seeds.each / 3),
  });
  const inSixty = (alarms: number[]): number => (60 * alarms.reduce((sum, count) => sum + count, 0)) / alarms.length;
  return {
    name: judge.name,
    ...matches(judge, withIncidents),
    daysOfDelay: delay(judge, withIncidents),
    quietAlarms: inSixty(quiet.map((series) => judge.find(series, SERIES_DAYS).length)),
    quietAlarmsByMornings: inSixty(fewQuiet.map((series) => foundByMornings(judge, series).size)),
  };
}

/** F1 by shape, for seeing where a change helps and where it hurts. */
export function scoreByShape(
  judge: SpikeJudge,
  { shapes, first, each }: Seeds,
): readonly { readonly shape: string; readonly f1: number; readonly quietAlarms: number }[] {
  return shapes.map((shape) => {
    const seeds = Array.from({ length: each }, (_, count) => seedOf(first, count));
    const { f1 } = matches(
      judge,
      seeds.map((seed) => seriesWithIncidents(shape, seed)),
    );
    const quiet = seeds.map((seed) => judge.find(quietSeries(shape, seed + 500_009), SERIES_DAYS).length);
    return { shape, f1, quietAlarms: (60 * quiet.reduce((sum, count) => sum + count, 0)) / each };
  });
}

function matches(judge: SpikeJudge, all: readonly LabelledSeries[]) {
  let right = 0;
  let reported = 0;
  let labelled = 0;
  for (const series of all) {
    const found = judge.find(series, SERIES_DAYS);
    reported += found.length;
    right += found.filter((index) => series.incidentDays.has(index)).length;
    labelled += [...series.incidentDays].filter((index) => index >= FIRST_SCORED).length;
  }
  return {
    precision: right / Math.max(1, reported),
    recall: right / Math.max(1, labelled),
    f1: (2 * right) / Math.max(1, reported + labelled),
  };
}

function delay(judge: SpikeJudge, all: readonly LabelledSeries[]): number {
  const delays = all.flatMap((series) =>
    [...series.incidentDays]
      .filter((index) => index >= FIRST_SCORED && !series.incidentDays.has(index - 1))
      .flatMap((start) => {
        const mornings = [1, 2, 3, 4, 5].filter((after) => start + after <= SERIES_DAYS);
        const morning = mornings.find((after) =>
          judge.find(series, start + after).some((index) => index >= start && index < start + 5),
        );
        return morning ?? [];
      }),
  );
  return delays.reduce((sum, days) => sum + days, 0) / Math.max(1, delays.length);
}

function foundByMornings(judge: SpikeJudge, series: LabelledSeries): ReadonlySet<number> {
  const found = new Set<number>();
  for (let finished = FIRST_SCORED + 1; finished <= SERIES_DAYS; finished += 1) {
    for (const index of judge.find(series, finished)) if (index >= FIRST_SCORED) found.add(index);
  }
  return found;
}
