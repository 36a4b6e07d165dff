import type { Log } from '../model/log.ts';

const SIGNALS = { SIGTERM: 15, SIGINT: 2 } as const;

/** The shell's way to say that a signal ended a program. */
const SIGNAL_EXIT = 128;

/** An error that nobody caught is not a finding: what it leaves is the same as of a job that could not be done. */
const CRASH_EXIT = 2;

/** Signals that the daemon obeys. */
export interface Signals {
  /** Resolves at the first SIGTERM or SIGINT, which may have come before anybody asked. */
  readonly stopped: Promise<void>;
  /** Whether it has come. Loading blocks: what arrived meanwhile is heard when the program has waited for something. */
  readonly isStopping: boolean;
  /** Aborted then. */
  readonly stopping: AbortSignal;
  /** What SIGHUP does from now on. */
  onHangUp(look: () => void): void;
  /** What errors that nobody caught are written to from now on. */
  logTo(log: Log): void;
}

/**
 * Listens for signals, from before anything slow: without a handler SIGHUP ends a process, and the first process of a container does not
 * hear SIGTERM at all. A second SIGTERM or SIGINT ends the process at once.
 */
export function listenForSignals(): Signals {
  let log: Log | null = null;
  let hangUp: () => void = () => undefined;
  let isStopping = false;
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    for (const [name, number] of Object.entries(SIGNALS)) {
      const early = process.listeners(name);
      process.on(name, () => {
        if (isStopping) endProcess(SIGNAL_EXIT + number);
        isStopping = true;
        log?.info('stop requested', { signal: name });
        stopping.abort(new Error('the daemon is stopping'));
        resolve();
      });
      // After the new one: without any listener for a moment, a signal that has arrived and was not yet heard would be lost.
      for (const listener of early) process.off(name, listener);
    }
  });
  process.on('SIGHUP', () => hangUp());
  const crash = (error: unknown): void => {
    // The log writes at once: nothing has to be flushed before the end.
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    // Without a log there is no filter either: what an error says may repeat a secret.
    if (log === null)
      process.stderr.write(`vt-auditor could not start: ${error instanceof Error ? error.name : 'an error'}\n`);
    else log.error('crashed', { problem });
    endProcess(CRASH_EXIT);
  };
  // The program's own handlers know no log.
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.removeAllListeners(event);
    process.on(event, crash);
  }
  return {
    stopped,
    stopping: stopping.signal,
    get isStopping() {
      return isStopping;
    },
    onHangUp(look) {
      hangUp = look;
    },
    logTo(given) {
      log = given;
    },
  };
}

/**
 * Ends the process at once: whatever still waits for a network was given its time. An ordinary exit waits for the threads that look up
 * names, which nobody can interrupt, and a name server that does not answer keeps them for half a minute. Another program in the place of
 * this one leaves them behind, and keeps the process id and the exit code that the supervisor looks at.
 */
export function endProcess(exitCode: number): never {
  try {
    process.execve?.(process.execPath, [process.execPath, '-e', `process.exit(${exitCode})`], {});
  } catch {
    // A system without it, or that does not let us: the ordinary way, then.
  }
  process.exit(exitCode);
}
