import { mkdirSync, readdirSync } from 'node:fs';
import { constants, enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

/** What a process is for: the daemon waits for months, a command ends. */
export type Purpose = 'daemon' | 'command';

/** Sets what must be set before anything else is loaded. */
export function prepareRuntime(purpose: Purpose): void {
  // Halves the resident memory of an audit of 100,000 members; it must be set before the heap grows.
  setFlagsFromString('--memory-saver-mode');
  // A catastrophic pattern in somebody's rule switches to the linear-time engine instead of eating its whole time allowance.
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
  if (purpose === 'daemon') startUpLean();
  hideWebSockets();
  dropSqliteWarning();
}

/** Node 24 says at each start that its SQLite is experimental, between lines of a log that are JSON. Everything else that it warns of is still said. */
function dropSqliteWarning(): void {
  const others = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name === 'ExperimentalWarning' && warning.message.startsWith('SQLite')) return;
    for (const listener of others) listener(warning);
  });
}

/** What is compiled while the daemon starts runs once, and optimizing it only leaves memory behind. The daemon decides when that changes. */
function startUpLean(): void {
  for (const flag of ['--no-opt', '--no-maglev']) setFlagsFromString(flag);
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
 * Keeps the source without its types, compiled, beside the packages: whoever may write there may change the program as well. Where the
 * folder cannot be written everything works nevertheless, later and larger.
 * @returns Whether the folder was made just now and is still empty. It has one part for each version of Node and set of flags.
 */
export function keepStrippedSource(): 'new' | 'known' | 'none' {
  const folder = fileURLToPath(new URL('../node_modules/.cache/vt-auditor', import.meta.url));
  try {
    mkdirSync(folder, { recursive: true });
    const before = readdirSync(folder).length;
    if (enableCompileCache(folder).status !== constants.compileCacheStatus.ENABLED) return 'none';
    return readdirSync(folder).length > before ? 'new' : 'known';
  } catch {
    return 'none';
  }
}
