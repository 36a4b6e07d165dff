#!/usr/bin/env node
// No static import: an older Node must get as far as the sentence below before anything is loaded that it does not understand.
const MINIMUM = [24, 12] as const;

const isStart = process.argv.includes('start');

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < MINIMUM[0] || (major === MINIMUM[0] && minor < MINIMUM[1])) {
  process.stderr.write(
    `vt-auditor needs Node ${MINIMUM.join('.')} or newer; this is ${process.versions.node}. Install a newer Node or use the container image.\n`,
  );
  process.exitCode = 2;
} else {
  process.once('uncaughtException', endWithDefect);
  if (isStart) endEarlyOnSignals();
  const { keepStrippedSource, prepareRuntime } = await import('./runtime.ts');
  prepareRuntime(isStart ? 'daemon' : 'command');
  if (import.meta.url.endsWith('.ts') && keepStrippedSource() === 'new' && isStart) await fillSourceCache();
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2));
}

/** Before the first start of a daemon from source, see there. */
async function fillSourceCache(): Promise<void> {
  const { execFile } = await import('node:child_process');
  const script = decodeURIComponent(new URL('./fill-source-cache.ts', import.meta.url).pathname);
  await new Promise((resolve) => execFile(process.execPath, [script], { timeout: 30_000 }, resolve));
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
