import type { TestContext } from 'node:test';
import { type Act, perform } from './raw-receiver.ts';

/** How long a receiver that will never say more is waited for: its sender would wait for minutes. */
const PATIENCE_MS = 400;

/** What `AbortSignal.timeout` gives. */
const TIMED_OUT = new DOMException('The patience is at its end', 'TimeoutError');

/** A sender's patience, which counts from the last thing that a receiver does. */
export interface Patience {
  readonly signal: AbortSignal;
  /** Does it, and begins to count: what came before may take as long as a busy machine needs. */
  readonly lastly: (act: Act) => Act;
}

/** A patience that ends with its test. */
export function startPatience(t: TestContext): Patience {
  const controller = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  t.after(() => timers.forEach((timer) => clearTimeout(timer)));
  return {
    signal: controller.signal,
    lastly: (act) => (socket) => {
      perform(socket, act);
      timers.add(setTimeout(() => controller.abort(TIMED_OUT), PATIENCE_MS));
    },
  };
}
