import { trustedAuthorities } from '../agents.ts';
import type { Secret } from '../model/secret.ts';
import type { EmailChannel } from '../model/settings.ts';
import type { SmtpDialogue } from './smtp-dialogue.ts';

type Login =
  | { readonly user: string; readonly pass: string }
  | { readonly type: 'OAuth2'; readonly user: string; readonly accessToken: string };

/** What a mail server is told in confidence. */
export function secretsOf({ smtp }: EmailChannel, token: Secret | null): readonly Secret[] {
  return [smtp.password, token].filter((secret) => secret !== null);
}

function loginOf({ user, password }: EmailChannel['smtp'], token: Secret | null): Login | null {
  if (user === null) return null;
  if (token !== null) return { type: 'OAuth2', user, accessToken: token.reveal() };
  return { user, pass: password?.reveal() ?? '' };
}

/**
 * Headers that are signed besides the ones the library chooses: what tells machines that no person wrote this
 * (RFC 3834), and how to leave the list (RFC 8058 wants both signed).
 */
const SIGNED_HEADERS = [
  'From',
  'Sender',
  'Reply-To',
  'Subject',
  'Date',
  'Message-ID',
  'To',
  'Cc',
  'MIME-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
  'List-Id',
  'List-Unsubscribe',
  'Auto-Submitted',
].join(':');

function signatureOf({ dkim }: EmailChannel['smtp']) {
  if (dkim === null) return {};
  const { domain, selector, privateKey } = dkim;
  return {
    dkim: {
      domainName: domain,
      keySelector: selector,
      privateKey: privateKey.reveal(),
      headerFieldNames: SIGNED_HEADERS,
      cacheDir: false as const,
    },
  };
}

/**
 * A connection to the channel's mail server for one message. The library's own waits are too long for a daemon (2 min to connect, 10 min
 * of silence). An HTTP proxy is not taken: mail relays are reached directly, and proxies rarely let SMTP through. `token` logs in where
 * the channel has OAuth2; null: with the password, or not at all. `dialogue` follows what is said.
 */
export async function createSmtpTransport(
  { smtp, network }: EmailChannel,
  { token, dialogue }: { readonly token: Secret | null; readonly dialogue?: SmtpDialogue },
) {
  // Loaded with the first mail: a large library that most commands, and a daemon that waits, have no use for.
  const { createTransport } = await import('nodemailer');
  const ca = trustedAuthorities(network);
  const auth = loginOf(smtp, token);
  return createTransport({
    host: smtp.host,
    port: smtp.port,
    secure: smtp.security === 'tls',
    requireTLS: smtp.security === 'starttls',
    ignoreTLS: smtp.security === 'none',
    ...(auth === null ? {} : { auth }),
    // Without this a server that stops to offer AUTH would be sent to without a login.
    forceAuth: smtp.user !== null,
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    connectionTimeout: 15_000,
    greetingTimeout: 15_000,
    socketTimeout: 60_000,
    dnsTimeout: 10_000,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(dialogue === undefined ? {} : { logger: dialogue.logger, transactionLog: true }),
    ...signatureOf(smtp),
  });
}
