#!/usr/bin/env node
// No static import: an older Node must get as far as the sentence below before anything is loaded that it does not understand.
const MINIMUM = [24, 12] as const;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < MINIMUM[0] || (major === MINIMUM[0] && minor < MINIMUM[1])) {
  process.stderr.write(
    `vt-auditor needs Node ${MINIMUM.join('.')} or newer; this is ${process.versions.node}. Install a newer Node or use the container image.\n`,
  );
  process.exitCode = 2;
} else {
  process.once('uncaughtException', endWithDefect);
  if (process.argv.includes('start')) endEarlyOnSignals();
  const v8 = await import('node:v8');
  // Halves the resident memory of an audit of 100,000 members; it must be set before the heap grows.
  v8.setFlagsFromString('--memory-saver-mode');
  // A catastrophic pattern in somebody's rule switches to the linear-time engine instead of eating its whole time allowance.
  v8.setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2));
}

/**
 * While the daemon is being loaded it has opened nothing, so that being told to stop is no failure. As the first process of a container it
 * would not even hear it: the system's own reaction does not count for that one. The daemon's handlers replace these.
 */
function endEarlyOnSignals(): void {
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => process.exit(0));
}

/**
 * What nobody caught ends the program with 2: Node's own 1 would read as "findings". Its message may repeat an address or a key, which
 * are long words, and its stack tells a user nothing: neither is printed.
 */
function endWithDefect(error: unknown): void {
  // Whoever read our output has seen enough, as in `vt-auditor findings | head`: ended as by SIGPIPE.
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') process.exit(141);
  const said = error instanceof Error ? `${error.name}: ${error.message.split('\n', 1).join('')}` : String(error);
  const place = error instanceof Error ? /([\w-]+\.[jt]s):(\d+):\d+/.exec(error.stack ?? '') : null;
  const where = place === null ? '' : ` (${place[1]}, line ${place[2]})`;
  process.stderr.write(
    `vt-auditor ended because of a defect${where}: ${said.replaceAll(/\S{24,}/g, '[...]')}. What was not finished was not kept.\n`,
  );
  process.exit(2);
}
