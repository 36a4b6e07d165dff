import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { loopbackCertificate } from './loopback-certificate.ts';

/** A request as it arrived. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the receiver answers: a status with headers and a body, `hang` (no answer), or `drop` (the connection is destroyed). */
export type WebhookAnswer =
  | 'hang'
  | 'drop'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

export interface WebhookSinkOptions {
  /** Called for each request with its number, from 0. Default: 204 always. */
  readonly respond?: (request: ReceivedRequest, index: number) => WebhookAnswer | Promise<WebhookAnswer>;
  /** Answer by https with the loopback certificate. */
  readonly tls?: boolean;
  readonly port?: number;
}

/** An HTTP receiver on loopback. */
export interface WebhookSink {
  readonly url: string;
  readonly port: number;
  /** Everything received, oldest first. */
  readonly requests: readonly ReceivedRequest[];
  /** Resolves once so many requests have arrived. */
  waitFor(count: number): Promise<void>;
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function answer(response: ServerResponse, what: WebhookAnswer): void {
  if (what === 'hang') return;
  if (what === 'drop') {
    response.socket?.destroy();
    return;
  }
  response.writeHead(what.status, what.headers ?? {});
  response.end(what.body ?? '');
}

/** Starts an HTTP receiver on a free port of 127.0.0.1 that keeps what it gets. */
export async function startWebhookSink(options: WebhookSinkOptions = {}): Promise<WebhookSink> {
  const requests: ReceivedRequest[] = [];
  const waiting: { readonly count: number; readonly done: () => void }[] = [];
  const respond = options.respond ?? (() => ({ status: 204 }));
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const received = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: await bodyOf(request),
    };
    const index = requests.push(received) - 1;
    for (const waiter of waiting) if (requests.length >= waiter.count) waiter.done();
    answer(response, await respond(received, index));
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch(() => response.destroy());
  };
  const server = options.tls ? createTlsServer({ ...loopbackCertificate }, listener) : createServer(listener);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}/hook`,
    port,
    requests,
    waitFor: (count) =>
      requests.length >= count
        ? Promise.resolve()
        : new Promise((done) => {
            waiting.push({ count, done });
          }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
