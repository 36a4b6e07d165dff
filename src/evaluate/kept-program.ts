import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { librariesOf } from './readable-paths.ts';

/** How a process is started that keeps our own program in compiled form from one start to the next. */
export interface KeptProgram {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const NOTHING_KEPT: KeptProgram = { flags: [], env: {} };

/**
 * Removing the types and compiling takes 0.3 s of the 0.5 s that a rule process needs to start from source. Node keeps the result only where
 * the process may write the folder, so it may, until `stopKeeping`: call that before anything is read that is not ours.
 */
export function keptProgram(): KeptProgram {
  if (!canStopKeeping(process.versions.node)) return NOTHING_KEPT;
  const folder = join(librariesOf(fileURLToPath(import.meta.resolve('zod'))), '.cache', 'vt-auditor-rules');
  try {
    mkdirSync(folder, { recursive: true });
  } catch {
    // A program that cannot be written to, as in the container, starts without.
    return NOTHING_KEPT;
  }
  return { flags: [`--allow-fs-write=${folder}`], env: { NODE_COMPILE_CACHE: folder } };
}

/** Gives the right to write away, for good. What was compiled is kept nevertheless when the process ends: by Node itself. */
export function stopKeeping(): void {
  if (canStopKeeping(process.versions.node)) process.permission.drop('fs.write');
}

/** `permission.drop` is there from Node 26.3 on. */
function canStopKeeping(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 26 || (major === 26 && minor >= 3);
}
