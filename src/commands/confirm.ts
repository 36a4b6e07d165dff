import { createInterface } from 'node:readline/promises';
import { UsageError } from '../app/complaint.ts';

/** Where a person is asked, and answers. */
interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/**
 * Whether a person types `word` when asked. A script cannot be asked.
 * @throws UsageError when there is no terminal.
 */
export async function confirmByTyping(
  word: string,
  signal: AbortSignal,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<boolean> {
  if (input.isTTY !== true)
    throw new UsageError('there is no terminal to confirm at; a script says --yes. Nothing was sent');
  const lines = createInterface({ input, output });
  // In a terminal's raw mode Ctrl-C reaches the line editor instead of the process.
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    const typed = await Promise.race([lines.question(`Type ${word} to make these changes: `, { signal }), closed]);
    return typed.trim() === word;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    lines.close();
  }
}
