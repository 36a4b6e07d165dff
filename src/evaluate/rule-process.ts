import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from '../model/log.ts';
import type { Reason } from '../model/reason.ts';
import {
  type Cause,
  inputMegabytes,
  isOutOfMemory,
  PREPARATION_MS,
  processFlags,
  type RuleLimits,
  watchProcess,
} from './process-watch.ts';
import { readablePaths } from './readable-paths.ts';
import { BEGUN, packJob, type RuleAnswer, type RuleJob, type SentJob, unpackAnswer } from './rule-job.ts';

export { DEFAULT_LIMITS, type RuleLimits } from './process-watch.ts';

/** What came of a job: the process's own answer, or why there is none. */
export type RuleProcessResult =
  | { readonly ok: true; readonly answer: RuleAnswer }
  | { readonly ok: false; readonly reason: Reason };

/** A job, what it may use, where it is logged, and what abandons it. */
export interface RuleProcessInput {
  readonly job: RuleJob;
  readonly limits: RuleLimits;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

const WORKER = fileURLToPath(new URL(`./rule-worker${extname(import.meta.url)}`, import.meta.url));

const MEGABYTE = 1024 * 1024;

/** Longer answers than this are no judgement of anything. */
const MAX_ANSWER_BYTES = 64 * MEGABYTE;

/**
 * Runs one job in a process of its own, with an empty environment. A process and not a worker thread, because a thread whose heap is
 * full takes the daemon with it: of sixteen ways to fill 1 GB, seven (a growing Map, `Array.from`, `fill`, `JSON.parse` ...) aborted
 * the whole process in spite of `resourceLimits`; and a thread that waits in the kernel cannot be ended at all.
 *
 * An answer counts only when the process has then ended by itself with code 0.
 * @throws the signal's reason when it is aborted.
 */
export async function runRuleProcess({ job, ...input }: RuleProcessInput): Promise<RuleProcessResult> {
  return await startRuleProcess({ ...input, file: job.file, inputMb: inputMegabytes(job.sections) }).run(job);
}

/** For which file a process is started, and how much it will be given to read. */
export interface RuleProcessStart extends Omit<RuleProcessInput, 'job'> {
  /** Absolute path. */
  readonly file: string;
  readonly inputMb: number;
}

/** A process that has no job yet: it has loaded what all rules need, and nothing of the rule. */
export interface StartedRuleProcess {
  /** Gives it its one job; its time begins. */
  run(job: RuleJob): Promise<RuleProcessResult>;
}

/**
 * Starts a process for one job, which may be given later. An aborted signal ends it.
 * @throws the signal's reason when it is aborted.
 */
export function startRuleProcess({ file, inputMb, limits, log, signal }: RuleProcessStart): StartedRuleProcess {
  signal?.throwIfAborted();
  const nonce = randomUUID();
  const child = spawn(process.execPath, [...processFlags(limits, inputMb, readablePaths([file])), WORKER], {
    // No secret of the daemon's, and no NODE_OPTIONS.
    env: {},
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const watch = watchProcess(child, limits, inputMb);
  watch.pause();
  const abandon = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', abandon);
  const ended = waitForEnd(child, () => watch.restart(limits.timeoutMs)).finally(() => {
    watch.stop();
    signal?.removeEventListener('abort', abandon);
  });
  return {
    async run(job) {
      const sent: SentJob = { ...job, nonce };
      watch.restart(limits.timeoutMs + PREPARATION_MS);
      send(child, packJob(sent));
      const end = await ended;
      signal?.throwIfAborted();
      if (end.printed > 0) log.info('rule output dropped', { ruleId: job.id, bytes: end.printed });
      return toResult(end, { cause: watch.cause(), limits, nonce });
    },
  };
}

interface End {
  readonly code: number | null;
  readonly signal: string | null;
  readonly error: Error | null;
  readonly answer: string | null;
  readonly printed: number;
}

async function waitForEnd(child: ChildProcess, begun: () => void): Promise<End> {
  const printed = [child.stdout, child.stderr].map((stream) => countBytes(stream));
  const [, , , answerStream] = child.stdio;
  const answer = readAnswer(answerStream, { begun, stop: () => void child.kill('SIGKILL') });
  const { code, signal, error } = await new Promise<Pick<End, 'code' | 'signal' | 'error'>>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('close', (code, signal) => resolve({ code, signal, error: null }));
  });
  return { code, signal, error, answer: answer(), printed: printed.reduce((sum, count) => sum + count(), 0) };
}

/** What a rule prints is counted and dropped: it may hold anything, and the log is ours. */
function countBytes(stream: ChildProcess['stdout']): () => number {
  let bytes = 0;
  stream?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  return () => bytes;
}

interface Hearing {
  /** Called when the rule's own time begins. */
  readonly begun: () => void;
  readonly stop: () => void;
}

function readAnswer(stream: unknown, { begun, stop }: Hearing): () => string | null {
  const chunks: Buffer[] = [];
  let bytes = 0;
  if (!isReadable(stream)) return () => null;
  stream.on('data', (chunk: Buffer) => {
    // It is written at once and is far shorter than what a pipe passes on in one piece.
    if (bytes === 0) begun();
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) stop();
    else chunks.push(chunk);
  });
  stream.on('error', stop);
  return () => {
    const text = Buffer.concat(chunks).toString();
    const said = text.startsWith(BEGUN) ? text.slice(BEGUN.length) : text;
    return said === '' ? null : said;
  };
}

function isReadable(stream: unknown): stream is NonNullable<ChildProcess['stdout']> {
  return typeof stream === 'object' && stream !== null && 'on' in stream && 'read' in stream;
}

function send(child: ChildProcess, bytes: Uint8Array): void {
  // A process that ended before it had read everything is seen by how it ended.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(bytes);
}

interface Verdictless {
  readonly cause: Cause;
  readonly limits: RuleLimits;
  readonly nonce: string;
}

function toResult(end: End, { cause, limits, nonce }: Verdictless): RuleProcessResult {
  if (cause === 'time') {
    return failed('timed_out', `the rule did not finish within ${limits.timeoutMs / 1000} s and was stopped`);
  }
  if (isOutOfMemory(cause, end.signal)) {
    return failed('rule_failed', `the rule needed more than ${limits.memoryMb} MB of memory and was stopped`);
  }
  if (end.error !== null) return failed('rule_failed', 'the process for the rule could not be started');
  if (end.signal !== null) return failed('rule_failed', `the process of the rule was ended by ${end.signal}`);
  if (end.code !== 0) return failed('rule_failed', `the rule ended its process with exit code ${end.code}`);
  if (end.answer === null) return failed('rule_failed', 'the rule ended its process before it gave an answer');
  const answer = unpackAnswer(end.answer, nonce);
  if (answer === null) return failed('rule_failed', 'the rule interfered with its own answer');
  return { ok: true, answer };
}

function failed(kind: Reason['kind'], text: string): RuleProcessResult {
  return { ok: false, reason: { kind, text } };
}
