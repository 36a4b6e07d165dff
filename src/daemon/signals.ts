import type { Log } from '../model/log.ts';

const SIGNALS = { SIGTERM: 15, SIGINT: 2 } as const;

/** The shell's way to say that a signal ended a program. */
const SIGNAL_EXIT = 128;

/** Waits for SIGTERM or SIGINT. A second one, while the daemon stops, ends the process at once. */
export function untilStopped(log: Log): Promise<void> {
  return new Promise((resolve) => {
    for (const [name, number] of Object.entries(SIGNALS)) {
      process.once(name, () => {
        log.info('stop requested', { signal: name });
        for (const [again] of Object.entries(SIGNALS)) process.once(again, () => process.exit(SIGNAL_EXIT + number));
        resolve();
      });
    }
  });
}
