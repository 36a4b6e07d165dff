import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const CLI = join(ROOT, 'src', 'cli.ts');
const MAIN = join(ROOT, 'src', 'main.ts');

/** Halves the time that each start of the program takes; it is where tools keep their caches. */
export const COMPILE_CACHE = join(ROOT, 'node_modules', '.cache', 'vt-auditor-flows');

/** Longer than any command of these tests may last. */
const COMMAND_TIMEOUT_MS = 180_000;

/** How long a condition may take to come true. */
const WAIT_MS = 20_000;
const LOOK_EVERY_MS = 15;

/** Ends with the test or the suite that made it: the context of a test, or something that collects closers. */
export interface Scope {
  after(close: () => unknown): void;
}

/** What a program came to. */
export interface Ended {
  /** Null: a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program in a process of its own. */
export interface Running {
  readonly pid: number;
  /** What it printed so far. */
  stdout(): string;
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  /** Closes our end of its standard output, as `head` does. */
  closeOutput(): void;
  readonly ended: Promise<Ended>;
}

/** A temporary folder with a configuration and a database, from which the program is started. */
export interface Workspace {
  readonly folder: string;
  readonly configFile: string;
  readonly databaseFile: string;
  /** Writes a file below the folder; an object becomes JSON, which is YAML. Returns its path. */
  write(name: string, content: unknown): string;
  /** Writes `config.yaml`. */
  configure(configuration: object): void;
  path(name: string): string;
  /** Runs a command to its end; `--config` is added unless the arguments have one. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Runs many commands one after another in one process, which starts only once; nothing is added to their arguments. */
  runMany(commands: readonly (readonly string[])[]): Promise<readonly Ended[]>;
  /** Starts a command and does not wait for it. */
  start(args: readonly string[], options?: RunOptions): Running;
  /** Every file below the folder as bytes in one Latin-1 text per file. */
  files(): ReadonlyMap<string, string>;
}

/** How a process differs. */
export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** The working directory; default: the workspace. */
  readonly cwd?: string;
  /** Without it `--config config.yaml` is added. */
  readonly bare?: boolean;
}

/** A workspace that is gone when its scope ends, with every process that was started in it. */
export function createWorkspace(scope: Scope): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'vt-auditor-flow-'));
  const children = new Set<ChildProcess>();
  const configFile = join(folder, 'config.yaml');
  scope.after(async () => {
    await Promise.all([...children].map(endNow));
    rmSync(folder, { recursive: true, force: true });
  });
  const start = (args: readonly string[], options: RunOptions = {}): Running => {
    const withConfig = options.bare === true ? args : [...args, '--config', configFile];
    const child = spawn(process.execPath, [CLI, ...withConfig], {
      cwd: options.cwd ?? folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...bareEnvironment(), NODE_COMPILE_CACHE: COMPILE_CACHE, ...options.environment },
    });
    children.add(child);
    child.once('close', () => children.delete(child));
    return watch(child);
  };
  const write = (name: string, content: unknown): string => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`, {
      mode: 0o600,
    });
    return path;
  };
  return {
    folder,
    configFile,
    databaseFile: join(folder, 'data', 'auditor.db'),
    write,
    configure: (configuration) => void write('config.yaml', configuration),
    path: (name) => join(folder, name),
    start,
    async run(args, options) {
      const running = start(args, options);
      const timer = setTimeout(() => running.kill('SIGKILL'), COMMAND_TIMEOUT_MS);
      try {
        return await running.ended;
      } finally {
        clearTimeout(timer);
      }
    },
    async runMany(commands) {
      const script = write('many.mjs', MANY);
      const child = spawn(process.execPath, [script, MAIN, JSON.stringify(commands)], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...bareEnvironment(), NODE_COMPILE_CACHE: COMPILE_CACHE },
      });
      children.add(child);
      const { code, stdout, stderr } = await watch(child).ended;
      if (code !== 0) throw new Error(`the commands were not run to their end: ${stderr}`);
      const [out, err] = [stdout.split('\0'), stderr.split('\0')];
      return commands.map((_, index) => {
        const [said = '', ended = ''] = (err[index] ?? '').split('\u0001');
        return { code: Number(ended), signal: null, stdout: out[index] ?? '', stderr: said };
      });
    },
    files: () => filesBelow(folder),
  };
}

/** Calls `main` for each command; what they print is told apart by a zero, their exit codes follow a one. */
const MANY = `
import { writeSync } from 'node:fs';
for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);
const { main } = await import(process.argv[2]);
for (const args of JSON.parse(process.argv[3])) {
  const code = await main(args);
  writeSync(1, '\\0');
  writeSync(2, '\\u0001' + code + '\\0');
}
`;

function bareEnvironment(): Record<string, string> {
  const { PATH, HOME, TMPDIR } = process.env;
  return { ...(PATH && { PATH }), ...(HOME && { HOME }), ...(TMPDIR && { TMPDIR }), NO_COLOR: '1' };
}

function watch(child: ChildProcess): Running {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  const stdout = (): string => Buffer.concat(out).toString();
  const stderr = (): string => Buffer.concat(err).toString();
  return {
    pid: child.pid ?? -1,
    stdout,
    stderr,
    kill: (signal) => void child.kill(signal),
    closeOutput: () => void child.stdout?.destroy(),
    ended: new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal, stdout: stdout(), stderr: stderr() }));
    }),
  };
}

async function endNow(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await closed;
}

function filesBelow(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    names
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
  );
}

/** Waits until a condition holds and returns what it gave. Looks often, because nothing tells when another process changed something. */
export async function until<T>(what: string, condition: () => T | undefined | false | null): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const value = condition();
    if (value !== undefined && value !== false && value !== null) return value;
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Closers of a suite, run last in first out: for what several tests share. */
export function createScope(): Scope & { close(): Promise<void> } {
  const closers: (() => unknown)[] = [];
  return {
    after: (close) => void closers.push(close),
    async close() {
      for (const close of closers.toReversed()) await close();
    },
  };
}

/** Whether a text shows the stack of an error or the paths of our sources. */
export function showsStack(text: string): boolean {
  return /^\s+at .+:\d+:\d+\)?$/m.test(text) || /node:internal|\/src\/[\w/-]+\.ts:\d+/.test(text);
}
