import { hash } from 'node:crypto';
import type { NodemailerError, SendMailOptions } from 'nodemailer';
import type { EmailBody, Message, Outcome, RecipientOutcomes } from '../../model/message.ts';
import type { Secret } from '../../model/secret.ts';
import type { EmailChannel } from '../../model/settings.ts';
import { retry } from '../answer-outcome.ts';
import { type SendContext, wrongKind } from '../channel.ts';
import { hush, withoutEcho } from '../echo.ts';
import { addressKey, allRecipients, bareAddress, openRecipients, settle } from '../mail-recipients.ts';
import { mailToken } from '../mail-token.ts';
import { followDialogue } from '../smtp-dialogue.ts';
import {
  CONFIGURATION_WAIT_MS,
  describeReply,
  isAuthenticationError,
  isEncryptionError,
  isMailError,
  isTurnedAway,
  toReceipt,
} from '../smtp-reply.ts';
import { createSmtpTransport, secretsOf } from '../smtp-transport.ts';

/** Longer than a slow relay needs, shorter than anybody waits. */
const SEND_TIMEOUT_MS = 120_000;

const OUT_OF_STEP =
  'The other side does not answer as a mail server does, so that nothing it said counts; check host, port and security.';

/** From so much on a mail is late: its date counts against it with spam filters, and readers must not take it for today's. */
const LATE_MS = 24 * 3_600_000;

/** Subject and date of a mail: those of the report, or, a day later, that it is late and when it was really sent. */
function headlineOf({ subject, date }: EmailBody, at: Date): Pick<SendMailOptions, 'subject' | 'date'> {
  const written = new Date(date);
  return at.getTime() - written.getTime() < LATE_MS
    ? { subject, date: written }
    : { subject: `${subject} - sent late`, date: at };
}

/** The mail itself: the same bytes at every attempt of its first day, whoever is still to get it. */
function toMail(
  message: Message,
  body: EmailBody,
  { recipients, at }: { readonly recipients: readonly string[]; readonly at: Date },
): SendMailOptions & { baseBoundary: string } {
  return {
    envelope: { from: bareAddress(body.from), to: [...recipients] },
    from: body.from,
    to: [...body.to],
    cc: [...body.cc],
    ...(body.replyTo === null ? {} : { replyTo: body.replyTo }),
    ...headlineOf(body, at),
    messageId: message.wireId,
    headers: { ...body.headers },
    text: body.text,
    html: body.html,
    attachments: body.attachments.map(({ filename, contentType, content }) => ({
      filename,
      contentType,
      content,
      contentDisposition: 'attachment' as const,
    })),
    baseBoundary: hash('sha256', message.wireId).slice(0, 24),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** What one transmission came to. `left`: the whole message was handed over, so that silence after it may mean anything. */
interface Transmission {
  readonly accepted: readonly string[];
  readonly rejected: readonly NodemailerError[];
  readonly response: string;
  readonly error: NodemailerError | null;
  readonly left: boolean;
  /** The server's words do not belong to ours: nothing that it said is settled. */
  readonly outOfStep: boolean;
}

async function transmit(
  mail: SendMailOptions,
  {
    channel,
    token,
    signal,
  }: { readonly channel: EmailChannel; readonly token: Secret | null; readonly signal: AbortSignal },
): Promise<Transmission> {
  const dialogue = followDialogue();
  const transport = await createSmtpTransport(channel, { token, dialogue });
  const secrets = secretsOf(channel, token);
  const end = (told: Pick<Transmission, 'accepted' | 'rejected' | 'response' | 'error'>): Transmission =>
    dialogue.isOutOfStep()
      ? { accepted: [], rejected: [], response: '', error: null, left: dialogue.wasHandedOver(), outOfStep: true }
      : { ...told, left: dialogue.wasHandedOver(), outOfStep: false };
  try {
    const info = await transport.sendMail({ ...mail, signal });
    return end({
      accepted: info.accepted,
      rejected: (info.rejectedErrors ?? []).map((error) => hush(error, secrets)),
      response: toReceipt(withoutEcho(info.response, secrets)),
      error: null,
    });
  } catch (error) {
    if (!isMailError(error)) throw error;
    const told = hush(error, secrets);
    return end({ accepted: [], rejected: told.rejectedErrors ?? [], response: '', error: told });
  } finally {
    transport.close();
  }
}

/** Recipients that this transmission settled, added to those settled before. */
function settleAll(before: RecipientOutcomes, recipients: readonly string[], sent: Transmission): RecipientOutcomes {
  const accepted = new Set(sent.accepted.map(addressKey));
  const refusals = new Map(
    sent.rejected
      .filter(({ permanent }) => permanent === true)
      .map((error) => [addressKey(error.recipient ?? ''), describeReply(error)]),
  );
  return settle(
    before,
    recipients.filter((address) => accepted.has(addressKey(address))),
    recipients.flatMap((recipient) => {
      const error = refusals.get(addressKey(recipient));
      return error === undefined ? [] : [{ recipient, error }];
    }),
  );
}

/** What an error of the whole transmission means for those who are still to get the mail. */
function toFailure(error: NodemailerError, left: boolean, recipients: RecipientOutcomes): Outcome {
  const said = describeReply(error);
  if (isAuthenticationError(error)) {
    return retry(`The mail server refused the login. ${said}`, { recipients, retryAfterMs: CONFIGURATION_WAIT_MS });
  }
  if (isEncryptionError(error)) {
    return retry(`An encrypted connection to the mail server was not possible. ${said}`, {
      recipients,
      retryAfterMs: CONFIGURATION_WAIT_MS,
    });
  }
  if (isTurnedAway(error)) return retry(said, { recipients, retryAfterMs: CONFIGURATION_WAIT_MS });
  if (error.permanent === true) return { kind: 'failed', error: said, recipients };
  const unanswered = left && error.response === undefined;
  return retry(unanswered ? `The mail was handed over, but no answer came. ${said}` : said, {
    recipients,
    maybeDuplicate: unanswered,
  });
}

/** When nobody is left to be served: delivered if anybody got it. */
function toFinal(recipients: RecipientOutcomes, response: string): Outcome {
  if (recipients.accepted.length > 0) return { kind: 'delivered', recipients, response };
  return { kind: 'failed', error: recipients.refused[0]?.error ?? 'The mail has no recipients.', recipients };
}

function toOutcome(all: readonly string[], sent: Transmission, recipients: RecipientOutcomes): Outcome {
  if (sent.outOfStep) return retry(OUT_OF_STEP, { recipients, maybeDuplicate: sent.left });
  const open = openRecipients(all, recipients);
  if (open.length === 0) return toFinal(recipients, sent.response);
  const deferred = sent.rejected.find(({ permanent }) => permanent !== true);
  if (deferred !== undefined) {
    return retry(`Put off for ${open.length} of ${all.length} recipients. ${describeReply(deferred)}`, { recipients });
  }
  if (sent.error !== null) return toFailure(sent.error, sent.left, recipients);
  return retry(`The mail server did not say what became of ${open.length} of ${all.length} recipients.`, {
    recipients,
  });
}

/**
 * Sends a mail to those recipients who have neither got it nor been refused for good. The headers stay as they are, so that everybody
 * sees the whole list; the Message-ID is the same at every attempt, and for a day all bytes are.
 */
export async function sendEmail(message: Message, channel: EmailChannel, context: SendContext): Promise<Outcome> {
  const { body } = message;
  if (body.kind !== 'email') return wrongKind(context.settled);
  const all = allRecipients(body);
  const open = openRecipients(all, context.settled);
  if (open.length === 0) return toFinal(context.settled, 'already accepted');
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]);
  const login = await mailToken(channel, context.at, signal);
  if (login !== null && !login.ok) {
    const retryAfterMs = login.isOurs ? CONFIGURATION_WAIT_MS : null;
    return retry(login.error, { recipients: context.settled, retryAfterMs });
  }
  const sent = await transmit(toMail(message, body, { recipients: open, at: context.at }), {
    channel,
    token: login?.token ?? null,
    signal,
  });
  return toOutcome(all, sent, settleAll(context.settled, open, sent));
}
