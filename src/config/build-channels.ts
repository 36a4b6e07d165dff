import type { ChannelSettings, EmailChannel, NetworkSettings } from '../model/settings.ts';
import { buildNetwork } from './build-network.ts';
import { demandSecret, type Parts, secretsAt } from './parts.ts';
import type { ConfigFile } from './schema.ts';

type WrittenChannel = ConfigFile['channels'][string];

/** The channels, by name. `network` is the way out where a channel does not say otherwise. */
export function buildChannels(parts: Parts, network: NetworkSettings): Readonly<Record<string, ChannelSettings>> {
  const entries = Object.entries(parts.parsed.channels).map(([name, channel]) => {
    const own = buildNetwork(parts, ['channels', name, 'network'], channel.network, network);
    return [name, buildChannel(parts, channel, { name, network: own })] as const;
  });
  return Object.fromEntries(entries);
}

/** What every channel has. */
interface Common {
  readonly name: string;
  readonly network: NetworkSettings;
}

function buildChannel(parts: Parts, channel: WrittenChannel, common: Common): ChannelSettings {
  if (channel.type === 'email') {
    return buildEmail(parts, channel, common);
  }
  const path = ['channels', common.name];
  const url = demandSecret(parts, [...path, 'url']);
  if (channel.type === 'slack') {
    return { ...common, type: 'slack', detail: channel.detail ?? 'ids', url };
  }
  const secrets = [...secretsAt(parts, [...path, 'secret']), ...secretsAt(parts, [...path, 'secrets'])];
  return { ...common, type: 'webhook', detail: channel.detail ?? 'full', url, secrets, format: channel.format };
}

const DEFAULT_PORTS = { starttls: 587, tls: 465, none: 25 } as const;

function buildEmail(parts: Parts, channel: WrittenChannel & { readonly type: 'email' }, common: Common): EmailChannel {
  const { from, to, cc, bcc, replyTo, attach, smtp } = channel;
  const { host, security, user = null, port = DEFAULT_PORTS[security] } = smtp;
  const password = secretsAt(parts, ['channels', common.name, 'smtp', 'password'])[0] ?? null;
  return {
    ...common,
    type: 'email',
    detail: channel.detail ?? 'full',
    from,
    to,
    cc,
    bcc,
    replyTo: replyTo ?? null,
    attach,
    smtp: { host, port, security, user, password },
  };
}
