import type { SectionName } from './snapshot.ts';

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
