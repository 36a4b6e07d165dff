import { createPrivateKey } from 'node:crypto';
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
  /** A file may have several lines, and what counts of it; null: it is one line and counts as it is. */
  readonly extract: ((content: string) => string) | null;
  /** What is wrong with a value, without repeating it; null when nothing is. */
  readonly whyNot: (value: string) => string | null;
}

const ONE = { required: true, many: false, warnsWhenLiteral: true, extract: null } as const;

/** Every place of a file where a secret is, or must be. */
export function secretSites(tree: unknown): readonly SecretSite[] {
  return [
    ...entriesAt(tree, ['groups'])
      .filter(isMapEntry)
      .map(({ path }) => apiKeySite(path)),
    ...entriesAt(tree, ['channels']).flatMap(({ path }) => channelSites(tree, path)),
    ...heartbeatPaths(tree).map((path) => addressSite(tree, path)),
    ...proxySites(tree, ['network']),
    ...proxySites(tree, ['api', 'network']),
  ];
}

/** Where a monitor is configured: for all audits, and for single ones. */
function heartbeatPaths(tree: unknown): readonly KeyPath[] {
  const own = entriesAt(tree, ['audits']).map(({ path }) => path.concat('heartbeat'));
  return [['heartbeat'], ...own].filter((path) => isMap(valueAt(tree, path)));
}

function channelSites(tree: unknown, channel: KeyPath): readonly SecretSite[] {
  const network = proxySites(tree, [...channel, 'network']);
  switch (valueAt(tree, [...channel, 'type'])) {
    case 'email':
      return [...smtpSites(tree, [...channel, 'smtp']), ...network];
    case 'slack':
    case 'teams':
    case 'googlechat':
    case 'apprise':
      return [addressSite(tree, channel), ...network];
    case 'pagerduty':
      return [pagerDutyAddressSite(tree, channel), routingKeySite(channel), ...network];
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

function smtpSites(tree: unknown, smtp: KeyPath): readonly SecretSite[] {
  if (!isMap(valueAt(tree, smtp))) {
    return [];
  }
  const oauth2 = [...smtp, 'oauth2'];
  const dkim = [...smtp, 'dkim'];
  const provider = valueAt(tree, [...oauth2, 'provider']);
  return [
    passwordSite(smtp),
    ...(provider === 'microsoft' ? [clientSecretSite(oauth2)] : []),
    ...(provider === 'google' ? [privateKeySite(oauth2)] : []),
    ...(isMap(valueAt(tree, dkim)) ? [privateKeySite(dkim)] : []),
  ];
}

function clientSecretSite(parent: KeyPath): SecretSite {
  return { ...ONE, parent, key: 'clientSecret', fileKey: 'clientSecretFile', whyNot: () => null };
}

/** There is no form with the key itself in the configuration: the schema knows only the file, and demands it. */
function privateKeySite(parent: KeyPath): SecretSite {
  const site = { ...ONE, parent, key: 'privateKey', fileKey: 'privateKeyFile', required: false };
  return { ...site, extract: extractPrivateKey, whyNot: whyNotPrivateKey };
}

/** The key itself of a file that Google gives out (JSON); anything else as it is. */
function extractPrivateKey(content: string): string {
  if (!content.trimStart().startsWith('{')) {
    return content;
  }
  try {
    const parsed: unknown = JSON.parse(content);
    const key: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'private_key') : null;
    return typeof key === 'string' ? key : '';
  } catch {
    return '';
  }
}

function whyNotPrivateKey(value: string): string | null {
  const looksLikeOne = /^\s*-----BEGIN (?:RSA )?PRIVATE KEY-----[\s\S]+-----END (?:RSA )?PRIVATE KEY-----\s*$/u.test(
    value,
  );
  try {
    if (looksLikeOne && createPrivateKey(value).asymmetricKeyType === 'rsa') {
      return null;
    }
  } catch {
    // Falls through: what OpenSSL says of it may repeat it.
  }
  return 'expected an RSA private key in PEM form, without a passphrase';
}

function routingKeySite(parent: KeyPath): SecretSite {
  const whyNot = (value: string): string | null =>
    /^[A-Za-z0-9]{32}$/u.test(value)
      ? null
      : 'expected the 32 letters and digits of an integration key (Events API v2)';
  return { ...ONE, parent, key: 'routingKey', fileKey: 'routingKeyFile', whyNot };
}

/** The address is the same for everybody: no secret, but posted to like one, and the default when it is not written. */
function pagerDutyAddressSite(tree: unknown, parent: KeyPath): SecretSite {
  return { ...addressSite(tree, parent), required: false, warnsWhenLiteral: false };
}

function addressSite(tree: unknown, parent: KeyPath): SecretSite {
  const allowed = valueAt(tree, [...parent, 'allowInsecure']);
  const policy = { allowInsecure: allowed === true || allowed === 'true', insecureKey: 'allowInsecure' };
  const whyNot = (value: string): string | null => whyNotAddress(value, policy);
  // Only these addresses are secrets by themselves; a warning for every other one would teach readers to skip warnings.
  const type = valueAt(tree, [...parent, 'type']);
  const warnsWhenLiteral = type === 'slack' || type === 'teams' || type === 'googlechat';
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
