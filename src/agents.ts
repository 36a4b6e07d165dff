import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { NetworkSettings } from './model/settings.ts';

/** The connections of one client or one attempt, never shared: no other's key, proxy or authority mixes in. */
export interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
  /** Ends whatever connection is left. */
  close(): void;
}

/** Agents that keep their connections for the next request: at most so many to a host at once. */
export function createKeepingAgents(network: NetworkSettings, connections: number): Agents {
  return openAgents(network, { keepAlive: true, maxSockets: connections });
}

/**
 * Agents without kept connections: hours pass between two messages, and a connection that the receiver has closed meanwhile would look
 * like an attempt with an unknown outcome.
 */
export function createBriefAgents(network: NetworkSettings): Agents {
  return openAgents(network, { keepAlive: false });
}

/** The authorities to trust: the usual ones, and the operator's own; undefined: the usual ones only, which is Node's default. */
export function trustedAuthorities({ ca }: NetworkSettings): string[] | undefined {
  return ca === null ? undefined : [...tls.getCACertificates('default'), ca];
}

/**
 * Through the configured proxy, if any (Node does the tunnelling: https://nodejs.org/api/http.html, `proxyEnv`). Plain http never takes
 * the proxy, which would read along, keys included.
 */
function openAgents(network: NetworkSettings, keeping: https.AgentOptions): Agents {
  const ca = trustedAuthorities(network);
  const plain = new http.Agent(keeping);
  const secure = new OwningAgent({
    ...keeping,
    ...(ca === undefined ? {} : { ca }),
    ...(network.proxy === null
      ? {}
      : // Written out anew: Node goes without a proxy, and without a word, where the scheme is in capitals.
        { proxyEnv: { HTTPS_PROXY: new URL(network.proxy.reveal()).href, NO_PROXY: network.noProxy.join(',') } }),
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

/**
 * An agent for TLS that, when destroyed, ends connections to a proxy as well: Node forgets them until the tunnel stands, and a proxy that
 * refuses, or says nothing, may keep its end open for ever.
 */
class OwningAgent extends https.Agent {
  readonly #opened = new Set<Duplex>();

  override createConnection(...args: Parameters<https.Agent['createConnection']>): Duplex | null | undefined {
    const socket = super.createConnection(...args);
    if (socket) {
      this.#opened.add(socket);
      socket.once('close', () => this.#opened.delete(socket));
    }
    return socket;
  }

  override destroy(): void {
    super.destroy();
    for (const socket of this.#opened) socket.destroy();
  }
}
