/** What a web address in the configuration may be. */
export interface AddressPolicy {
  /** Plain http to other machines was asked for. */
  readonly allowInsecure: boolean;
  /** The key that would allow plain http; null where there is none. */
  readonly insecureKey: string | null;
}

/**
 * Names and addresses of cloud metadata services, which hand out credentials to whoever asks from the machine. Link-local addresses
 * are refused as a whole.
 */
const METADATA_HOSTS: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.azure.internal',
  'metadata.tencentyun.com',
  'instance-data',
  'instance-data.ec2.internal',
  '100.100.100.200',
  '168.63.129.16',
  '[fd00:ec2::254]',
  '[fd20:ce::254]',
]);

/** What is wrong with an address that something is sent to; null when it can be used. Never repeats the address. */
export function whyNotAddress(text: string, policy: AddressPolicy): string | null {
  const url = parseUrl(text);
  if (url === null) {
    return 'expected a web address that starts with https://';
  }
  if (isRefusedHost(url)) {
    return 'a link-local or metadata address cannot be used';
  }
  if (url.username !== '' || url.password !== '') {
    return 'a user name or password in the address cannot be used';
  }
  if (url.protocol === 'http:' && !isLoopback(url) && !policy.allowInsecure) {
    const key = policy.insecureKey === null ? '' : `, or set ${policy.insecureKey}: true`;
    return `plain http is only for addresses of this machine; use https${key}`;
  }
  return null;
}

/** What is wrong with the address of the API; null when it can be used. Never repeats it. */
export function whyNotBaseUrl(text: string): string | null {
  const wrong = whyNotAddress(text, { allowInsecure: false, insecureKey: null });
  if (wrong !== null) {
    return wrong;
  }
  return /[?#]/u.test(text) ? 'a query or fragment (? or #) in the address cannot be used' : null;
}

/** What is wrong with the address of a proxy; null when it can be used. Never repeats it. */
export function whyNotProxy(text: string): string | null {
  const url = parseUrl(text);
  if (url === null) {
    return 'expected the address of a proxy, such as http://proxy.acme.example:3128';
  }
  if (!isDecodable(url)) {
    return 'a % in the login stands for no character; write the % itself as %25';
  }
  return isRefusedHost(url) ? 'a link-local or metadata address cannot be used' : null;
}

/** Node decodes the login before it sends it, and throws on what it cannot decode. */
function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

function parseUrl(text: string): URL | null {
  if (!/^https?:\/\/[^\s\p{Cc}]+$/iu.test(text)) {
    return null;
  }
  const url = URL.parse(text);
  return url === null || url.hostname === '' ? null : url;
}

// `URL` has already turned every spelling of an IPv4 address into four numbers and every IPv6 address into its shortest form.
function hostOf(url: URL): string {
  return url.hostname.toLowerCase().replace(/\.$/u, '');
}

function isLoopback(url: URL): boolean {
  const host = hostOf(url);
  return (
    host === 'localhost' ||
    host === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/u.test(host) ||
    /^\[::ffff:7f[\da-f]{2}:/u.test(host)
  );
}

function isRefusedHost(url: URL): boolean {
  const host = hostOf(url);
  return (
    METADATA_HOSTS.has(host) ||
    host.startsWith('169.254.') ||
    /^\[fe[89ab][\da-f]:/u.test(host) ||
    /^\[(?:::|::ffff:|::ffff:0:|64:ff9b::)a9fe:/u.test(host)
  );
}
