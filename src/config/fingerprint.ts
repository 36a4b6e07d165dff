import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../model/clock.ts';
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

/** How long after a file was last written it may have been written once more under the same time: some file systems count in steps of two seconds. */
const SETTLED_MS = 10_000;

/** After so many looks everything is read again, whatever the file system says of it. */
const LOOKS_BETWEEN_READINGS = 60;

/** What a file had in it, in words that differ when it does; or why it could not be read. */
interface Content {
  readonly ok: boolean;
  readonly content: string;
}

/** The same, and how the file system described it then. */
interface Known extends Content {
  readonly description: string;
}

/** Looks at files again and again. */
export interface Fingerprints {
  /**
   * SHA-256, in hex, over what files have in them. Links are followed and times do not count: a mounted ConfigMap changes by a link that
   * is put to another folder. A file that cannot be read counts as such. Never throws. `anew`: reads all of them, whatever is known.
   */
  of(watched: WatchedFiles, how?: 'anew'): Promise<string>;
}

/**
 * What files have in them, without reading again those that are as they were: the same file in the same place, of the same size, neither
 * written nor changed in any way since (the system keeps that second time, nobody can set it), and not so lately that this says nothing.
 */
export function createFingerprints(clock: Clock): Fingerprints {
  let known: ReadonlyMap<string, Known> = new Map();
  let looks = 0;
  return {
    async of({ files, folders }, how) {
      looks += 1;
      const before = how === 'anew' || looks % LOOKS_BETWEEN_READINGS === 0 ? new Map<string, Known>() : known;
      const now = new Map<string, Known>();
      const hash = createHash('sha256');
      const found = await Promise.all(folders.map((folder) => watchedFiles(folder, 0)));
      for (const file of [...new Set([...files, ...found.flat().slice(0, MOST_FILES)])].sort()) {
        // Described before it is read: what is written in between shows at the next look.
        const description = await describe(file, clock);
        const last = before.get(file);
        const isKnown = description !== null && description === last?.description;
        const read = isKnown ? last : await contentOf(file);
        // What could not be read may be readable at the next look without any change of the file.
        if (description !== null && read.ok) now.set(file, { ...read, description });
        hash.update(`${JSON.stringify(file)} ${read.content}\n`);
      }
      known = now;
      return hash.digest('hex');
    },
  };
}

/** How the file system describes what is behind a name; null: it says too little to go by. */
async function describe(file: string, clock: Clock): Promise<string | null> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, mtimeMs, ctimeMs } = await stat(file, { bigint: true });
    const latestMs = Number(mtimeMs > ctimeMs ? mtimeMs : ctimeMs);
    if (clock.now().getTime() - latestMs < SETTLED_MS) return null;
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch {
    return null;
  }
}

async function contentOf(file: string): Promise<Content> {
  const read = await readBytes(file, MOST_BYTES);
  if (!read.ok) return { ok: false, content: read.why };
  return { ok: true, content: createHash('sha256').update(read.bytes).digest('hex') };
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
