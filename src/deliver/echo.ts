import type { NodemailerError } from 'nodemailer';
import type { Secret } from '../model/secret.ts';

const INSTEAD = '[secret]';

/** A text that may have been cut off is known by its beginning. */
const KNOWN_BY = 6;

/** What is looked at of a reply: a hostile one may be a megabyte long. */
const MAX_LOOKED_AT = 2000;

/** In base64 the same bytes look different at each of four places. */
const OFFSETS = [0, 1, 2, 3] as const;

function hides(run: string, secrets: readonly string[]): boolean {
  return OFFSETS.some((offset) => {
    const decoded = Buffer.from(run.slice(offset), 'base64').toString('latin1');
    return secrets.some((secret) => decoded.includes(Buffer.from(secret.slice(0, KNOWN_BY)).toString('latin1')));
  });
}

/** Takes out of what a server says what it was told in confidence: some repeat the command that they refuse, in base64 or in clear. */
export function withoutEcho(text: string, secrets: readonly Secret[]): string {
  const values = secrets.map((secret) => secret.reveal()).filter((value) => value !== '');
  const clear = values.reduce((left, value) => left.replaceAll(value, INSTEAD), text.slice(0, MAX_LOOKED_AT));
  return clear.replaceAll(/[\w+/-]{8,}={0,2}/g, (run) => (hides(run, values) ? INSTEAD : run));
}

/** The same for the replies that an error of the mail library tells of. */
export function hush(error: NodemailerError, secrets: readonly Secret[]): NodemailerError {
  for (const each of [error, ...(error.rejectedErrors ?? [])])
    if (each.response !== undefined) each.response = withoutEcho(each.response, secrets);
  return error;
}
