import { Agent as PlainAgent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { getCACertificates } from 'node:tls';
import type { NetworkSettings } from '../model/settings.ts';

/** The agents of one attempt. */
export interface Agents {
  readonly http: PlainAgent;
  readonly https: SecureAgent;
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
  return {
    http: new PlainAgent({ keepAlive: false }),
    https: new SecureAgent({
      keepAlive: false,
      ...(ca === undefined ? {} : { ca }),
      ...(network.proxy === null
        ? {}
        : { proxyEnv: { HTTPS_PROXY: network.proxy.reveal(), NO_PROXY: network.noProxy.join(',') } }),
    }),
  };
}
