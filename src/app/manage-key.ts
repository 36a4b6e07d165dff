import { readFile } from 'node:fs/promises';
import { readEnvironment } from '../config/load.ts';
import { Secret } from '../model/secret.ts';
import type { GroupSettings } from '../model/settings.ts';
import { UsageError } from './complaint.ts';

const VARIABLE = 'VT_AUDITOR_MANAGE_KEY_FILE';

/**
 * Who assesses must not be able to change what it assesses: where the key for changes lies about, nothing is started.
 * @throws UsageError
 */
export function refuseManageKey(): void {
  if ((readEnvironment()[VARIABLE] ?? '') === '') return;
  throw new UsageError(
    `${VARIABLE} is set, so this process could change the group that it audits; start the daemon without it, and make changes from elsewhere`,
  );
}

/** The file with the key for changes: the option's, else the environment's; null when neither names one. */
export function manageKeyFile(option: string | undefined): string | null {
  return option ?? (readEnvironment()[VARIABLE] || null);
}

/**
 * Reads the key for changes.
 * @throws UsageError when it cannot be read, is no key, or is a key that audits.
 */
export async function readManageKey(file: string, groups: readonly GroupSettings[]): Promise<Secret> {
  const key = (await readText(file, 'the key for changes')).trim();
  if (!/^\S{16,256}$/u.test(key)) throw new UsageError('the file with the key for changes does not hold one key');
  for (const group of groups) {
    // The file may hold a newer one than was read at the start.
    const rotated = group.apiKeyFile === null ? '' : (await readText(group.apiKeyFile, 'a key')).trim();
    if (isSameKey(key, group.apiKey.reveal()) || isSameKey(key, rotated))
      throw new UsageError(
        `the key for changes is the one that audits ${group.id}; use another administrator's, so that auditing and changing stay apart`,
      );
  }
  return new Secret(key);
}

/** A key is a number in hex, so that its letters may be of either case. */
function isSameKey(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(`the file with ${what} cannot be read (${code})`);
  }
}
