import { Agent as PlainAgent } from 'node:http';
import type { Agent as SecureAgent } from 'node:https';
import { getCACertificates } from 'node:tls';
import type { NetworkSettings } from '../model/settings.ts';
import { OwningAgent } from '../owning-agent.ts';

/** The agents of one attempt. */
export interface Agents {
  readonly http: PlainAgent;
  readonly https: SecureAgent;
  /** Ends whatever connection is left. */
  close(): void;
}

/** The authorities to trust: the usual ones, and the operator's own. */
export function trustedAuthorities({ ca }: NetworkSettings): string[] | undefined {
  return ca === null ? undefined : [...getCACertificates('default'), ca];
}

/**
 * Agents without kept connections: hours pass between two messages, and a connection that the receiver has closed meanwhile would look
 * like an attempt with an unknown outcome. Plain http never takes the proxy, which would read along.
 */
export function createAgents(network: NetworkSettings): Agents {
  const ca = trustedAuthorities(network);
  const http = new PlainAgent({ keepAlive: false });
  const https = new OwningAgent({
    keepAlive: false,
    ...(ca === undefined ? {} : { ca }),
    ...(network.proxy === null
      ? {}
      : { proxyEnv: { HTTPS_PROXY: network.proxy.reveal(), NO_PROXY: network.noProxy.join(',') } }),
  });
  return {
    http,
    https,
    close() {
      http.destroy();
      https.destroy();
    },
  };
}
