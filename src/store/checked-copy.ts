import { execFile } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dropParts } from './database.ts';
import { DAMAGED_EXIT, FAILED_EXIT } from './exits-of-copy.ts';
import { StoreError } from './store-error.ts';

/** Longer than any disk needs. */
const MOST_MS = 3 * 3_600_000;

const SCRIPT = fileURLToPath(new URL(`./copy-process${extname(import.meta.url)}`, import.meta.url));

/** What a check of the whole file found. A damaged one is not copied: copies of before it must stay. */
export type Soundness = 'sound' | 'damaged';

/**
 * Checks a whole database, indexes included, while others use it, and writes a copy that appears under its name only when it is whole.
 * @param target Null: only checks.
 * @throws StoreError with one sentence; what the signal says when that ended it.
 */
export function checkAndCopy(path: string, target: string | null, signal: AbortSignal): Promise<Soundness> {
  return new Promise((resolve, reject) => {
    const options = { signal, killSignal: 'SIGKILL', timeout: MOST_MS, env: {} } as const;
    execFile(process.execPath, [SCRIPT, path, target ?? ''], options, (error, stdout) => {
      // A process that was ended cleared nothing away, and under the name of another day nobody would.
      if (error !== null && target !== null) clearAway(target);
      if (error === null) resolve('sound');
      else if (error.code === DAMAGED_EXIT) resolve('damaged');
      else if (error.code === FAILED_EXIT) reject(new StoreError(stdout));
      else
        reject(
          signal.aborted
            ? signal.reason
            : new StoreError(`The database ${path} could not be checked.`, { cause: error }),
        );
    });
  });
}

function clearAway(target: string): void {
  try {
    dropParts(target);
  } catch {
    // Whatever forbids that is why there is no copy, and is told with it; the next copy of the name clears it away.
  }
}
