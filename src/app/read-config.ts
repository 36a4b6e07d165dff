import type { Fingerprints, WatchedFiles } from '../config/fingerprint.ts';
import { type Loaded, type LoadInput, loadConfig } from '../config/load.ts';
import type { Config } from '../model/settings.ts';

/** What watched files had in them at a moment. */
export interface Print {
  readonly watched: WatchedFiles;
  /** SHA-256, in hex. */
  readonly hash: string;
}

/** A configuration as it was read, with what its files had in them before it was; null: it says not which those are. */
export interface ReadConfig {
  readonly loaded: Loaded;
  readonly before: Print | null;
}

/** A configuration that names other files at each reading is taken as it is after so many. */
const MOST_READINGS = 3;

/** What is known of the files from earlier looks, and what their content was thought to be before this one; null: nobody looked yet. */
export interface Looking {
  readonly prints: Fingerprints;
  readonly thought: Print | null;
}

/**
 * Reads a configuration so that no change is lost: its files are looked at before they are read. One that is written in the middle of the
 * reading then differs from what was looked at, and is read at the next look. Which files count only the configuration says: where they are
 * others than was thought, it is read once more.
 */
export async function readWatched(input: LoadInput, { prints, thought }: Looking): Promise<ReadConfig> {
  let before = thought;
  for (let reading = 1; ; reading += 1) {
    const loaded = await loadConfig(input);
    if (!loaded.ok) return { loaded, before };
    const watched = watchedFiles(loaded.config);
    if (reading === MOST_READINGS || isSame(before?.watched, watched)) return { loaded, before };
    before = await printOf(watched, prints);
  }
}

/** What files have in them now. */
export async function printOf(watched: WatchedFiles, prints: Fingerprints): Promise<Print> {
  return { watched, hash: await prints.of(watched) };
}

/** Everything that a configuration is made of. */
export function watchedFiles({ files, customRules, templates }: Config): WatchedFiles {
  return { files, folders: templates === null ? customRules : [...customRules, templates] };
}

function isSame(one: WatchedFiles | undefined, other: WatchedFiles): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
