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
  const { setFlagsFromString } = await import('node:v8');
  // Halves the resident memory of an audit of 100,000 members; it must be set before the heap grows.
  setFlagsFromString('--memory-saver-mode');
  // A catastrophic pattern in somebody's rule switches to the linear-time engine instead of eating its whole time allowance.
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
  if (process.argv.includes('start')) startUpLean(setFlagsFromString);
  hideWebSockets();
  if (import.meta.url.endsWith('.ts')) await keepStrippedSource();
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2));
}

/**
 * What is compiled while the daemon starts runs once. Optimizing it only leaves memory behind for months. The daemon switches the
 * compilers on again when it has started.
 */
function startUpLean(setFlag: (flag: string) => void): void {
  for (const flag of ['--no-opt', '--no-maglev']) setFlag(flag);
}

/**
 * `import` reads every export of node:http, and three of them load Node's whole client for the web (undici): 10 MB and a tenth of a
 * second for something that this program never uses.
 */
function hideWebSockets(): void {
  const http = process.getBuiltinModule('node:http');
  for (const name of ['WebSocket', 'CloseEvent', 'MessageEvent'])
    if (name in http) Object.defineProperty(http, name, { enumerable: false });
}

/**
 * Keeps the source without its types, compiled, beside the packages: whoever may write there may change the program as well. A start
 * takes a third of the time with it; where the folder cannot be written it takes the whole.
 */
async function keepStrippedSource(): Promise<void> {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache(decodeURIComponent(new URL('../node_modules/.cache/vt-auditor', import.meta.url).pathname));
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
