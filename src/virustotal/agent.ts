import http from 'node:http';
import type https from 'node:https';
import tls from 'node:tls';
import type { Secret } from '../model/secret.ts';
import type { NetworkSettings } from '../model/settings.ts';
import { OwningAgent } from '../owning-agent.ts';

/** The connections of one client: kept alive, never shared, so that no other group's key, proxy or authority mixes in. */
export interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
  close(): void;
}

/**
 * Agents that go through the configured proxy, if any (Node does the tunnelling: https://nodejs.org/api/http.html, `proxyEnv`).
 * Plain http never takes the proxy: it is allowed to loopback only, and a proxy would see the key.
 * @throws Error when the proxy's address cannot be used; it does not repeat the address, which may hold a password.
 */
export function createAgents(network: NetworkSettings, connections: number): Agents {
  const limits = { keepAlive: true, maxSockets: connections };
  const plain = new http.Agent(limits);
  const secure = new OwningAgent({
    ...limits,
    ...(network.ca === null ? {} : { ca: [...tls.getCACertificates('default'), network.ca] }),
    ...(network.proxy === null
      ? {}
      : { proxyEnv: { HTTPS_PROXY: toProxyAddress(network.proxy), NO_PROXY: network.noProxy.join(',') } }),
  });
  return {
    http: plain,
    https: secure,
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

/** Node takes no notice of an address of another kind, and goes without the proxy; of others it complains by printing them. */
function toProxyAddress(proxy: Secret): string {
  const address = URL.parse(proxy.reveal());
  if (address === null || !['http:', 'https:'].includes(address.protocol) || !isDecodable(address)) {
    throw new Error('the address of the proxy cannot be used; it must look like http://proxy.example:3128');
  }
  return address.href;
}

function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}
