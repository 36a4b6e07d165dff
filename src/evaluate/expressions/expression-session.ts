import { inputMegabytes, PREPARATION_MS, type RuleLimits } from '../process-watch.ts';
import { packJob, type RuleAnswer } from '../rule-job.ts';
import type { ExpressionJob } from './expression-job.ts';
import { type ExpressionResult, type StartedExpressions, startExpressions } from './expression-process.ts';

/** One file in YAML that is asked again and again, what it may use each time, and what abandons it. */
export interface SessionInput {
  readonly file: string;
  /** For each job. */
  readonly limits: RuleLimits;
  readonly signal?: AbortSignal | undefined;
}

/** A process that is kept between jobs: to start one takes as long as to judge a small group some hundred times. */
export interface ExpressionSession {
  /**
   * What comes of a job with one rule; jobs are done one after another. One that uses up its time or memory ends the process, and the
   * next job gets another.
   * @throws the signal's reason when it is aborted.
   */
  judge(job: ExpressionJob): Promise<ExpressionResult>;
  /** Ends the process and waits until it is gone. */
  close(): Promise<void>;
}

/** Groups grow from day to day: room for that saves a new process for each. A process for too little is ended and started anew. */
const ROOM_TO_GROW = 1.25;

/** What one day leaves behind must not stay for the next: memory is watched from outside. */
const FLAGS = ['--expose-gc'];

const CLOSED: ExpressionResult = {
  ok: false,
  reason: { kind: 'rule_failed', text: 'the process for rules in YAML was not needed any more' },
};

interface Kept extends StartedExpressions {
  readonly inputMb: number;
  /** Who waits for an answer. */
  hear: (answer: RuleAnswer) => void;
}

/** Opens a session; its process starts with the first job. */
export function openExpressionSession({ file, limits, signal }: SessionInput): ExpressionSession {
  let kept: Kept | null = null;
  let isClosed = false;
  let last: Promise<unknown> = Promise.resolve();

  const end = async (): Promise<void> => {
    const { child, ended } = kept ?? {};
    kept = null;
    child?.kill('SIGKILL');
    await ended;
  };

  const forget = async (ending: Kept): Promise<void> => {
    await ending.ended;
    if (kept === ending) kept = null;
  };

  const processFor = async (neededMb: number): Promise<Kept> => {
    if (kept !== null && kept.inputMb >= neededMb) return kept;
    await end();
    // Nobody ends what is started after that.
    signal?.throwIfAborted();
    const inputMb = Math.ceil(neededMb * ROOM_TO_GROW);
    const started = startExpressions({ files: [file], inputMb, limits, signal, flags: FLAGS }, (progress) => {
      if ('begun' in progress) fresh.watch.restart(limits.timeoutMs);
      else {
        fresh.watch.pause();
        fresh.hear(progress.answer);
      }
    });
    const fresh: Kept = { ...started, inputMb, hear: () => undefined };
    kept = fresh;
    // One that ended while nothing was asked of it is no rule's fault.
    void forget(fresh);
    return fresh;
  };

  const judge = async (job: ExpressionJob): Promise<ExpressionResult> => {
    signal?.throwIfAborted();
    if (isClosed) return CLOSED;
    const own = await processFor(inputMegabytes(job.sections));
    const answered = new Promise<ExpressionResult>((resolve) => {
      own.hear = (answer) => resolve({ ok: true, answer });
    });
    own.watch.restart(limits.timeoutMs + PREPARATION_MS);
    own.child.stdin?.write(packJob(job));
    const ended = own.ended.then((reason): ExpressionResult => ({ ok: false, reason }));
    const result = await Promise.race([answered, ended]);
    signal?.throwIfAborted();
    return result;
  };

  return {
    judge(job) {
      const result = last.then(async () => await judge(job));
      last = result.catch(() => undefined);
      return result;
    },
    async close() {
      isClosed = true;
      await end();
      await last;
      // One that was being started meanwhile.
      await end();
    },
  };
}
