import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';
import type { NetworkSettings } from '../model/settings.ts';

/** The connections of one client: kept alive, never shared, so that no other group's key, proxy or authority mixes in. */
export interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
  close(): void;
}

/**
 * Agents that go through the configured proxy, if any (Node does the tunnelling: https://nodejs.org/api/http.html, `proxyEnv`).
 * Plain http never takes the proxy: it is allowed to loopback only, and a proxy would see the key.
 */
export function createAgents(network: NetworkSettings, connections: number): Agents {
  const limits = { keepAlive: true, maxSockets: connections };
  const plain = new http.Agent(limits);
  const secure = new https.Agent({
    ...limits,
    ...(network.ca === null ? {} : { ca: [...tls.getCACertificates('default'), network.ca] }),
    ...(network.proxy === null
      ? {}
      : { proxyEnv: { HTTPS_PROXY: network.proxy.reveal(), NO_PROXY: network.noProxy.join(',') } }),
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
