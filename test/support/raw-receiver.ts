import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { loopbackCertificate } from './loopback-certificate.ts';

/** A receiver that says whatever its test makes it say, byte for byte. */
export interface RawReceiver {
  readonly port: number;
  /** Bytes that it got rid of so far, over all connections: how much of an endless answer was taken. */
  sentBytes(): number;
  /** Connections that are still open. */
  openConnections(): number;
}

/** How a raw receiver differs from a plain one on 127.0.0.1. */
export interface RawReceiverOptions {
  readonly host?: string;
  /** Speaks TLS from the start, with this certificate. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Starts a receiver that hands every connection to `serve`, and ends with its test. */
export async function startRawReceiver(
  t: TestContext,
  serve: (socket: Socket) => void,
  { host = '127.0.0.1', tls }: RawReceiverOptions = {},
): Promise<RawReceiver> {
  const sockets = new Set<Socket>();
  let closedBytes = 0;
  const take = (socket: Socket): void => {
    sockets.add(socket);
    // Whoever is cut off in the middle of a word hears an error: that is what these tests are about.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      closedBytes += socket.bytesWritten;
      sockets.delete(socket);
    });
  };
  const server: Server = tls === undefined ? createServer() : createTlsServer({ key: tls.key, cert: tls.cert });
  if (tls === undefined) {
    server.on('connection', (socket: Socket) => {
      take(socket);
      serve(socket);
    });
  } else {
    server.on('secureConnection', (socket: Socket) => {
      take(socket);
      serve(socket);
    });
    server.on('tlsClientError', () => undefined);
  }
  server.listen(0, host);
  await once(server, 'listening');
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    sentBytes: () => closedBytes + [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, 0),
    openConnections: () => sockets.size,
  };
}

/** What is done at one point of a conversation: these bytes are sent, or anything else. */
export type Act = string | ((socket: Socket) => void);

/** Says nothing. */
export const hang = (): void => undefined;

/** Ends the connection in order. */
export const close = (socket: Socket): void => void socket.end();

/** Ends it with a reset. */
export const reset = (socket: Socket): void => void socket.resetAndDestroy();

/** Does it. */
export function perform(socket: Socket, act: Act): void {
  if (typeof act === 'function') act(socket);
  else socket.write(act, 'latin1');
}

/** Writes the same bytes for as long as the other side takes them. */
export function pour(chunk: string): (socket: Socket) => void {
  return (socket) => {
    const write = (): void => {
      while (!socket.destroyed && socket.write(chunk, 'latin1'));
    };
    socket.on('drain', write);
    write();
  };
}

/** Writes one byte at a time, for as long as the other side waits for it. */
export function drip(text: string, everyMs: number): (socket: Socket) => void {
  return (socket) => {
    let at = 0;
    const timer = setInterval(() => {
      if (socket.destroyed || at >= text.length) clearInterval(timer);
      else socket.write(text.charAt(at++), 'latin1');
    }, everyMs);
    socket.on('close', () => clearInterval(timer));
  };
}

/** The points of an SMTP conversation at which a server speaks. */
export type SmtpPoint =
  | 'banner'
  | 'EHLO'
  | 'HELO'
  | 'STARTTLS'
  | 'AUTH'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'body'
  | 'RSET'
  | 'QUIT';

const GOOD: Readonly<Record<SmtpPoint, string>> = {
  banner: '220 raw ESMTP\r\n',
  EHLO: '250-raw\r\n250 8BITMIME\r\n',
  HELO: '250 raw\r\n',
  STARTTLS: '220 go ahead\r\n',
  AUTH: '235 in\r\n',
  MAIL: '250 ok\r\n',
  RCPT: '250 ok\r\n',
  DATA: '354 go on\r\n',
  body: '250 taken\r\n',
  RSET: '250 ok\r\n',
  QUIT: '221 bye\r\n',
};

/** An SMTP server that behaves, but for these points. */
export function smtpConversation(acts: Partial<Readonly<Record<SmtpPoint, Act>>>): (socket: Socket) => void {
  const converse = (socket: Socket, greets: boolean): void => {
    let isBody = false;
    let rest = '';
    const at = (point: SmtpPoint): void => {
      const act = acts[point] ?? GOOD[point];
      perform(socket, act);
      if (point === 'QUIT') socket.end();
      if (point === 'DATA' && typeof act === 'string' && act.startsWith('354')) isBody = true;
      if (point === 'STARTTLS' && acts.STARTTLS === undefined) encrypt(socket);
    };
    socket.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('latin1')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (isBody && line === '.') {
          isBody = false;
          at('body');
        } else if (!isBody) {
          const point = pointOf(line);
          if (point !== null) at(point);
        }
      }
    });
    if (greets) perform(socket, acts.banner ?? GOOD.banner);
  };
  const encrypt = (socket: Socket): void => {
    socket.removeAllListeners('data');
    const secured = new TLSSocket(socket, { isServer: true, ...loopbackCertificate });
    secured.on('error', () => undefined);
    converse(secured, false);
  };
  return (socket) => converse(socket, true);
}

const POINTS = ['EHLO', 'HELO', 'STARTTLS', 'AUTH', 'MAIL', 'RCPT', 'DATA', 'RSET', 'QUIT'] as const;

function pointOf(line: string): SmtpPoint | null {
  return POINTS.find((point) => line.toUpperCase().startsWith(point)) ?? null;
}
