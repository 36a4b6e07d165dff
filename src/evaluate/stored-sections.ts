import type { EncodedSection } from '../model/encoded-section.ts';
import type { Reason } from '../model/reason.ts';
import { missing, present, type Section, type SectionName, type Snapshot } from '../model/snapshot.ts';
import { decodeSection } from '../sections.ts';

/** A section as the store keeps it: its bytes are read when they are asked for. */
export interface StoredSection extends Omit<EncodedSection, 'name' | 'bytes'> {
  readonly name: string;
  load(): Uint8Array;
}

/** What a rule is judged on, unpacked for built-in rules and packed for custom ones. */
export interface OpenedSections {
  readonly snapshot: Snapshot;
  readonly encoded: readonly EncodedSection[];
}

/** Opens the sections of these names; one that is not stored is missing, for the reason that `why` gives. */
export function openStoredSections(
  names: readonly SectionName[],
  stored: readonly StoredSection[],
  why: (name: SectionName) => Reason,
): OpenedSections {
  const encoded: EncodedSection[] = [];
  const open = (name: SectionName): Section<unknown> => {
    const kept = stored.find((section) => section.name === name);
    if (kept === undefined) {
      const { kind, text } = why(name);
      return missing(kind, text);
    }
    const { version, items, digest } = kept;
    const section = { name, version, items, digest, bytes: kept.load() };
    encoded.push(section);
    return present<unknown>(decodeSection(section));
  };
  const entries = names.map((name) => [name, open(name)]);
  return { snapshot: Object.fromEntries(entries), encoded };
}
