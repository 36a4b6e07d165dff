import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readBytes } from './text-file.ts';

/** Files and folders that a configuration is made of. */
export interface WatchedFiles {
  readonly files: readonly string[];
  /** Folders with rules and templates: modules, YAML, JSON and templates count. */
  readonly folders: readonly string[];
}

const MOST_BYTES = 8 * 1024 * 1024;
const MOST_FILES = 5000;
const DEEPEST = 6;
const WATCHED_FILE = /\.(?:[cm]?[jt]s|ya?ml|json|hbs)$/u;

/**
 * SHA-256, in hex, over what files have in them. Links are followed and times do not count: a mounted ConfigMap changes by a link that
 * is put to another folder. A file that cannot be read counts as such. Never throws.
 */
export async function fingerprint({ files, folders }: WatchedFiles): Promise<string> {
  const hash = createHash('sha256');
  const found = await Promise.all(folders.map((folder) => watchedFiles(folder, 0)));
  for (const file of [...new Set([...files, ...found.flat().slice(0, MOST_FILES)])].sort()) {
    const read = await readBytes(file, MOST_BYTES);
    hash.update(`${JSON.stringify(file)} ${read.ok ? read.bytes.length : read.why}\n`);
    if (read.ok) hash.update(read.bytes);
  }
  return hash.digest('hex');
}

/** Hidden names are the mount's own business, and packages that a rule imports are not rules. */
async function watchedFiles(folder: string, depth: number): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const visible = entries.filter(({ name }) => !name.startsWith('.') && name !== 'node_modules');
  const nested = await Promise.all(
    visible
      .filter((entry) => entry.isDirectory() && depth < DEEPEST)
      .map(({ name }) => watchedFiles(join(folder, name), depth + 1)),
  );
  return [
    ...visible
      .filter((entry) => !entry.isDirectory() && WATCHED_FILE.test(entry.name))
      .map(({ name }) => join(folder, name)),
    ...nested.flat(),
  ];
}
