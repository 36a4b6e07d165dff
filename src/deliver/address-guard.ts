import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Addresses that no channel may reach, whatever name resolves to them: link-local ones, and metadata services of clouds that lie
 * elsewhere, which hand out credentials to whoever asks from the machine. Private addresses are allowed: the operator wrote them.
 */
const forbidden = new BlockList();
forbidden.addSubnet('169.254.0.0', 16);
forbidden.addAddress('100.100.100.200');
forbidden.addAddress('168.63.129.16');
forbidden.addAddress('192.0.0.192');
forbidden.addSubnet('fe80::', 10, 'ipv6');
forbidden.addAddress('fd00:ec2::254', 'ipv6');
forbidden.addAddress('fd20:ce::254', 'ipv6');
// IPv4 link-local inside IPv6: IPv4-compatible, NAT64 and 6to4. IPv4-mapped ones the list understands by itself.
forbidden.addSubnet('::a9fe:0', 112, 'ipv6');
forbidden.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
forbidden.addSubnet('2002:a9fe::', 32, 'ipv6');

/** The code of the error that a guarded lookup gives for a forbidden address. */
export const FORBIDDEN_ADDRESS = 'EFORBIDDENADDRESS';

/** Whether an IP address, without brackets, must not be reached. Anything that is no IP address must not either. */
export function isForbiddenAddress(address: string): boolean {
  const family = isIP(address);
  return family === 0 || forbidden.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Whether an address (URL) names a forbidden IP address itself: no lookup is made for those. */
export function namesForbiddenAddress(url: URL): boolean {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) !== 0 && isForbiddenAddress(host);
}

function forbiddenError(): NodeJS.ErrnoException {
  return Object.assign(new Error('the name leads to a forbidden address'), { code: FORBIDDEN_ADDRESS });
}

/** Resolves like `dns.lookup`, but fails when any of the addresses is forbidden. The checked address is the one that is dialled. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const first = addresses?.[0];
    if (error !== null || first === undefined) return callback(error ?? forbiddenError(), '', 4);
    if (addresses.some(({ address }) => isForbiddenAddress(address))) return callback(forbiddenError(), '', 4);
    if (options.all === true) return callback(null, addresses);
    return callback(null, first.address, first.family);
  });
};
