import { hash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { SectionName, Sections } from './model/snapshot.ts';

/** Raise it when the stored form of any section changes; decode then learns the old form. */
export const SECTION_VERSION = 1;

/** Bytes a section may have once unpacked: far above 100,000 members, far below what hurts. */
const MAX_SECTION_BYTES = 512 * 1024 * 1024;

/** A section in its stored form: zstd over NDJSON, one line an item of a list, one line for anything else. */
export interface EncodedSection {
  readonly name: SectionName;
  readonly version: number;
  /** Items of a list; 1 for a single object. */
  readonly items: number;
  readonly bytes: Uint8Array;
  /** SHA-256 over the unpacked bytes, in hex. */
  readonly digest: string;
}

/** Packs a section. The same value gives the same bytes. */
export function encodeSection<Name extends SectionName>(name: Name, value: Sections[Name]): EncodedSection {
  const lines = Array.isArray(value)
    ? ['[]', ...value.map((item) => JSON.stringify(item))]
    : ['{}', JSON.stringify(value)];
  const text = Buffer.from(`${lines.join('\n')}\n`);
  return {
    name,
    version: SECTION_VERSION,
    items: lines.length - 1,
    bytes: zstdCompressSync(text),
    digest: hash('sha256', text),
  };
}

/**
 * Unpacks a section that `encodeSection` packed.
 * @throws when the version is unknown or the bytes are damaged.
 */
export function decodeSection<Name extends SectionName>(
  section: Pick<EncodedSection, 'version' | 'bytes'> & { readonly name: Name },
): Sections[Name] {
  if (section.version !== SECTION_VERSION) {
    throw new Error(
      `section ${section.name} is stored in version ${section.version}, which this program does not know`,
    );
  }
  const [shape, ...lines] = zstdDecompressSync(section.bytes, { maxOutputLength: MAX_SECTION_BYTES })
    .toString()
    .trimEnd()
    .split('\n');
  const value: Sections[Name] = JSON.parse(shape === '[]' ? `[${lines.join(',')}]` : lines.join(''));
  return value;
}
