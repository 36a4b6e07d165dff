import { readFile } from 'node:fs/promises';
import { Secret } from '../model/secret.ts';
import type { GroupSettings } from '../model/settings.ts';

/** The key of a group, which may be replaced while the program runs. */
export interface ApiKey {
  /** The value, for the one header that carries it. */
  reveal(): string;
  /** Reads the key's file again, once in a lifetime. True when there is a key now that `refused` was not. */
  replace(refused: string): Promise<boolean>;
}

/** The key as configured. A rotated key lies in the same file, so a refusal is a reason to look there once more. */
export function createApiKey(group: Pick<GroupSettings, 'apiKey' | 'apiKeyFile'>): ApiKey {
  let current = group.apiKey;
  let reading: Promise<void> | null = null;

  const readAgain = async (file: string): Promise<void> => {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.trim() !== '') current = new Secret(text.trim());
  };

  return {
    reveal: () => current.reveal(),
    async replace(refused) {
      if (group.apiKeyFile !== null) {
        reading ??= readAgain(group.apiKeyFile);
        await reading;
      }
      return current.reveal() !== refused;
    },
  };
}
