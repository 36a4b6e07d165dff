import { setTimeout as wait } from 'node:timers/promises';

/** Resolves as soon as a condition holds; fails after ten seconds. */
export async function until(condition: () => boolean, what = 'the condition'): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`${what} did not come true in ten seconds`);
    await wait(2);
  }
}
