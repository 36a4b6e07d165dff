import { flushCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Below this many members an audit waits for the API and hardly computes. */
const WORTH_OPTIMIZING = 2000;

/** Ends what counts for the start alone. What was compiled is kept for the next start; nothing is, unless the program runs from source. */
export function settle(): void {
  flushCompileCache();
  giveBackMemory();
}

/**
 * Lets V8 optimize code from now on where a group is so large that it pays. The start switched it off, and for most groups it stays so: the
 * compilers take 15 MB that a daemon which computes for a second a day would hold for months.
 */
export function optimizeFor(members: number): void {
  if (members < WORTH_OPTIMIZING) return;
  for (const flag of ['--opt', '--maglev']) setFlagsFromString(flag);
}

/**
 * Gives memory that nothing uses back to the system. V8 does so by itself only while it allocates, and a daemon that waits for Monday does
 * not. Takes a tenth of a second: for moments at which nothing is going on.
 */
export function giveBackMemory(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
