import { FORBIDDEN_ADDRESS } from './address-guard.ts';

const sentences: Readonly<Record<string, string>> = {
  [FORBIDDEN_ADDRESS]: 'The address is a link-local or metadata address, which is never contacted.',
  ECONNREFUSED: 'The connection was refused.',
  ECONNRESET: 'The connection was closed by the other side.',
  EPIPE: 'The connection was closed by the other side.',
  ECONNECTION: 'The connection was closed by the other side.',
  ENOTFOUND: 'The host name could not be resolved.',
  EAI_AGAIN: 'The host name could not be resolved for now.',
  EDNS: 'The host name could not be resolved.',
  ETIMEDOUT: 'No answer came in time.',
  ABORT_ERR: 'The attempt was ended before an answer came.',
  ERR_ABORTED: 'The attempt was ended before an answer came.',
  EABORT: 'The attempt was ended before an answer came.',
  EHOSTUNREACH: 'The host cannot be reached.',
  ENETUNREACH: 'The network cannot be reached.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The certificate is self-signed; name its authority in network.caFile.',
  SELF_SIGNED_CERT_IN_CHAIN: 'The certificate is of an unknown authority; name it in network.caFile.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'The certificate is of an unknown authority; name it in network.caFile.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'The certificate is of an unknown authority; name it in network.caFile.',
  CERT_HAS_EXPIRED: 'The certificate has expired.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is for another host name.',
  EPROTOCOL: 'The other side does not speak the protocol, or says more than is read.',
  EPROTO: 'The other side does not speak TLS; check the address and the port.',
  HPE_HEADER_OVERFLOW: 'The other side sent more headers than are read.',
  ERR_PROXY_TUNNEL: 'The proxy refused the connection.',
};

/** Codes of failures that come before the first byte of a request. */
const beforeSending: ReadonlySet<string> = new Set([
  FORBIDDEN_ADDRESS,
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_PROXY_TUNNEL',
  'EPROTO',
]);

/** What got was waiting for when a failure by time comes before the first byte of a request. */
const beforeSendingEvents: ReadonlySet<unknown> = new Set(['lookup', 'connect', 'secureConnect']);

/** Codes of an error and of what caused it, the innermost first: the outer ones are often too general. */
function codesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const inner = codesOf(error.cause);
  const own = ['originalCode', 'code'].flatMap((key) => {
    const value: unknown = Reflect.get(error, key);
    return typeof value === 'string' ? [value] : [];
  });
  return [...inner, ...own];
}

/** What a network error means, as a sentence without the address, the host or a secret: the error's own text may hold all of them. */
export function describeNetworkError(error: unknown): string {
  const codes = codesOf(error);
  const known = codes.find((code) => sentences[code] !== undefined);
  if (known !== undefined) return sentences[known] ?? '';
  const [code] = codes;
  if (code?.startsWith('HPE_')) return 'The other side does not answer in HTTP; check the address and the port.';
  return code === undefined ? 'The connection failed.' : `The connection failed (${code}).`;
}

/** Whether a request that failed like this may have reached the receiver. */
export function mayHaveArrived(error: unknown): boolean {
  const event: unknown = error instanceof Error ? Reflect.get(error, 'event') : undefined;
  return !beforeSendingEvents.has(event) && !codesOf(error).some((code) => beforeSending.has(code));
}
