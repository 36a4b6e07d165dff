import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { EncodedSection } from '../model/encoded-section.ts';

/** What one custom rule may use each time it runs: wall time from when it is loaded, and memory beyond its input. */
export interface RuleLimits {
  readonly timeoutMs: number;
  readonly memoryMb: number;
}

/** Starting and unpacking, before the first rule's own time begins: no rule runs yet, so only a busy machine makes it long. */
export const PREPARATION_MS = 10_000;

/** What a custom rule may use unless somebody says otherwise. */
export const DEFAULT_LIMITS: RuleLimits = { timeoutMs: 5000, memoryMb: 128 };

/** Why a process was ended: it used up its time, or its memory. */
export type Cause = 'time' | 'memory' | null;

/** Eyes on a process. */
export interface Watch {
  cause(): Cause;
  /** Begins a new time allowance: the process has gone on to the next rule. */
  restart(timeoutMs: number): void;
  /** No time runs until the next allowance begins: nothing is asked of the process. */
  pause(): void;
  stop(): void;
}

const MEGABYTE = 1024 * 1024;

/** Node itself, the zod library and the unpacking of sections. */
const OVERHEAD_MB = 96;

/** What unpacking and parsing takes at its peak: an account of half a kilobyte stands in memory as bytes, text and objects. */
const INPUT_BYTES_PER_ITEM = 4096;

/** The same for what is in no list; text packs to about a tenth. */
const INPUT_BYTES_PER_PACKED_BYTE = 40;

const MEMORY_POLL_MS = 20;

/** A timer that is later than this says that this process was busy. */
const BUSY_MS = 200;

/** Signals with which the engine ends a process whose heap is full. */
const HEAP_SIGNALS: ReadonlySet<string> = new Set(['SIGABRT', 'SIGTRAP', 'SIGILL']);

/** Memory that the input itself takes, which no rule is blamed for. */
export function inputMegabytes(sections: readonly EncodedSection[]): number {
  const bytes = sections.map(
    (section) => section.items * INPUT_BYTES_PER_ITEM + section.bytes.length * INPUT_BYTES_PER_PACKED_BYTE,
  );
  return Math.ceil(bytes.reduce((sum, one) => sum + one, 0) / MEGABYTE);
}

/** Whether the permission model of this Node knows the network: since 25, which refuses it where nothing is said. Before, nothing keeps a rule from it. */
export function isNetworkClosed(): boolean {
  return process.allowedNodeEnvironmentFlags.has('--allow-net');
}

/**
 * The permission model keeps rules from reading other files than these, from writing any, from starting programs and, where it knows it, from the
 * network.
 */
export function processFlags(limits: RuleLimits, inputMb: number, readable: readonly string[]): readonly string[] {
  return [
    `--max-old-space-size=${limits.memoryMb + inputMb}`,
    // The first lets expressions ask for the linear-time engine, the second lets code fall back to it.
    '--enable-experimental-regexp-engine',
    '--enable-experimental-regexp-engine-on-excessive-backtracks',
    '--permission',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    '--no-warnings',
  ];
}

/** Ends the process when it has used up its time or its memory. Real time: a stuck process knows no other. */
export function watchProcess(child: ChildProcess, limits: RuleLimits, inputMb: number): Watch {
  const maxBytes = (limits.memoryMb + inputMb + OVERHEAD_MB) * MEGABYTE;
  let cause: Cause = null;
  const end = (because: Cause): void => {
    cause ??= because;
    child.kill('SIGKILL');
  };
  let deadline: NodeJS.Timeout | undefined;
  const allow = (timeoutMs: number): void => {
    const due = performance.now() + timeoutMs;
    const own = setTimeout(() => {
      // This process was busy itself: what the other one has said meanwhile is heard first, for as long as nobody listened.
      const late = performance.now() - due;
      if (late > BUSY_MS) allow(late);
      else
        setImmediate(() => {
          if (own === deadline) end('time');
        });
    }, timeoutMs);
    deadline = own;
  };
  allow(limits.timeoutMs);
  // The heap limit does not count Buffers.
  const poll = setInterval(() => {
    if (residentBytes(child.pid) > maxBytes) end('memory');
  }, MEMORY_POLL_MS);
  return {
    cause: () => cause,
    restart(timeoutMs) {
      clearTimeout(deadline);
      allow(timeoutMs);
    },
    pause() {
      clearTimeout(deadline);
      deadline = undefined;
    },
    stop() {
      clearTimeout(deadline);
      clearInterval(poll);
    },
  };
}

/** Whether a process ended because its heap was full, seen by us or by the engine. */
export function isOutOfMemory(cause: Cause, signal: string | null): boolean {
  return cause === 'memory' || HEAP_SIGNALS.has(signal ?? '');
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
