import { flushCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Ends what counts for the start alone: what it left is given back, code that runs often may be optimized from now on, and what was
 * compiled is kept for the next start (nothing is, unless the program runs from source).
 */
export function settle(): void {
  for (const flag of ['--opt', '--maglev']) setFlagsFromString(flag);
  flushCompileCache();
  giveBackMemory();
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
