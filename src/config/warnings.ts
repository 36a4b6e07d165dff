import { toDay } from '../model/instant.ts';
import type { ChannelSettings, EmailChannel, Problem } from '../model/settings.ts';
import type { Settings } from './build.ts';
import type { KeyPath } from './key-path.ts';
import type { Source } from './source.ts';

/** What is allowed and yet worth a word. Repeats no secret. */
export function settingsWarnings(source: Source, settings: Settings, at: Date): readonly Problem[] {
  const audited = new Set(settings.audits.flatMap((audit) => audit.groups));
  return [
    ...settings.groups.flatMap((group, index) => groupWarnings(source, { group, index, at })),
    ...settings.groups
      .filter((group) => !audited.has(group.id))
      .map((group) => source.problemAt(['groups', settings.groups.indexOf(group), 'id'], 'no audit covers this group')),
    ...Object.values(settings.channels).flatMap((channel) => channelWarnings(source, channel)),
  ];
}

function groupWarnings(
  source: Source,
  { group, index, at }: { readonly group: Settings['groups'][number]; readonly index: number; readonly at: Date },
): readonly Problem[] {
  const path = ['groups', index];
  const { apiKey, apiKeyFile, identity, singleSignOn } = group;
  const warnings: Problem[] = [];
  if (!/^[\da-f]{64}$/iu.test(apiKey.reveal())) {
    const key = [...path, apiKeyFile === null ? 'apiKey' : 'apiKeyFile'];
    warnings.push(
      source.problemAt(key, 'this does not look like an API key of VirusTotal, which has 64 hexadecimal digits'),
    );
  }
  if (identity === null) {
    const message = 'not set: the reports cannot say whose key it is, nor whether somebody else uses it';
    warnings.push(source.problemAt([...path, 'identity'], message));
  }
  if (singleSignOn !== null && singleSignOn.until < toDay(at)) {
    const message = 'the attestation has ended and counts for nothing; renew it or remove it';
    warnings.push(source.problemAt([...path, 'singleSignOn', 'until'], message));
  }
  return warnings;
}

function channelWarnings(source: Source, channel: ChannelSettings): readonly Problem[] {
  const path = ['channels', channel.name];
  if (channel.type === 'webhook' && channel.secrets.length === 0) {
    return [source.problemAt([...path, 'secret'], 'not set: the receiver cannot tell our messages from forged ones')];
  }
  if (channel.type === 'email') {
    return smtpWarnings(source, channel, [...path, 'smtp']);
  }
  if (channel.type === 'teams' && isConnector(channel.url.reveal())) {
    const message =
      'an Office 365 connector, which Microsoft has retired; make a flow with Workflows and use its address';
    return [source.problemAt([...path, 'url'], message)];
  }
  return [];
}

function smtpWarnings(source: Source, { smtp, from }: EmailChannel, path: KeyPath): readonly Problem[] {
  const warnings: Problem[] = [];
  const secret = smtp.oauth2 === null ? (smtp.password === null ? null : 'password') : 'token';
  if (smtp.security === 'none' && secret !== null) {
    const message = `none: the ${secret} and the reports travel unencrypted`;
    warnings.push(source.problemAt([...path, 'security'], message));
  }
  const domain = /@([^@<>\s]+)>?\s*$/u.exec(from)?.[1]?.toLowerCase() ?? '';
  if (smtp.dkim !== null && domain !== smtp.dkim.domain && !domain.endsWith(`.${smtp.dkim.domain}`)) {
    const message = 'this is not the domain of the sender (from): receivers will not count the signature for it';
    warnings.push(source.problemAt([...path, 'dkim', 'domain'], message));
  }
  return warnings;
}

function isConnector(address: string): boolean {
  return /\.webhook\.office\.com$|^outlook\.office(?:365)?\.com$/u.test(URL.parse(address)?.hostname ?? '');
}
