import { type ChildProcess, spawn } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reason } from '../../model/reason.ts';
import { keptProgram } from '../kept-program.ts';
import {
  inputMegabytes,
  isOutOfMemory,
  PREPARATION_MS,
  processFlags,
  type RuleLimits,
  type Watch,
  watchProcess,
} from '../process-watch.ts';
import { readablePaths } from '../readable-paths.ts';
import { packJob, type RuleAnswer } from '../rule-job.ts';
import { type ExpressionJob, type Progress, parseProgress } from './expression-job.ts';

/** What came of one rule: the process's answer, or why there is none. */
export type ExpressionResult =
  | { readonly ok: true; readonly answer: RuleAnswer }
  | { readonly ok: false; readonly reason: Reason };

/** A job, what each of its rules may use, and what abandons it. */
export interface ExpressionInput {
  readonly job: ExpressionJob;
  readonly limits: RuleLimits;
  readonly signal?: AbortSignal | undefined;
  /** Called whenever a process has been given its job. */
  readonly fed?: () => void;
}

const WORKER = fileURLToPath(new URL(`./expression-worker${extname(import.meta.url)}`, import.meta.url));

/** Every item leaves a few short-lived objects behind; room for them saves a third of the time at 100,000 members. */
const FOR_LONG_LISTS = ['--max-semi-space-size=32'];

/** One rule's answer is at most this long: longer ones are no judgement of anything. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

/**
 * Runs all rules of a job in one process, and gives one result each, in the job's order. A rule that uses up its time or memory ends
 * the process; the rules after it run in another one, so that it costs nobody else a verdict.
 * @throws the signal's reason when it is aborted.
 */
export async function runExpressions(input: ExpressionInput): Promise<readonly ExpressionResult[]> {
  const { job, signal } = input;
  const results: ExpressionResult[] = [];
  while (results.length < job.rules.length) {
    signal?.throwIfAborted();
    const rest = { ...job, rules: job.rules.slice(results.length) };
    const ended = await runOnce({ ...input, job: rest });
    signal?.throwIfAborted();
    results.push(...ended.answers.map((answer) => ({ ok: true, answer }) as const));
    // Where the process ended before it had come to a rule, the rule that would have been next is the one to blame: else for ever.
    if (ended.answers.length < rest.rules.length) results.push({ ok: false, reason: ended.reason });
  }
  return results;
}

interface Ended {
  /** Of the rules that were done with, from the first on. */
  readonly answers: readonly RuleAnswer[];
  /** Why the next one has none. */
  readonly reason: Reason;
}

async function runOnce({ job, limits, signal, fed }: ExpressionInput): Promise<Ended> {
  const answers: RuleAnswer[] = [];
  const files = job.rules.map(({ file }) => file);
  const inputMb = inputMegabytes(job.sections);
  const started = startExpressions({ files, inputMb, limits, signal, flags: [] }, (progress) => {
    if ('done' in progress) answers.push(progress.answer);
    started.watch.restart(limits.timeoutMs);
  });
  started.child.stdin?.end(packJob(job), fed);
  return { answers, reason: await started.ended };
}

/** For which files a process is started, how much it will be given to read, and what it may use. */
export interface ExpressionStart {
  readonly files: readonly string[];
  readonly inputMb: number;
  readonly limits: RuleLimits;
  readonly signal?: AbortSignal | undefined;
  /** More flags of Node. */
  readonly flags: readonly string[];
}

/** A process that was started; `ended` says why when it has ended. */
export interface StartedExpressions {
  readonly child: ChildProcess;
  readonly watch: Watch;
  readonly ended: Promise<Reason>;
}

/** Starts a process for rules in YAML. `hear` is called with whatever it says; each time is up to whoever hears it. */
export function startExpressions(
  { files, inputMb, limits, signal, flags }: ExpressionStart,
  hear: (progress: Progress) => void,
): StartedExpressions {
  const readable = readablePaths(files);
  const kept = keptProgram();
  const own = [...processFlags(limits, inputMb, readable), ...FOR_LONG_LISTS, ...kept.flags, ...flags];
  const child = spawn(process.execPath, [...own, WORKER], {
    // No secret of the daemon's, and no NODE_OPTIONS.
    env: kept.env,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
  });
  const watch = watchProcess(child, { ...limits, timeoutMs: limits.timeoutMs + PREPARATION_MS }, inputMb);
  const abandon = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', abandon);
  listen(child, hear);
  // A process that ended before it had read everything is seen by how it ended.
  child.stdin?.on('error', () => undefined);
  const ended = waitForEnd(child).then((end) => {
    watch.stop();
    signal?.removeEventListener('abort', abandon);
    return whyEnded(end, watch, limits);
  });
  return { child, watch, ended };
}

/** Passes on what the process says, line by line. */
function listen(child: ChildProcess, hear: (progress: Progress) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const take = (line: string): void => {
    const progress = parseProgress(line);
    if (progress === null) child.kill('SIGKILL');
    else hear(progress);
  };
  const stream: unknown = child.stdio[3];
  if (!isReadable(stream)) return;
  stream.on('error', () => child.kill('SIGKILL'));
  stream.on('data', (chunk: Buffer) => {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      take(Buffer.concat([...chunks.splice(0), chunk.subarray(from, end)]).toString());
      bytes = 0;
      from = end + 1;
    }
    bytes += chunk.length - from;
    chunks.push(chunk.subarray(from));
    if (bytes > MAX_LINE_BYTES) child.kill('SIGKILL');
  });
}

interface End {
  readonly code: number | null;
  readonly signal: string | null;
  readonly error: Error | null;
}

async function waitForEnd(child: ChildProcess): Promise<End> {
  return await new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('close', (code, signal) => resolve({ code, signal, error: null }));
  });
}

function whyEnded({ code, signal, error }: End, watch: Watch, limits: RuleLimits): Reason {
  if (watch.cause() === 'time') {
    return {
      kind: 'timed_out',
      text: `the rule did not finish within ${limits.timeoutMs / 1000} s and was stopped: does an expression go through a long list for each item?`,
    };
  }
  const text = isOutOfMemory(watch.cause(), signal)
    ? `the rule needed more than ${limits.memoryMb} MB of memory and was stopped`
    : error === null
      ? `the process for rules in YAML ended with ${signal ?? `exit code ${code}`}`
      : 'the process for rules in YAML could not be started';
  return { kind: 'rule_failed', text };
}

function isReadable(stream: unknown): stream is NonNullable<ChildProcess['stdout']> {
  return typeof stream === 'object' && stream !== null && 'on' in stream && 'read' in stream;
}
