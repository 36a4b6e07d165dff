import { createTransport } from 'nodemailer';
import type { EmailChannel } from '../model/settings.ts';
import { trustedAuthorities } from './agents.ts';

/**
 * A connection to the channel's mail server for one message. The library's own waits are too long for a daemon (2 min to connect, 10 min
 * of silence). An HTTP proxy is not taken: mail relays are reached directly, and proxies rarely let SMTP through.
 */
export function createSmtpTransport({ smtp, network }: EmailChannel) {
  const ca = trustedAuthorities(network);
  return createTransport({
    host: smtp.host,
    port: smtp.port,
    secure: smtp.security === 'tls',
    requireTLS: smtp.security === 'starttls',
    ignoreTLS: smtp.security === 'none',
    ...(smtp.user === null ? {} : { auth: { user: smtp.user, pass: smtp.password?.reveal() ?? '' } }),
    // Without this a server that stops to offer AUTH would be sent to without a login.
    forceAuth: smtp.user !== null,
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    connectionTimeout: 15_000,
    greetingTimeout: 15_000,
    socketTimeout: 60_000,
    dnsTimeout: 10_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}
