import { Agent } from 'node:https';
import type { Duplex } from 'node:stream';

/**
 * An agent for TLS that, when destroyed, ends connections to a proxy as well: Node forgets them until the tunnel stands, and a proxy that refuses, or says nothing, may keep
 * its end open for ever.
 */
export class OwningAgent extends Agent {
  readonly #opened = new Set<Duplex>();

  override createConnection(...args: Parameters<Agent['createConnection']>): Duplex | null | undefined {
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
