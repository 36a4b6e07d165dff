import type { EncodedSection } from '../model/encoded-section.ts';
import { valueOr } from '../model/fact.ts';
import type { Instant } from '../model/instant.ts';
import { ADMINISTRATOR_ROLE, type SectionName, type Sections, type Snapshot } from '../model/snapshot.ts';
import { decodeSection } from '../sections.ts';

/** What stands in the place of a member whose use may not be told by name. */
export const A_MEMBER = 'a member';

/** The accounts of a group, told apart by whether they may be named beside what they use. */
export interface People {
  /** Service accounts, administrators, emergency accounts and the auditor's own; of any other id it is not known, so: no. */
  isNamed(id: string): boolean;
  /** A text in which every other account known is `a member`. */
  mask(text: string): string;
  /** When a member signed in last; null: not known, or never. */
  signedInAt(id: string): Instant | null;
}

/** The latest sections that a store has of a group. */
export function latestIn(
  store: { latestSection(group: string, name: SectionName): EncodedSection | null },
  group: string,
) {
  return <Name extends SectionName>(name: Name): Sections[Name] | null => {
    const section = store.latestSection(group, name);
    return section === null ? null : decodeSection({ ...section, name });
  };
}

/** Where sections are found that were not read now: those of the latest run that has them. */
export type LatestSection = <Name extends SectionName>(name: Name) => Sections[Name] | null;

const WORD = /[\p{L}\p{N}]+/gu;

/** Who is who in a group, as far as it was read now or before. */
export function peopleOf(snapshot: Snapshot, latest: LatestSection): People {
  const read: LatestSection = (name) => {
    const section = snapshot[name];
    return section?.present === true ? Object(section.value) : latest(name);
  };
  const named = new Set(namedIds(read).map(toKey));
  const isNamed = (id: string): boolean => named.has(toKey(id));
  const aliases = aliasesOf(read).filter(([id]) => !isNamed(id));
  const byLastWord = Map.groupBy(
    new Set(aliases.flatMap((names) => names).map(toKey)),
    (alias) => alias.match(WORD)?.at(-1) ?? '',
  );
  const signIns = new Map((read('members') ?? []).map(({ id, lastLoginAt }) => [id, valueOr(lastLoginAt, null)]));
  return { isNamed, mask: (text) => maskText(text, byLastWord), signedInAt: (id) => signIns.get(id) ?? null };
}

function toKey(id: string): string {
  return id.toLowerCase();
}

function namedIds(read: LatestSection): readonly string[] {
  const roles = read('roles');
  const privileged = Object.entries(roles?.byAccount ?? {}).filter(([, held]) => held.includes(ADMINISTRATOR_ROLE));
  const identity = read('identity')?.id ?? null;
  const emergency = new Set((read('breakGlass') ?? []).map(({ id }) => toKey(id)));
  const emergencyMembers = (read('members') ?? []).filter(
    ({ email }) => email.known && emergency.has(toKey(email.value)),
  );
  return [
    ...(read('serviceAccounts') ?? []),
    ...(read('administrators') ?? []),
    ...(read('breakGlass') ?? []),
    ...emergencyMembers,
  ]
    .map(({ id }) => id)
    .concat(privileged.map(([id]) => id))
    .concat(identity === null ? [] : [identity]);
}

/** Ids of every account that was seen, each with its address and name where there are any. */
function aliasesOf(read: LatestSection): readonly (readonly [string, ...string[]])[] {
  const members = (read('members') ?? []).map(({ id, name, email }): readonly [string, ...string[]] => [
    id,
    ...(email.known ? [email.value] : []),
    ...(name === null || name.length < 3 ? [] : [name]),
  ]);
  const lists = [...(read('consumption') ?? []), ...(read('peakDays') ?? []), ...(read('recentDays') ?? [])];
  const tallies = [
    ...(read('accountActivity') ?? []),
    ...(read('previousActivity') ?? []),
    ...(read('accountDays') ?? []),
    ...(read('storedAccountDays') ?? []),
  ];
  const consumers = [
    ...lists.flatMap((list) => list.consumers.map(({ id }) => id)),
    ...tallies.flatMap(({ used }) => Object.keys(used)),
    ...(read('peakAccounts') ?? []).map(({ id }) => id),
  ];
  return [...members, ...[...new Set(consumers)].map((id): readonly [string] => [id])];
}

function maskText(text: string, byLastWord: ReadonlyMap<string, readonly string[]>): string {
  const words = new Set(toKey(text).match(WORD) ?? []);
  // What has no letter and no digit stands under the empty word.
  const candidates = ['', ...words].flatMap((word) => byLastWord.get(word) ?? []);
  const longestFirst = candidates.toSorted((one, other) => other.length - one.length || (one < other ? -1 : 1));
  return longestFirst.reduce(maskWhole, text);
}

/** Replaces an alias in any case where it is no part of a longer word. */
export function maskWhole(text: string, alias: string): string {
  const literal = alias.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])`, 'giu');
  return text.replace(pattern, A_MEMBER);
}
