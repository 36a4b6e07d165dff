import type { FinishedAttempt, Sender } from '../model/attempt.ts';
import type { Clock } from '../model/clock.ts';
import type { Log } from '../model/log.ts';
import type { ChannelSettings } from '../model/settings.ts';
import { attemptDelivery } from './attempt.ts';
import { endpointsOf } from './endpoint.ts';
import type { Outbox } from './outbox.ts';

/** What a pump works with. */
export interface PumpOptions {
  readonly store: Outbox;
  /** The channels as they are configured now. */
  readonly channels: () => Readonly<Record<string, ChannelSettings>>;
  readonly clock: Clock;
  readonly log: Log;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
  readonly sender: Sender;
}

/** Takes messages from the outbox to their receivers. Channels do not wait for each other. */
export interface Pump {
  /**
   * Sends all that is due now and returns; what has to wait stays in the outbox.
   * @throws what the store throws.
   */
  drain(signal: AbortSignal): Promise<void>;
  /** Begins to send whatever becomes due, until `stop`. The daemon's also takes back what a dead daemon was sending. */
  start(): void;
  /** Begins nothing new, lets sends in flight end within the grace, then aborts them; they stay owed. */
  stop(graceMs: number): Promise<void>;
  /** Looks into the outbox now. */
  wake(): void;
}

type Due = ReturnType<Outbox['dueDeliveries']>[number];

const BATCH = 200;

/** The longest sleep: a command beside the daemon may have put something into the outbox. */
const MAX_SLEEP_MS = 60_000;

/** A clock that was set back further than this would let messages wait for the time that it shows twice. */
const CLOCK_STEP_MS = 60_000;

/** How long a store that throws is left alone after its first, second, ... failure in a row; the last repeats. */
const STORE_WAITS_MS = [1000, 2000, 5000, 15_000, 60_000] as const;

function storeWaitMs(failures: number, random: number): number {
  const wait = STORE_WAITS_MS[Math.min(failures, STORE_WAITS_MS.length) - 1] ?? STORE_WAITS_MS[0];
  return Math.round(wait * (0.8 + 0.4 * random));
}

function byChannel(due: readonly Due[]): ReadonlyMap<string, readonly Due[]> {
  return Map.groupBy(due, ({ channel }) => channel);
}

/** Sleeps; false when the signal ended it. */
async function slept(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

/** Creates a pump over an outbox. It holds nothing that is not in the store but what it is doing this moment. */
export function createPump(options: PumpOptions): Pump {
  const { store, clock, log, random, sender } = options;
  const stopping = new AbortController();
  const aborting = new AbortController();
  const workers = new Map<string, Promise<void>>();
  let waiting = new AbortController();
  let loop: Promise<void> | null = null;

  const wake = (): void => waiting.abort();

  /** Tries for as long as it takes: the receiver has the message, and forgetting that would send it again. */
  const keep = async (finished: FinishedAttempt): Promise<void> => {
    for (let failures = 1; ; failures += 1) {
      try {
        return store.finishAttempt(finished);
      } catch (error) {
        log.error('could not store the end of an attempt', { deliveryId: finished.id, error });
        if (!(await slept(clock, storeWaitMs(failures, random()), stopping.signal))) return;
      }
    }
  };

  const sendAll = async (due: readonly Due[]): Promise<void> => {
    for (const each of due) {
      if (stopping.signal.aborted) return;
      const finished = await attemptDelivery(options, each, aborting.signal);
      if (finished !== null) await keep(finished);
    }
  };

  const storeFailures = new Map<string, number>();
  const startWorker = (channel: string, due: readonly Due[]): void => {
    const work = sendAll(due)
      .then(() => void storeFailures.delete(channel))
      .catch(async (error: unknown) => {
        const count = (storeFailures.get(channel) ?? 0) + 1;
        storeFailures.set(channel, count);
        log.error('could not begin an attempt', { channel, error, failures: count });
        await slept(clock, storeWaitMs(count, random()), stopping.signal);
      })
      .finally(() => {
        workers.delete(channel);
        wake();
      });
    workers.set(channel, work);
  };

  const recover = (as: Sender, at: Date): void => {
    for (const id of store.recoverInterrupted(as, at)) log.warn('took over an interrupted attempt', { deliveryId: id });
  };

  let salt: Uint8Array | null = null;
  const meet = (isStart: boolean): void => {
    salt ??= store.keySalt();
    const endpoints = endpointsOf(options.channels(), salt);
    for (const channel of store.meetChannels({ endpoints, at: clock.now(), isStart }))
      log.info('channel leads elsewhere now, held back no more', { channel });
  };

  let lookedAt = clock.now();
  const mindClock = (at: Date): void => {
    if (lookedAt.getTime() - at.getTime() > CLOCK_STEP_MS) {
      log.warn('clock set back, what waits is tried now', { deliveries: store.hastenDeliveries(at) });
    }
    lookedAt = at;
  };

  let isFirst = true;
  const look = (): number => {
    const at = clock.now();
    mindClock(at);
    // What this process sends is taken back only before it sends anything; later only what others left behind.
    recover(isFirst ? sender : 'command', at);
    meet(isFirst);
    isFirst = false;
    for (const [channel, due] of byChannel(store.dueDeliveries(at, BATCH))) {
      if (!workers.has(channel)) startWorker(channel, due);
    }
    const next = store.nextDueAt(at);
    return next === null ? MAX_SLEEP_MS : Math.min(Date.parse(next) - at.getTime(), MAX_SLEEP_MS);
  };

  let failures = 0;
  const lookSafely = (): number => {
    try {
      const sleepMs = look();
      failures = 0;
      return sleepMs;
    } catch (error) {
      failures += 1;
      log.error('could not read the outbox', { error, failures });
      return storeWaitMs(failures, random());
    }
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      waiting = new AbortController();
      const sleepMs = lookSafely();
      await slept(clock, sleepMs, AbortSignal.any([waiting.signal, stopping.signal]));
    }
  };

  return {
    async drain(signal) {
      const drainChannel = async (batch: readonly Due[]): Promise<void> => {
        for (const each of batch) {
          if (signal.aborted) return;
          const finished = await attemptDelivery(options, each, signal);
          if (finished !== null) store.finishAttempt(finished);
        }
      };
      recover('command', clock.now());
      meet(false);
      while (!signal.aborted) {
        const due = store.dueDeliveries(clock.now(), BATCH);
        if (due.length === 0) return;
        await Promise.all(byChannel(due).values().map(drainChannel));
      }
    },
    start() {
      loop ??= run();
    },
    async stop(graceMs) {
      stopping.abort();
      const done = new AbortController();
      const ended = Promise.allSettled([...workers.values(), loop]).finally(() => done.abort());
      await Promise.race([ended, slept(clock, graceMs, done.signal)]);
      aborting.abort();
      await ended;
    },
    wake,
  };
}
