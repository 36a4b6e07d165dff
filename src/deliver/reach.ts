import { once } from 'node:events';
import { type ClientRequest, type RequestOptions, request as requestPlainly } from 'node:http';
import { request as requestSecurely } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type Agents, createBriefAgents } from '../agents.ts';
import type { Secret } from '../model/secret.ts';
import type { NetworkSettings } from '../model/settings.ts';
import { FORBIDDEN_ADDRESS, guardedLookup, namesForbiddenAddress } from './address-guard.ts';

const TIMEOUT_MS = 15_000;

/** A request whose headers are never written: it only opens the connection, through the proxy where there is one. */
function openOnly(url: URL, agents: Agents): ClientRequest {
  const options: RequestOptions = { method: 'HEAD', lookup: guardedLookup, signal: AbortSignal.timeout(TIMEOUT_MS) };
  return url.protocol === 'https:'
    ? requestSecurely(url, { ...options, agent: agents.https })
    : requestPlainly(url, { ...options, agent: agents.http });
}

/** Resolves once the connection stands, its certificate checked. A tunnel through a proxy may stand already. */
async function ready(socket: Socket): Promise<void> {
  if (socket instanceof TLSSocket) {
    if (!socket.authorized) await once(socket, 'secureConnect');
  } else if (socket.connecting) {
    await once(socket, 'connect');
  }
}

/**
 * Opens a connection to an address and closes it: name, route, proxy and certificate are tried, nothing is sent.
 * @throws whatever the network does; say it with `describeNetworkError`.
 */
export async function reach(address: Secret, network: NetworkSettings): Promise<void> {
  const url = new URL(address.reveal());
  if (namesForbiddenAddress(url)) throw Object.assign(new Error('forbidden address'), { code: FORBIDDEN_ADDRESS });
  const agents = createBriefAgents(network);
  const request = openOnly(url, agents);
  try {
    await new Promise<void>((resolve, reject) => {
      request.once('error', reject);
      request.once('socket', (socket) => {
        ready(socket).then(resolve, reject);
      });
    });
  } finally {
    request.on('error', () => undefined);
    request.destroy();
    agents.close();
  }
}
