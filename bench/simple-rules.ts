/** Days that the simple rules look back: four weeks. */
const WINDOW = 28;

/** A rule of thumb: whether the day at `index` is a spike, and how strict it is. */
export interface SimpleRule {
  readonly name: string;
  /** Settings to choose from on the tuning seeds, so that it competes at its best. */
  readonly settings: readonly number[];
  isSpike(calls: readonly number[], index: number, setting: number): boolean;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const deviation = (values: readonly number[]): number => {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
};

const threeSigma: SimpleRule = {
  name: 'three sigma',
  settings: [2, 2.5, 3, 3.5, 4, 5],
  isSpike: (calls, index, sigmas) => {
    const before = calls.slice(Math.max(0, index - WINDOW), index);
    return (calls[index] ?? 0) > mean(before) + sigmas * deviation(before);
  },
};

const overLastWeek: SimpleRule = {
  name: 'percentage over last week',
  settings: [1.5, 2, 2.5, 3, 4, 5],
  isSpike: (calls, index, times) => (calls[index] ?? 0) > times * Math.max(1, calls[index - 7] ?? 0),
};

const overWeeklyMean: SimpleRule = {
  name: "percentage over last week's mean",
  settings: [1.5, 2, 2.5, 3, 4, 5],
  isSpike: (calls, index, times) =>
    (calls[index] ?? 0) > times * Math.max(1, mean(calls.slice(Math.max(0, index - 7), index))),
};

const ewma: SimpleRule = {
  name: 'EWMA',
  settings: [2, 3, 4, 5, 6, 8],
  isSpike: (calls, index, sigmas) => {
    const weight = 0.2;
    let centre = calls[0] ?? 0;
    let variance = 0;
    for (const value of calls.slice(1, index)) {
      const miss = value - centre;
      variance = (1 - weight) * (variance + weight * miss * miss);
      centre += weight * miss;
    }
    return (calls[index] ?? 0) > centre + sigmas * Math.sqrt(variance);
  },
};

/** What people use, each with the settings it is tried at. */
export const SIMPLE_RULES: readonly SimpleRule[] = [threeSigma, overLastWeek, overWeeklyMean, ewma];
