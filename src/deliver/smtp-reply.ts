import type { NodemailerError } from 'nodemailer';
import { describeNetworkError } from './network-error.ts';

/** How long a server that does not let us in, or offers no TLS, is left alone: people must act, and accounts lock. */
export const CONFIGURATION_WAIT_MS = 3_600_000;

/** Replies that are about us and not about the message: authentication needed, refused, too weak, disabled. */
const authenticationCodes = new Set([454, 530, 534, 535, 538]);

const MAX_REPLY_LENGTH = 200;

/** What is looked at of a reply: a hostile one may be a megabyte long, and expressions below take their time. */
const MAX_LOOKED_AT = 2000;

/**
 * What replies that many people meet mean, and what to do. Enhanced codes are of RFC 3463; the 5.7.x of three digits are Microsoft's
 * (https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online).
 * The first that fits counts.
 */
const MEANINGS: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [/^(?!\d{3}\b)/, 'This is no mail server; check host, port and security.'],
  [/5\.7\.139\b/, 'Microsoft 365 has switched off passwords for SMTP; use smtp.oauth2.'],
  [/5\.7\.57\b/, 'The server wants a login before it takes mail; set smtp.user.'],
  [
    /5\.7\.3\b/,
    'Microsoft 365 refused the login: SMTP AUTH is off for the mailbox, or the application lacks SMTP.SendAsApp.',
  ],
  [/5\.7\.(?:60|61)\b|SendAsDenied/, 'The login may not send as this sender; change from, or give it the right to.'],
  [
    /5\.7\.9\b|application-specific password/i,
    'Google wants an app password or smtp.oauth2, not the password of the account.',
  ],
  [/5\.7\.8\b/, 'The user name or the password is wrong.'],
  [/must issue a STARTTLS/i, 'The server demands encryption; set smtp.security: starttls.'],
  [
    /5\.7\.(?:23|25|26|27|509)\b|\b(?:SPF|DKIM|DMARC)\b/,
    'The receiver could not see that this server may send for the domain; check SPF, DKIM and DMARC.',
  ],
  [
    /relay(?:ing)? (?:access )?(?:denied|not permitted)|unable to relay|5\.7\.54\b/i,
    'The server does not pass on mail for us; it wants a login, or our address on its list.',
  ],
  [/\b5\.1\.(?:1|10)\b|user unknown|no such user/i, 'There is no such mailbox.'],
  [/[45]\.2\.2\b|mailbox (?:is )?full|over quota/i, 'The mailbox is full.'],
  [/[45]\.3\.4\b|^552\b|size limit|too large/i, 'The mail is too large for the server; attach less.'],
  [/4\.3\.2\b|concurrent connections/i, 'The server takes no more connections of this login for now.'],
  [
    /greylist|grey-list/i,
    'The server puts off mail of senders that it does not know yet; the next attempt goes through.',
  ],
  [/\bspam\b|5\.7\.1\b.*(?:content|policy)/i, 'The mail was taken for spam; ask for an exception for the sender.'],
];

function meaningOf(reply: string): string {
  const found = MEANINGS.find(([pattern]) => pattern.test(reply));
  return found === undefined ? '' : `${found[1]} `;
}

/** What a server replied: what it means where that is known, then its words on one line, without the addresses that servers repeat. */
export function describeReply(error: NodemailerError): string {
  if (error.response === undefined) return describeNetworkError(error);
  const reply = onOneLine(error.response);
  return `${meaningOf(reply)}The mail server said: ${reply.slice(0, MAX_REPLY_LENGTH)}`;
}

/** What a server said when it took a mail, for the record. */
export function toReceipt(response: string): string {
  return onOneLine(response).slice(0, MAX_REPLY_LENGTH);
}

function onOneLine(response: string): string {
  return response
    .slice(0, MAX_LOOKED_AT)
    .replaceAll(/<[^<>]*>|[^\s<>()[\]"']+@[^\s<>()[\]"']+/g, '<address>')
    .replaceAll(/https?:\/\/\S+/g, '<link>')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

/** Whether the server does not let this program send at all. */
export function isAuthenticationError(error: NodemailerError): boolean {
  return (
    error.code === 'EAUTH' ||
    error.code === 'ENOAUTH' ||
    (error.responseCode !== undefined && authenticationCodes.has(error.responseCode))
  );
}

/**
 * Whether a server turned us away for good before it knew of the mail. That is never about the mail: an address on a block list, a server
 * that is being set up.
 */
export function isTurnedAway({ command = '', responseCode = 0 }: NodemailerError): boolean {
  return responseCode >= 500 && ['CONN', 'EHLO', 'HELO', 'LHLO'].includes(command);
}

/** Whether the encryption that the channel demands cannot be had. */
export function isEncryptionError(error: NodemailerError): boolean {
  return error.code === 'ETLS';
}

/** Whether an error is one of nodemailer's, which all carry a code. */
export function isMailError(error: unknown): error is NodemailerError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
