import { median, quantile } from './averages.ts';

/** Where the middle of figures lies, and how far they spread above it. */
export interface UpperSpread {
  readonly centre: number;
  readonly spread: number;
}

/** How a spread is measured. */
export interface SpreadMeasure {
  /** It is measured at the figure that this share lies below ... */
  readonly share: number;
  /** ... which lies so many standard deviations above the middle of a normal distribution. */
  readonly deviations: number;
}

/** No group is steadier than this. */
const LEAST_SPREAD = 0.1;
/** From this share of figures on, what lies far outside may be cut. */
const NEVER_CUT_SHARE = 0.7;

/**
 * The standard deviation that figures have above their middle. A core is taken first and what lies far outside it is cut, so that old
 * incidents do not widen the spread and hide new ones.
 */
export function upperSpread(values: readonly number[], { share, deviations }: SpreadMeasure): UpperSpread {
  const sorted = values.toSorted((a, b) => a - b);
  const kept = Math.ceil(sorted.length * NEVER_CUT_SHARE);
  let centre = median(sorted);
  let spread = Math.max(LEAST_SPREAD, (quantile(sorted, 0.7) - centre) / 0.524);
  for (const limit of [4, 3, 3]) {
    const core = sorted.filter((value, index) => value < centre + limit * spread || index < kept);
    centre = median(core);
    spread = Math.max(LEAST_SPREAD, (quantile(core, share) - centre) / deviations);
  }
  return { centre, spread };
}
