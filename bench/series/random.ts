/** A stream of pseudo-random draws that a seed repeats exactly. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  between(low: number, high: number): number;
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  chance(probability: number): boolean;
  normal(): number;
  gamma(shape: number): number;
  poisson(mean: number): number;
  /** Student's t: a bell with heavy tails. */
  student(degrees: number): number;
}

/** Mulberry32: small, fast, and good enough for test series. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (low: number, high: number): number => low + (high - low) * uniform();
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const gamma = (shape: number): number => drawGamma(shape, uniform, normal);
  return {
    uniform,
    between,
    integer: (low, high) => Math.floor(between(low, high + 1)),
    chance: (probability) => uniform() < probability,
    normal,
    gamma,
    poisson: (mean) => drawPoisson(mean, uniform, normal),
    student: (degrees) => normal() / Math.sqrt((2 * gamma(degrees / 2)) / degrees),
  };
}

/** Marsaglia and Tsang's method; a shape below one is lifted and scaled back. */
function drawGamma(shape: number, uniform: () => number, normal: () => number): number {
  if (shape < 1) return drawGamma(shape + 1, uniform, normal) * (1 - uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

function drawPoisson(mean: number, uniform: () => number, normal: () => number): number {
  if (mean > 200) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
  const limit = Math.exp(-mean);
  let product = uniform();
  let count = 0;
  while (product > limit) {
    product *= uniform();
    count += 1;
  }
  return count;
}
