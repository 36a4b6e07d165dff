import { createHmac } from 'node:crypto';
import type { ChannelSettings } from '../model/settings.ts';

function addressOf(channel: ChannelSettings): string {
  if (channel.type === 'email') return `${channel.smtp.host}:${channel.smtp.port}`;
  return channel.url.reveal();
}

/**
 * By which the store knows whether a channel still leads to the same receiver. An address may be a secret: it is kept as a fingerprint
 * from which nobody can compute it.
 */
export function endpointsOf(
  channels: Readonly<Record<string, ChannelSettings>>,
  salt: Uint8Array,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(channels).map(([name, channel]) => [
      name,
      createHmac('sha256', salt)
        .update(JSON.stringify([channel.type, addressOf(channel)]))
        .digest('hex'),
    ]),
  );
}
