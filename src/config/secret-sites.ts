import { whyNotAddress, whyNotProxy } from './address.ts';
import { entriesAt, type KeyPath, valueAt } from './key-path.ts';

/** A place where the configuration takes a secret: as a value, or as the path of a file that has it. */
export interface SecretSite {
  /** The map that it stands in. */
  readonly parent: KeyPath;
  readonly key: string;
  readonly fileKey: string;
  readonly required: boolean;
  /** Several values in a list, each a secret. */
  readonly many: boolean;
  /** A value written in the file is worth a warning. */
  readonly warnsWhenLiteral: boolean;
  /** What is wrong with a value, without repeating it; null when nothing is. */
  readonly whyNot: (value: string) => string | null;
}

const ONE = { required: true, many: false, warnsWhenLiteral: true } as const;

/** Every place of a file where a secret is, or must be. */
export function secretSites(tree: unknown): readonly SecretSite[] {
  return [
    ...entriesAt(tree, ['groups'])
      .filter(isMapEntry)
      .map(({ path }) => apiKeySite(path)),
    ...entriesAt(tree, ['channels']).flatMap(({ path }) => channelSites(tree, path)),
    ...(isMap(valueAt(tree, ['heartbeat'])) ? [addressSite(tree, ['heartbeat'])] : []),
    ...proxySites(tree, ['network']),
    ...proxySites(tree, ['api', 'network']),
  ];
}

function channelSites(tree: unknown, channel: KeyPath): readonly SecretSite[] {
  const network = proxySites(tree, [...channel, 'network']);
  switch (valueAt(tree, [...channel, 'type'])) {
    case 'email':
      return isMap(valueAt(tree, [...channel, 'smtp'])) ? [passwordSite([...channel, 'smtp']), ...network] : network;
    case 'slack':
      return [addressSite(tree, channel), ...network];
    case 'webhook':
      return [addressSite(tree, channel), ...signingSites(channel), ...network];
    default:
      return [];
  }
}

function apiKeySite(parent: KeyPath): SecretSite {
  const whyNot = (value: string): string | null =>
    /^[\x21-\x7e]+$/u.test(value) ? null : 'an API key has no spaces and only ASCII characters';
  return { ...ONE, parent, key: 'apiKey', fileKey: 'apiKeyFile', whyNot };
}

function passwordSite(parent: KeyPath): SecretSite {
  return { ...ONE, parent, key: 'password', fileKey: 'passwordFile', required: false, whyNot: () => null };
}

function addressSite(tree: unknown, parent: KeyPath): SecretSite {
  const allowed = valueAt(tree, [...parent, 'allowInsecure']);
  const policy = { allowInsecure: allowed === true || allowed === 'true', insecureKey: 'allowInsecure' };
  const whyNot = (value: string): string | null => whyNotAddress(value, policy);
  // Only Slack's addresses are secrets by themselves; a warning for every other one would teach readers to skip warnings.
  const warnsWhenLiteral = valueAt(tree, [...parent, 'type']) === 'slack';
  return { ...ONE, parent, key: 'url', fileKey: 'urlFile', warnsWhenLiteral, whyNot };
}

function signingSites(parent: KeyPath): readonly SecretSite[] {
  const common = { ...ONE, parent, required: false, whyNot: whyNotSigningSecret };
  return [
    { ...common, key: 'secret', fileKey: 'secretFile' },
    { ...common, key: 'secrets', fileKey: 'secretFiles', many: true },
  ];
}

function proxySites(tree: unknown, parent: KeyPath): readonly SecretSite[] {
  const site = { ...ONE, parent, key: 'proxy', fileKey: 'proxyFile', required: false } as const;
  return isMap(valueAt(tree, parent)) ? [{ ...site, warnsWhenLiteral: false, whyNot: whyNotProxy }] : [];
}

/** Standard Webhooks: `whsec_` and base64 of 24 to 64 bytes; else the text itself is the key and must be as long. */
function whyNotSigningSecret(value: string): string | null {
  const encoded = /^whsec_(?<encoded>.*)$/su.exec(value)?.groups?.['encoded'];
  if (encoded === undefined) {
    return Buffer.byteLength(value) >= 24
      ? null
      : 'too short: expected at least 24 bytes, or whsec_ and base64 of as many';
  }
  const bytes = /^[A-Za-z0-9+/]+={0,2}$/u.test(encoded) ? Buffer.from(encoded, 'base64').length : 0;
  return bytes >= 24 && bytes <= 64 ? null : 'expected base64 of 24 to 64 bytes after whsec_';
}

function isMapEntry({ value }: { readonly value: unknown }): boolean {
  return isMap(value);
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
