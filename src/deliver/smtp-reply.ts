import type { NodemailerError } from 'nodemailer';
import { describeNetworkError } from './network-error.ts';

/** How long a server that does not let us in, or offers no TLS, is left alone: people must act, and accounts lock. */
export const CONFIGURATION_WAIT_MS = 3_600_000;

/** Replies that are about us and not about the message: authentication needed, refused, too weak, disabled. */
const authenticationCodes = new Set([454, 530, 534, 535, 538]);

const MAX_REPLY_LENGTH = 200;

/** What a server replied, on one line, without the addresses that servers like to repeat. */
export function describeReply(error: NodemailerError): string {
  if (error.response === undefined) return describeNetworkError(error);
  const reply = error.response
    .replaceAll(/<[^<>]*>|[^\s<>()[\]"']+@[^\s<>()[\]"']+/g, '<address>')
    .replaceAll(/https?:\/\/\S+/g, '<link>')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return `The mail server said: ${reply.slice(0, MAX_REPLY_LENGTH)}`;
}

/** Whether the server does not let this program send at all. */
export function isAuthenticationError(error: NodemailerError): boolean {
  return (
    error.code === 'EAUTH' ||
    error.code === 'ENOAUTH' ||
    (error.responseCode !== undefined && authenticationCodes.has(error.responseCode))
  );
}

/** Whether the encryption that the channel demands cannot be had. */
export function isEncryptionError(error: NodemailerError): boolean {
  return error.code === 'ETLS';
}

/** Whether an error is one of nodemailer's, which all carry a code. */
export function isMailError(error: unknown): error is NodemailerError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
