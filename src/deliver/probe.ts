import type { ChannelSettings, EmailChannel } from '../model/settings.ts';
import { hush } from './echo.ts';
import { mailToken } from './mail-token.ts';
import { describeNetworkError } from './network-error.ts';
import { reach } from './reach.ts';
import { describeReply, isAuthenticationError, isMailError } from './smtp-reply.ts';
import { createSmtpTransport, secretsOf } from './smtp-transport.ts';

/** Whether a channel could be reached, as a sentence for people. */
export interface ProbeResult {
  readonly ok: boolean;
  readonly sentence: string;
}

const TOKEN_TIMEOUT_MS = 30_000;

async function probeMail(channel: EmailChannel, at: Date): Promise<ProbeResult> {
  const token = await mailToken(channel, at, AbortSignal.timeout(TOKEN_TIMEOUT_MS));
  if (token !== null && !token.ok) return { ok: false, sentence: token.error };
  const transport = await createSmtpTransport(channel, { token: token?.token ?? null });
  try {
    await transport.verify();
    return {
      ok: true,
      sentence: 'The mail server answers and accepts the login; sender and recipients are not tried.',
    };
  } catch (error) {
    if (!isMailError(error)) throw error;
    const said = describeReply(hush(error, secretsOf(channel, token?.token ?? null)));
    return { ok: false, sentence: isAuthenticationError(error) ? `The mail server refused the login. ${said}` : said };
  } finally {
    transport.close();
  }
}

async function probeAddress({ url, network }: Exclude<ChannelSettings, EmailChannel>): Promise<ProbeResult> {
  try {
    await reach(url, network);
    return { ok: true, sentence: 'The receiver can be reached; nothing was sent.' };
  } catch (error) {
    return { ok: false, sentence: describeNetworkError(error) };
  }
}

/** Tries whether a channel can be reached, without sending a message. */
export function probe(channel: ChannelSettings, at: Date): Promise<ProbeResult> {
  return channel.type === 'email' ? probeMail(channel, at) : probeAddress(channel);
}
