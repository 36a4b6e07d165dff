/** A probability in percent, in steps of five, never certain. */
export const inFives = (share: number): number => Math.min(99, Math.max(1, 5 * Math.round(20 * share)));

/** The share of a normal distribution below `z` (Abramowitz and Stegun 26.2.17, exact to 1e-7). */
export function normalShare(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    (t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))));
  return z > 0 ? 1 - tail : tail;
}
