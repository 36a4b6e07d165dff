import { resolve } from 'node:path';
import type { Problem } from '../model/settings.ts';
import { entriesAt, type KeyPath, toPathKey, valueAt } from './key-path.ts';
import type { Source } from './source.ts';
import { readBytes, readText } from './text-file.ts';

const MOST_LOGO_BYTES = 200 * 1024;
const MOST_CA_BYTES = 1024 * 1024;

/** Files that the configuration takes in whole: certificate authorities and the logo. */
export interface SideFiles {
  /** Content by `toPathKey` of the key that names the file: PEM text, or a `data:` URL. */
  readonly contents: ReadonlyMap<string, string>;
  /** Absolute paths, also of those that could not be used. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

type Content = { readonly ok: true; readonly content: string } | { readonly ok: false; readonly why: string };

/** Reads the certificate authorities and the logo that a file names. Never throws for what a user can do wrong. */
export async function readSideFiles(source: Source, folder: string): Promise<SideFiles> {
  const contents = new Map<string, string>();
  const problems: Problem[] = [];
  const files: string[] = [];
  const networks: KeyPath[] = [['network'], ['api', 'network']];
  for (const channel of entriesAt(source.tree, ['channels'])) {
    networks.push([...channel.path, 'network']);
  }
  const wanted = [
    ...networks.map((path) => ({ path: path.concat('caFile'), read: readAuthorities })),
    { path: ['report', 'logo'], read: readLogo },
  ];
  for (const { path, read } of wanted) {
    const name = nameAt(source, path);
    const file = name === null ? null : resolve(folder, name);
    const result = file === null ? null : await read(file);
    if (file !== null) {
      files.push(file);
    }
    if (result?.ok === true) {
      contents.set(toPathKey(path), result.content);
    } else if (result !== null) {
      problems.push(source.problemAt(path, `the file cannot be used: ${result.why}`));
    }
  }
  return { contents, files, problems };
}

function nameAt(source: Source, path: KeyPath): string | null {
  const name = valueAt(source.tree, path);
  const usable = typeof name === 'string' && name.trim() !== '' && !source.scalars.unknown.has(toPathKey(path));
  return usable ? name : null;
}

async function readAuthorities(file: string): Promise<Content> {
  const read = await readText(file, MOST_CA_BYTES);
  if (!read.ok) {
    return read;
  }
  return /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/u.test(read.text)
    ? { ok: true, content: read.text }
    : { ok: false, why: 'it has no certificate in PEM form (-----BEGIN CERTIFICATE-----)' };
}

async function readLogo(file: string): Promise<Content> {
  const read = await readBytes(file, MOST_LOGO_BYTES);
  if (!read.ok) {
    return read;
  }
  const type = imageType(read.bytes);
  return type === null
    ? { ok: false, why: 'it is not a PNG, JPEG or SVG picture' }
    : { ok: true, content: `data:${type};base64,${Buffer.from(read.bytes).toString('base64')}` };
}

/** Told from the content: a name proves nothing. */
function imageType(bytes: Uint8Array): string | null {
  const start = Buffer.from(bytes.subarray(0, 1024));
  if (start.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))) {
    return 'image/png';
  }
  if (start.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) {
    return 'image/jpeg';
  }
  return /^\uFEFF?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*|<!DOCTYPE svg[^>]*>\s*)*<svg[\s>]/u.test(
    start.toString(),
  )
    ? 'image/svg+xml'
    : null;
}
