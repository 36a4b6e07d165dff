import { chdir, cwd } from 'node:process';
import { main } from '../../src/main.ts';
import type { Ended, Workspace } from './flow-program.ts';

/** The run before the next one. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * Runs a command of the program in this process, from the workspace's folder: the whole program but its start, which is what takes the time
 * of a flow. One after another, because output and environment are the process's. Its log, which goes past the stream, is left out.
 */
export async function runInProcess(
  { folder, configFile }: Pick<Workspace, 'folder' | 'configFile'>,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return await runInFolder(folder, [...args, '--config', configFile], environment);
}

/** The same from any folder, with no more arguments than these but for the log's. */
export async function runInFolder(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const mine = turn.then(() => runNow(folder, args, environment));
  // Whoever waits for it hears how it failed; the next one has its turn all the same.
  turn = mine.catch(() => undefined);
  return await mine;
}

async function runNow(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Ended> {
  const before = { folder: cwd(), environment: { ...process.env } };
  const captured = { stdout: captureText(process.stdout), stderr: captureText(process.stderr) };
  Object.assign(process.env, { NO_COLOR: '1' }, environment);
  chdir(folder);
  try {
    const code = await main([...args, '--log-level', 'error']);
    return { code, signal: null, stdout: captured.stdout.text(), stderr: captured.stderr.text() };
  } finally {
    chdir(before.folder);
    process.env = before.environment;
    captured.stdout.end();
    captured.stderr.end();
  }
}

/** Keeps what is written to a stream as text. The test runner speaks to its parent in bytes over the same stream: they pass. */
function captureText(stream: NodeJS.WriteStream) {
  const chunks: string[] = [];
  const write = stream.write.bind(stream);
  // Each run of the program listens for errors of the stream once more.
  stream.setMaxListeners(0);
  stream.write = (...given: unknown[]): boolean => {
    const [chunk] = given;
    if (typeof chunk !== 'string') return Reflect.apply(write, undefined, given);
    chunks.push(chunk);
    return true;
  };
  return {
    text: () => chunks.join(''),
    end(): void {
      // What was assigned hides the stream's own method.
      Reflect.deleteProperty(stream, 'write');
    },
  };
}
