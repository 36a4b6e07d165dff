import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { loopbackCertificate } from './loopback-certificate.ts';

/** A mail as it arrived, with the envelope it came in. */
export interface ReceivedMail {
  readonly raw: string;
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
}

/** An SMTP reply that is no. */
export interface Refusal {
  readonly code: number;
  readonly text: string;
}

export interface SmtpSinkOptions {
  /** Answer to RCPT TO of an address; null accepts. */
  readonly recipient?: (address: string) => Refusal | null;
  /**
   * What follows a complete message, by its number from 0: keep it, refuse it, keep it and destroy the connection, or say nothing; `drop`
   * destroys the connection and keeps nothing.
   */
  readonly data?: (index: number) => 'accept' | 'accept-and-drop' | 'accept-and-hang' | 'drop' | Refusal;
  /** Called when the first bytes of a message are there. */
  readonly onBody?: () => void;
  /** `none` offers no STARTTLS (the default), `starttls` offers it, `tls` speaks TLS from the start. */
  readonly security?: 'none' | 'starttls' | 'tls';
  /** Demands AUTH with these; every other login is refused with 535. */
  readonly auth?: { readonly user: string; readonly password: string };
  /** Demands AUTH XOAUTH2 with these. */
  readonly oauth2?: { readonly user: string; readonly token: string };
  readonly port?: number;
}

/** An SMTP inbox on loopback. */
export interface SmtpSink {
  readonly host: string;
  readonly port: number;
  /** Mails that were kept, oldest first. */
  readonly messages: readonly ReceivedMail[];
  /** Connections so far. */
  connections(): number;
  /** Resolves once so many mails were kept. */
  waitFor(count: number): Promise<void>;
  close(): Promise<void>;
}

function refused({ code, text }: Refusal): Error {
  return Object.assign(new Error(text), { responseCode: code });
}

/** Starts an SMTP server on a free port of 127.0.0.1 that keeps what it accepts. */
export async function startSmtpSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const messages: ReceivedMail[] = [];
  const waiting: { readonly count: number; readonly done: () => void }[] = [];
  const sockets = new Map<number, Socket>();
  let connectionCount = 0;
  let dataCount = 0;
  const security = options.security ?? 'none';
  const demandsAuth = options.auth !== undefined || options.oauth2 !== undefined;
  const server = new SMTPServer({
    ...loopbackCertificate,
    secure: security === 'tls',
    hideSTARTTLS: security !== 'starttls',
    authOptional: !demandsAuth,
    authMethods: options.oauth2 === undefined ? ['PLAIN', 'LOGIN'] : ['XOAUTH2'],
    disabledCommands: [...(demandsAuth ? [] : ['AUTH']), ...(security === 'starttls' ? [] : ['STARTTLS'])],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    closeTimeout: 10,
    logger: false,
    onConnect(_session, callback) {
      connectionCount += 1;
      callback();
    },
    onAuth(login, _session, callback) {
      const { auth, oauth2 } = options;
      const ok =
        login.method === 'XOAUTH2'
          ? login.username === oauth2?.user && login.accessToken === oauth2?.token
          : login.username === auth?.user && login.password === auth?.password;
      if (ok) callback(null, { user: login.username });
      else callback(refused({ code: 535, text: 'Authentication failed' }));
    },
    onRcptTo(address, _session, callback) {
      const refusal = options.recipient?.(address.address) ?? null;
      callback(refusal === null ? null : refused(refusal));
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.once('data', () => options.onBody?.());
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const what = options.data?.(dataCount) ?? 'accept';
        dataCount += 1;
        if (typeof what === 'object') return callback(refused(what));
        if (what === 'drop') {
          sockets.get(session.remotePort)?.destroy();
          return;
        }
        const { mailFrom, rcptTo } = session.envelope;
        messages.push({
          raw: Buffer.concat(chunks).toString(),
          envelope: { from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map((each) => each.address) },
        });
        for (const waiter of waiting) if (messages.length >= waiter.count) waiter.done();
        if (what === 'accept-and-drop') sockets.get(session.remotePort)?.destroy();
        else if (what === 'accept') callback();
      });
    },
  });
  // A client that goes away in the middle of a session is part of the tests, not an error.
  server.on('error', () => undefined);
  // The plain socket below TLS must be left alone: destroying it during a handshake crashes Node 26.
  server.server.on(security === 'tls' ? 'secureConnection' : 'connection', (socket: Socket) => {
    const port = socket.remotePort ?? 0;
    sockets.set(port, socket);
    socket.on('close', () => sockets.delete(port));
  });
  const listening = server.listen(options.port ?? 0, '127.0.0.1');
  await once(listening, 'listening');
  return {
    host: '127.0.0.1',
    port: (listening.address() as AddressInfo).port,
    messages,
    connections: () => connectionCount,
    waitFor: (count) =>
      messages.length >= count
        ? Promise.resolve()
        : new Promise((done) => {
            waiting.push({ count, done });
          }),
    close: () =>
      new Promise((done) => {
        for (const socket of sockets.values()) socket.destroy();
        server.close(() => done());
      }),
  };
}
