import type { CollectedName } from '../model/snapshot.ts';

/** Tells a person at a terminal how far the collection is; without a terminal it says nothing, the log does. */
export interface Progress {
  readonly show: (done: number, planned: number, section: CollectedName) => void;
  readonly end: () => void;
}

/** Tells how many of many are done. */
export interface Count {
  readonly show: (done: number, total: number) => void;
  readonly end: () => void;
}

/** What is counted, and where it is told. */
export interface CountInput {
  readonly stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;
  /** As in `harbor_soc: 12 of 90 days judged`: what stands before and behind the figures. */
  readonly words: readonly [before: string, behind: string];
  /** Milliseconds that only go on. */
  readonly now: () => number;
}

/** Without a terminal, a line so often: enough to see that it goes on, too few to fill a log. */
const QUIET_MS = 15_000;

/** A count on one line of a terminal, overwritten as it goes; elsewhere a line now and then, and none where it is quick. */
export function createCount({ stream, words: [before, behind], now }: CountInput): Count {
  let saidAt: number | null = null;
  const toText = (done: number, total: number): string => `${before}${done} of ${total}${behind}`;
  return {
    show(done, total) {
      if (stream.isTTY) stream.write(`${CLEAR_LINE}${toText(done, total)}`);
      else if (saidAt === null) saidAt = now();
      else if (now() - saidAt >= QUIET_MS) {
        saidAt = now();
        stream.write(`${toText(done, total)}\n`);
      }
    },
    end() {
      if (stream.isTTY) stream.write(CLEAR_LINE);
    },
  };
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
