import type { EncodedSection } from '../model/encoded-section.ts';
import type { Reason } from '../model/reason.ts';
import { missing, present, type Section, type SectionName, type Snapshot } from '../model/snapshot.ts';
import { decodeSection } from '../sections.ts';
import type { EncodedSnapshot } from './judge-custom-rule.ts';

/** A section as the store keeps it: its bytes are read when they are asked for. */
export interface StoredSection extends Omit<EncodedSection, 'name' | 'bytes'> {
  readonly name: string;
  load(): Uint8Array;
}

/** Loads the sections of these names, packed as they are; one that is not stored is missing, for the reason that `why` gives. */
export function loadStoredSections(
  names: readonly SectionName[],
  stored: readonly StoredSection[],
  why: (name: SectionName) => Reason,
): EncodedSnapshot {
  const load = (name: SectionName): Section<EncodedSection> => {
    const kept = stored.find((section) => section.name === name);
    if (kept === undefined) {
      const { kind, text } = why(name);
      return missing(kind, text);
    }
    const { version, items, digest } = kept;
    return present({ name, version, items, digest, bytes: kept.load() });
  };
  return Object.fromEntries(names.map((name) => [name, load(name)]));
}

/** Unpacks what was loaded, for rules that run in this process. */
export function unpackSections(sections: EncodedSnapshot): Snapshot {
  const entries = Object.entries(sections).map(([name, section]) => [
    name,
    section.present ? present<unknown>(decodeSection(section.value)) : section,
  ]);
  return Object.fromEntries(entries);
}
