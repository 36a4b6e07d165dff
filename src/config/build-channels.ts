import { Secret } from '../model/secret.ts';
import type {
  ChannelSettings,
  DkimSettings,
  EmailChannel,
  NetworkSettings,
  OAuth2Settings,
} from '../model/settings.ts';
import { buildNetwork } from './build-network.ts';
import type { KeyPath } from './key-path.ts';
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
  const url =
    channel.type === 'pagerduty'
      ? (secretsAt(parts, [...path, 'url'])[0] ?? new Secret(channel.url))
      : demandSecret(parts, [...path, 'url']);
  const chat = { ...common, detail: channel.detail ?? 'ids', url };
  switch (channel.type) {
    case 'slack':
      return { ...chat, type: 'slack' };
    case 'teams':
      return { ...chat, type: 'teams' };
    case 'googlechat':
      return { ...chat, type: 'googlechat' };
    case 'pagerduty':
      return { ...chat, type: 'pagerduty', routingKey: demandSecret(parts, [...path, 'routingKey']) };
    case 'apprise':
      return { ...chat, type: 'apprise', tag: channel.tag ?? null };
    case 'webhook': {
      const secrets = [...secretsAt(parts, [...path, 'secret']), ...secretsAt(parts, [...path, 'secrets'])];
      return { ...common, type: 'webhook', detail: channel.detail ?? 'full', url, secrets, format: channel.format };
    }
  }
}

const DEFAULT_PORTS = { starttls: 587, tls: 465, none: 25 } as const;

type WrittenEmail = WrittenChannel & { readonly type: 'email' };

function buildEmail(parts: Parts, channel: WrittenEmail, common: Common): EmailChannel {
  const { from, to, cc, bcc, replyTo, attach, smtp } = channel;
  const { host, security, user = null, port = DEFAULT_PORTS[security] } = smtp;
  const path = ['channels', common.name, 'smtp'];
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
    smtp: {
      host,
      port,
      security,
      user,
      password: secretsAt(parts, [...path, 'password'])[0] ?? null,
      oauth2: smtp.oauth2 === undefined ? null : buildOAuth2(parts, smtp.oauth2, [...path, 'oauth2']),
      dkim: smtp.dkim === undefined ? null : buildDkim(parts, smtp.dkim, [...path, 'dkim']),
    },
  };
}

function buildOAuth2(
  parts: Parts,
  written: NonNullable<WrittenEmail['smtp']['oauth2']>,
  path: KeyPath,
): OAuth2Settings {
  if (written.provider === 'microsoft') {
    const { clientId, tenant, tokenUrl, scope } = written;
    return {
      provider: 'microsoft',
      tokenUrl: tokenUrl ?? `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`,
      clientId,
      clientSecret: demandSecret(parts, [...path, 'clientSecret']),
      scope: scope ?? 'https://outlook.office365.com/.default',
    };
  }
  const { serviceAccount, tokenUrl, scope } = written;
  return {
    provider: 'google',
    tokenUrl: tokenUrl ?? 'https://oauth2.googleapis.com/token',
    serviceAccount,
    privateKey: demandSecret(parts, [...path, 'privateKey']),
    scope: scope ?? 'https://mail.google.com/',
  };
}

function buildDkim(parts: Parts, { domain, selector }: DkimWritten, path: KeyPath): DkimSettings {
  return { domain: domain.toLowerCase(), selector, privateKey: demandSecret(parts, [...path, 'privateKey']) };
}

type DkimWritten = NonNullable<WrittenEmail['smtp']['dkim']>;
