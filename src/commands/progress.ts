import type { CollectedName } from '../model/snapshot.ts';

/** Tells a person at a terminal how far the collection is; without a terminal it says nothing, the log does. */
export interface Progress {
  readonly show: (done: number, planned: number, section: CollectedName) => void;
  readonly end: () => void;
}

const CLEAR_LINE = '\r\u001B[2K';

/** Progress on one line of a terminal, overwritten as it goes. */
export function createProgress(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return { show: () => undefined, end: () => undefined };
  return {
    show(done, planned, section) {
      stream.write(`${CLEAR_LINE}collecting ${section}: ${done} of about ${Math.max(done, planned)} requests`);
    },
    end() {
      stream.write(CLEAR_LINE);
    },
  };
}
