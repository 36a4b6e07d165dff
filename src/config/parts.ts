import { Secret } from '../model/secret.ts';
import type { Config } from '../model/settings.ts';
import { type KeyPath, toPathKey } from './key-path.ts';
import type { ConfigFile } from './schema.ts';
import type { FoundSecret, FoundSecrets } from './secrets.ts';
import type { SideFiles } from './side-files.ts';

/** Everything that a configuration is made of, once nothing is wrong with it. */
export interface Parts {
  readonly parsed: ConfigFile;
  readonly secrets: FoundSecrets;
  readonly sideFiles: SideFiles;
  /** The folder that relative paths start at. */
  readonly folder: string;
  /** The database's file, relative to the configuration's folder or absolute. */
  readonly storePath: string;
  readonly listen: Config['server'];
}

/** What was found at the place of a secret. */
export function foundAt(parts: Parts, path: KeyPath): readonly FoundSecret[] {
  return parts.secrets.found.get(toPathKey(path)) ?? [];
}

/** The secrets at a place; none when nothing is written there. */
export function secretsAt(parts: Parts, path: KeyPath): readonly Secret[] {
  return foundAt(parts, path).map(({ value }) => new Secret(value));
}

/**
 * The secret at a place where there must be one.
 * @throws when there is none: the checks before this have a hole.
 */
export function demandSecret(parts: Parts, path: KeyPath): Secret {
  const secret = secretsAt(parts, path)[0];
  if (secret === undefined) {
    throw new Error(`no secret was found at ${toPathKey(path)}, though nothing was wrong with it`);
  }
  return secret;
}
