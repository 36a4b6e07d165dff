import { realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What a rule process may read: the program, the libraries, and the folders of the rules. Not the rest of the machine: a rule that read a
 * key file could put the key into a report.
 */
export function readablePaths(ruleFiles: readonly string[]): readonly string[] {
  // A link may lead to a file elsewhere, and imports are looked for beside that one.
  const folders = ruleFiles.flatMap((file) => [dirname(file), dirname(realPath(file))]);
  return [...new Set([...PROGRAM, ...folders.map((folder) => join(folder, '*'))])];
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    // The process will find out, and say it in the words of rules.
    return file;
  }
}

const PROGRAM: readonly string[] = [
  join(fileURLToPath(new URL('..', import.meta.url)), '*'),
  // Says that the program's files are modules.
  fileURLToPath(new URL('../../package.json', import.meta.url)),
  join(librariesOf(fileURLToPath(import.meta.resolve('zod'))), '*'),
];

/** The outermost `node_modules` of a path. */
export function librariesOf(path: string): string {
  const name = `${sep}node_modules${sep}`;
  return path.slice(0, path.indexOf(name) + name.length - 1);
}
