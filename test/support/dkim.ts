import { createHash, createVerify } from 'node:crypto';

interface Header {
  readonly name: string;
  readonly raw: string;
}

function splitMail(raw: string): { readonly headers: readonly Header[]; readonly body: string } {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw.slice(0, end).split(/\r\n(?![ \t])/);
  const headers = lines.map((line) => ({ name: line.slice(0, line.indexOf(':')).toLowerCase(), raw: line }));
  return { headers, body: raw.slice(end + 4) };
}

/** Canonicalization `relaxed` of a header (https://www.rfc-editor.org/rfc/rfc6376#section-3.4.2). */
function relaxHeader({ name, raw }: Header): string {
  const value = raw
    .slice(raw.indexOf(':') + 1)
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .trim();
  return `${name}:${value}`;
}

/** Canonicalization `relaxed` of a body (§3.4.4). */
function relaxBody(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''));
  while (lines.length > 0 && lines.at(-1) === '') lines.pop();
  return lines.length === 0 ? '' : `${lines.join('\r\n')}\r\n`;
}

/** What a DKIM signature says of a mail, and whether it is right. */
export interface DkimResult {
  readonly domain: string;
  readonly selector: string;
  readonly signed: readonly string[];
  readonly bodyMatches: boolean;
  readonly signatureMatches: boolean;
}

/** Checks the first relaxed/relaxed RSA signature of a mail as RFC 6376 says. */
export function verifyDkim(raw: string, publicKey: string): DkimResult {
  const { headers, body } = splitMail(raw);
  const signature = headers.find(({ name }) => name === 'dkim-signature');
  if (signature === undefined) throw new Error('the mail has no signature');
  const value = relaxHeader(signature).slice('dkim-signature:'.length);
  const tags: Readonly<Record<string, string>> = Object.fromEntries(
    value.split(';').map((tag) => [tag.split('=')[0]?.trim(), tag.slice(tag.indexOf('=') + 1).trim()]),
  );
  if (tags['c'] !== 'relaxed/relaxed' || tags['a'] !== 'rsa-sha256') throw new Error(`another algorithm: ${value}`);
  const signed = (tags['h'] ?? '')
    .toLowerCase()
    .split(':')
    .map((name) => name.trim());
  const left = [...headers];
  const chosen = signed.flatMap((name) => {
    const index = left.findLastIndex((header) => header.name === name);
    return index === -1 ? [] : left.splice(index, 1).map(relaxHeader);
  });
  const own = relaxHeader({ ...signature, raw: signature.raw.replace(/([;\s]b=)[^;]*/, '$1') });
  const verify = createVerify('RSA-SHA256').update(`${chosen.join('\r\n')}\r\n${own}`);
  return {
    domain: tags['d'] ?? '',
    selector: tags['s'] ?? '',
    signed,
    bodyMatches: createHash('sha256').update(relaxBody(body)).digest('base64') === tags['bh']?.replace(/\s/g, ''),
    signatureMatches: verify.verify(publicKey, tags['b']?.replace(/\s/g, '') ?? '', 'base64'),
  };
}
