import { existsSync, rmSync } from 'node:fs';
import { type DaemonLock, holdFile } from './daemon-lock.ts';

/**
 * Which runs of commands are alive. Each holds a lock on a file of its own beside the database, which the operating system frees when the
 * process ends in whatever way: a number of a process says nothing in another container, and a lease would need a clock that both share.
 * The daemon's own runs need none: there is one daemon, and it knows them.
 */
export interface RunLocks {
  /** Holds the lock of a run until `end` or the end of the process. */
  begin(run: string): void;
  /** Does nothing for a run that is not held here. */
  end(run: string): void;
  /** `alive`: another process works on it; `dead`: the process that did has ended; `unknown`: it never held a lock. */
  stateOf(run: string): 'alive' | 'dead' | 'unknown';
  /** Forgets a dead run. */
  forget(run: string): void;
  close(): void;
}

/** The locks of runs in a database. */
export function runLocks(path: string): RunLocks {
  const held = new Map<string, DaemonLock>();
  const fileOf = (run: string): string => `${path}.run-${run.replaceAll(/[^\w-]/g, '_')}.lock`;
  const forget = (run: string): void => rmSync(fileOf(run), { force: true });
  const end = (run: string): void => {
    const lock = held.get(run);
    if (lock === undefined) return;
    held.delete(run);
    // In this order nobody finds a file whose run is neither held nor finished.
    forget(run);
    lock.release();
  };
  return {
    begin(run) {
      const lock = held.has(run) ? null : holdFile(fileOf(run));
      if (lock !== null) held.set(run, lock);
    },
    end,
    stateOf(run) {
      if (held.has(run)) return 'alive';
      if (!existsSync(fileOf(run))) return 'unknown';
      const lock = holdFile(fileOf(run));
      lock?.release();
      return lock === null ? 'alive' : 'dead';
    },
    forget,
    close() {
      for (const run of held.keys()) end(run);
    },
  };
}
