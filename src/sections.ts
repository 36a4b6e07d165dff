import { createHash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { EncodedSection } from './model/encoded-section.ts';
import type { SectionName, Sections } from './model/snapshot.ts';

/** Raise it when the stored form of any section changes; decode then learns the old form. */
const SECTION_VERSION = 1;

/** Bytes a section may have once unpacked: far above 100,000 members, far below what hurts. */
const MAX_SECTION_BYTES = 512 * 1024 * 1024;

/** Text that is packed at a time: one frame of zstd, which may stand in a row. Smaller ones pack worse, larger ones take memory. */
const FRAME_BYTES = 1024 * 1024;

/** Enough for most sections of most groups in one frame. */
const SMALL_FRAME_BYTES = 64 * 1024;

/** The most bytes that a unit of a text becomes in UTF-8. */
const BYTES_PER_UNIT = 3;

/** Packs a section, piece by piece: the text of a large group is several times what its objects are. The same value gives the same bytes. */
export function encodeSection<Name extends SectionName>(name: Name, value: Sections[Name]): EncodedSection {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const digest = createHash('sha256');
  const frames: Uint8Array[] = [];
  // Lines are written into one buffer, over and over: texts and buffers are freed late, and would add up to all there is.
  const buffer = Buffer.allocUnsafe(items.length < 1_000 ? SMALL_FRAME_BYTES : FRAME_BYTES);
  let used = 0;
  const pack = (text: Uint8Array): void => {
    if (text.length === 0) return;
    digest.update(text);
    frames.push(zstdCompressSync(text));
  };
  const add = (line: string): void => {
    if (line.length * BYTES_PER_UNIT > buffer.length - used) {
      pack(buffer.subarray(0, used));
      used = 0;
    }
    if (line.length * BYTES_PER_UNIT > buffer.length) pack(Buffer.from(line));
    else used += buffer.write(line, used);
  };
  add(Array.isArray(value) ? '[]\n' : '{}\n');
  for (const item of items) add(`${JSON.stringify(item)}\n`);
  pack(buffer.subarray(0, used));
  return {
    name,
    version: SECTION_VERSION,
    items: items.length,
    bytes: joinFrames(frames),
    digest: digest.digest('hex'),
  };
}

/**
 * Unpacks a section that `encodeSection` packed.
 * @throws when the version is unknown or the bytes are damaged.
 */
export function decodeSection<Name extends SectionName>(section: Packed<Name>): Sections[Name] {
  const lines = linesOf(section);
  const isList = lines.next().value === '[]';
  const items: unknown[] = Array.from(lines, (line) => JSON.parse(line));
  const value: Sections[Name] = Object(isList ? items : items[0]);
  return value;
}

/** Sections that are lists. */
type ListName = { [Name in SectionName]: Sections[Name] extends readonly unknown[] ? Name : never }[SectionName];

/**
 * The items of a packed list, one after another, for those who need little of each: all of them at once may take fifty megabytes.
 * @throws when the version is unknown or the bytes are damaged.
 */
export function* decodeItems<Name extends ListName>(section: Packed<Name>): Generator<Sections[Name][number]> {
  const lines = linesOf(section);
  lines.next();
  for (const line of lines) {
    const item: Sections[Name][number] = JSON.parse(line);
    yield item;
  }
}

/** How the line of an account begins: its id is written first. */
const LEADING_ID = /^\{"id":("(?:[^"\\]|\\.)*")/;

/**
 * The ids of a packed list, without its objects: they cost several times as much to make, and to throw away.
 * @throws when the version is unknown or the bytes are damaged.
 */
export function* decodeIds(section: Packed<'members' | 'serviceAccounts'>): Generator<string, undefined> {
  const lines = linesOf(section);
  lines.next();
  for (const line of lines) {
    const leading = LEADING_ID.exec(line)?.[1];
    const item: { readonly id: string } = leading === undefined ? JSON.parse(line) : { id: JSON.parse(leading) };
    yield item.id;
  }
  return undefined;
}

type Packed<Name extends SectionName> = Pick<EncodedSection, 'version' | 'bytes'> & { readonly name: Name };

function* linesOf({ name, version, bytes }: Packed<SectionName>): Generator<string, undefined> {
  if (version !== SECTION_VERSION) {
    throw new Error(`section ${name} is stored in version ${version}, which this program does not know`);
  }
  for (const frame of framesOf(bytes)) {
    const text = zstdDecompressSync(frame, { maxOutputLength: MAX_SECTION_BYTES });
    for (let start = 0; start < text.length; ) {
      const end = text.indexOf(10, start);
      yield text.toString('utf8', start, end === -1 ? text.length : end);
      start = end === -1 ? text.length : end + 1;
    }
  }
  return undefined;
}

/** Marks a frame that every reader of zstd skips (RFC 8878, 3.1.2). Ours says how long the frame behind it is. */
const SKIPPABLE = 0x184d2a50;
const SKIPPABLE_LENGTH = 12;

/** Several frames in a row, each announced, so that they can be unpacked one by one; a single one as it is. */
function joinFrames(frames: readonly Uint8Array[]): Uint8Array {
  const [only] = frames;
  if (only !== undefined && frames.length === 1) return only;
  return Buffer.concat(frames.flatMap((frame) => [announce(frame.length), frame]));
}

function announce(length: number): Buffer {
  const header = Buffer.alloc(SKIPPABLE_LENGTH);
  header.writeUInt32LE(SKIPPABLE, 0);
  header.writeUInt32LE(4, 4);
  header.writeUInt32LE(length, 8);
  return header;
}

/** The announced frames of packed bytes; bytes without announcements as one piece. */
function* framesOf(bytes: Uint8Array): Generator<Uint8Array, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const isAnnounced = bytes.length - at > SKIPPABLE_LENGTH && view.getUint32(at, true) === SKIPPABLE;
    const start = isAnnounced ? at + SKIPPABLE_LENGTH : at;
    const end = isAnnounced ? start + view.getUint32(at + 8, true) : bytes.length;
    yield bytes.subarray(start, end);
    at = end;
  }
  return undefined;
}
