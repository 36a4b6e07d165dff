import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from '../model/log.ts';
import type { Reason } from '../model/reason.ts';
import { packJob, type RuleAnswer, type RuleJob, unpackAnswer } from './rule-job.ts';

/** What one custom rule may use each time it runs: wall time from the start of its process, and memory beyond its input. */
export interface RuleLimits {
  readonly timeoutMs: number;
  readonly memoryMb: number;
}

/** What a custom rule may use unless somebody says otherwise. */
export const DEFAULT_LIMITS: RuleLimits = { timeoutMs: 5000, memoryMb: 128 };

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

/** Node itself, the zod library and the unpacking of sections. */
const OVERHEAD_MB = 96;

/** What unpacking and parsing takes at its peak: an account of half a kilobyte stands in memory as bytes, text and objects. */
const INPUT_BYTES_PER_ITEM = 4096;

/** The same for what is in no list; text packs to about a tenth. */
const INPUT_BYTES_PER_PACKED_BYTE = 40;

/** Longer answers than this are no judgement of anything. */
const MAX_ANSWER_BYTES = 64 * MEGABYTE;

const MEMORY_POLL_MS = 20;

/** Signals with which the engine ends a process whose heap is full. */
const HEAP_SIGNALS: ReadonlySet<string> = new Set(['SIGABRT', 'SIGTRAP', 'SIGILL']);

/**
 * Runs one job in a process of its own, with an empty environment. A process and not a worker thread, because a thread whose heap is
 * full takes the daemon with it: of sixteen ways to fill 1 GB, seven (a growing Map, `Array.from`, `fill`, `JSON.parse` ...) aborted
 * the whole process in spite of `resourceLimits`; and a thread that waits in the kernel cannot be ended at all.
 *
 * An answer counts only when the process has then ended by itself with code 0.
 * @throws the signal's reason when it is aborted.
 */
export async function runRuleProcess({ job, limits, log, signal }: RuleProcessInput): Promise<RuleProcessResult> {
  signal?.throwIfAborted();
  const nonce = randomUUID();
  const child = spawn(process.execPath, [...flags(job, limits), WORKER], {
    // No secret of the daemon's, and no NODE_OPTIONS.
    env: {},
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const watch = watchProcess(child, job, limits);
  const abandon = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', abandon);
  try {
    const ended = waitForEnd(child);
    send(child, packJob({ ...job, nonce }));
    const end = await ended;
    signal?.throwIfAborted();
    if (end.printed > 0) log.info('rule output dropped', { ruleId: job.id, bytes: end.printed });
    return toResult(end, { cause: watch.cause(), limits, nonce });
  } finally {
    watch.stop();
    signal?.removeEventListener('abort', abandon);
  }
}

/** Rules may read files; the permission model keeps them from writing any, from starting programs and from the network. */
function flags(job: RuleJob, limits: RuleLimits): readonly string[] {
  return [
    `--max-old-space-size=${limits.memoryMb + inputMegabytes(job)}`,
    '--enable-experimental-regexp-engine-on-excessive-backtracks',
    '--permission',
    '--allow-fs-read=*',
    '--no-warnings',
  ];
}

function inputMegabytes(job: RuleJob): number {
  const bytes = job.sections.map(
    (section) => section.items * INPUT_BYTES_PER_ITEM + section.bytes.length * INPUT_BYTES_PER_PACKED_BYTE,
  );
  return Math.ceil(bytes.reduce((sum, one) => sum + one, 0) / MEGABYTE);
}

type Cause = 'time' | 'memory' | null;

/** Ends the process when it has used up its time or its memory. Real time: a stuck process knows no other. */
function watchProcess(child: ChildProcess, job: RuleJob, limits: RuleLimits): { cause(): Cause; stop(): void } {
  const maxBytes = (limits.memoryMb + inputMegabytes(job) + OVERHEAD_MB) * MEGABYTE;
  let cause: Cause = null;
  const end = (because: Cause): void => {
    cause ??= because;
    child.kill('SIGKILL');
  };
  const deadline = setTimeout(() => end('time'), limits.timeoutMs);
  // The heap limit does not count Buffers.
  const poll = setInterval(() => {
    if (residentBytes(child.pid) > maxBytes) end('memory');
  }, MEMORY_POLL_MS);
  return {
    cause: () => cause,
    stop() {
      clearTimeout(deadline);
      clearInterval(poll);
    },
  };
}

/** Memory of a process that is its own; 0 where the system does not tell (only Linux does, through /proc). */
function residentBytes(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [, kilobytes = '0'] = /^RssAnon:\s+(\d+) kB$/m.exec(status) ?? /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
    return Number(kilobytes) * 1024;
  } catch {
    // The process has ended, or there is no /proc: the time limit still holds.
    return 0;
  }
}

interface End {
  readonly code: number | null;
  readonly signal: string | null;
  readonly error: Error | null;
  readonly answer: string | null;
  readonly printed: number;
}

async function waitForEnd(child: ChildProcess): Promise<End> {
  const printed = [child.stdout, child.stderr].map((stream) => countBytes(stream));
  const [, , , answerStream] = child.stdio;
  const answer = readAnswer(answerStream, () => child.kill('SIGKILL'));
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

function readAnswer(stream: unknown, stop: () => void): () => string | null {
  const chunks: Buffer[] = [];
  let bytes = 0;
  if (!isReadable(stream)) return () => null;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) stop();
    else chunks.push(chunk);
  });
  stream.on('error', stop);
  return () => (bytes === 0 ? null : Buffer.concat(chunks).toString());
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
  if (cause === 'memory' || HEAP_SIGNALS.has(end.signal ?? '')) {
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
