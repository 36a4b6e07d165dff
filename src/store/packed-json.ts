import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Far above any report or mail, far below what hurts. */
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;

/** JSON, compressed with zstd. */
export function pack(value: unknown): Uint8Array {
  return zstdCompressSync(Buffer.from(JSON.stringify(value)));
}

/** What `pack` packed; the caller names the type. */
export function unpack(packed: Uint8Array) {
  return JSON.parse(zstdDecompressSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES }).toString());
}
