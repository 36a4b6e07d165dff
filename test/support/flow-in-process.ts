import { chdir, cwd } from 'node:process';
import { main } from '../../src/main.ts';
import type { Ended, Workspace } from './flow-program.ts';

/**
 * Runs a command of the program in this process, from the workspace's folder: the whole program but its start, which is what takes the time
 * of a flow. One at a time, because output and environment are the process's. Its log, which goes past the stream, is left out.
 */
export async function runInProcess(
  workspace: Pick<Workspace, 'folder' | 'configFile'>,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const before = { folder: cwd(), environment: { ...process.env } };
  const captured = { stdout: captureText(process.stdout), stderr: captureText(process.stderr) };
  Object.assign(process.env, { NO_COLOR: '1' }, environment);
  chdir(workspace.folder);
  try {
    const code = await main([...args, '--config', workspace.configFile, '--log-level', 'error']);
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
