/** How a person at the terminal stops changes that are being made. */
export interface Interruption {
  /** The first Ctrl-C: what is on its way is waited for, nothing more is sent. */
  readonly stop: AbortSignal;
  /** The second, or the first while nothing was sent yet: nothing is waited for any more. */
  readonly abandon: AbortSignal;
  /** From now on the first one waits for what is on its way. */
  beginSending(): void;
  /** The exit code of a command that was stopped; null: it was not. */
  readonly code: number | null;
  end(): void;
}

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Listens for Ctrl-C and for being told to end, until `end`. */
export function listenForInterruption(say: (text: string) => void): Interruption {
  const stop = new AbortController();
  const abandon = new AbortController();
  let code: number | null = null;
  let isSending = false;
  const interrupt = (signal: NodeJS.Signals): void => {
    if (code !== null) {
      abandon.abort();
      return;
    }
    code = signal === 'SIGTERM' ? CODES.SIGTERM : CODES.SIGINT;
    stop.abort();
    if (!isSending) {
      abandon.abort();
      return;
    }
    say('Stopping: nothing more is sent. Once more to stop waiting for what was sent already.');
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return {
    stop: stop.signal,
    abandon: abandon.signal,
    beginSending() {
      isSending = true;
    },
    get code() {
      return code;
    },
    end() {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    },
  };
}

/**
 * Does something that Ctrl-C, and being told to end, stop: the signal is aborted, and what that throws is no error. Returns the exit code
 * of a command that was stopped; null: it was not.
 */
export async function interruptible(body: (signal: AbortSignal) => Promise<void>): Promise<number | null> {
  const interruption = listenForInterruption(() => undefined);
  try {
    await body(interruption.stop);
    return interruption.code;
  } catch (error) {
    if (interruption.code === null) throw error;
    return interruption.code;
  } finally {
    interruption.end();
  }
}
