import type { Clock } from '../../src/model/clock.ts';

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves time forward and wakes, in the order they are due, those whose sleep ends on the way. */
  advance(ms: number): Promise<void>;
  /** How many sleeps have not ended. */
  readonly sleeping: number;
  /** Every sleep that was asked for, in milliseconds, in order. */
  readonly sleeps: readonly number[];
}

interface Sleeper {
  readonly wakesAt: number;
  readonly order: number;
  wake(): void;
}

/**
 * A manual clock. With `{ auto: true }` nobody has to move it: as soon as the program has nothing else to do it jumps to the end of
 * the next sleep, so that an hour's wait takes no time and still shows in `now()`.
 */
export function createManualClock(start: Date | string, { auto = false }: { auto?: boolean } = {}): ManualClock {
  let time = new Date(start).getTime();
  let order = 0;
  let scheduled = false;
  const sleepers = new Set<Sleeper>();
  const sleeps: number[] = [];

  const earliest = (): Sleeper | undefined =>
    [...sleepers].sort((a, b) => a.wakesAt - b.wakesAt || a.order - b.order).at(0);

  const wakeUntil = async (end: number): Promise<void> => {
    for (;;) {
      // Whoever was woken may sleep again within the time that is being skipped.
      await drain();
      const sleeper = earliest();
      if (sleeper === undefined || sleeper.wakesAt > end) break;
      time = Math.max(time, sleeper.wakesAt);
      sleeper.wake();
    }
    time = Math.max(time, end);
  };

  const wakeEarliest = async (): Promise<void> => {
    await drain();
    scheduled = false;
    const sleeper = earliest();
    if (sleeper === undefined) return;
    time = Math.max(time, sleeper.wakesAt);
    sleeper.wake();
    schedule();
  };

  const schedule = (): void => {
    if (!auto || scheduled || sleepers.size === 0) return;
    scheduled = true;
    void wakeEarliest();
  };

  return {
    now: () => new Date(time),
    sleep: (ms, signal) =>
      new Promise<void>((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        sleeps.push(ms);
        const abort = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          wakesAt: time + Math.max(0, ms),
          order: order++,
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', abort);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', abort, { once: true });
        schedule();
      }),
    advance: (ms) => wakeUntil(time + ms),
    get sleeping() {
      return sleepers.size;
    },
    sleeps,
  };
}

/** Lets everything that can run without time passing run. */
async function drain(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
