import type { NetworkSettings } from '../model/settings.ts';
import { type KeyPath, toPathKey } from './key-path.ts';
import { type Parts, secretsAt } from './parts.ts';
import type { ConfigFile } from './schema.ts';

/** No proxy, and the public certificate authorities only. */
export const NO_NETWORK: NetworkSettings = { proxy: null, noProxy: [], ca: null };

/** The way out at a place: what is written there wins, key by key, over what holds everywhere. */
export function buildNetwork(
  parts: Parts,
  path: KeyPath,
  own: ConfigFile['network'],
  general: NetworkSettings,
): NetworkSettings {
  const proxy = secretsAt(parts, [...path, 'proxy'])[0] ?? null;
  const saysProxy = own?.proxy !== undefined || own?.proxyFile !== undefined;
  return {
    proxy: saysProxy ? proxy : general.proxy,
    noProxy: own?.noProxy?.map((host) => host.toLowerCase()) ?? general.noProxy,
    ca: parts.sideFiles.contents.get(toPathKey([...path, 'caFile'])) ?? general.ca,
  };
}
