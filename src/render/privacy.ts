import type { Finding } from '../model/finding.ts';
import type { Subject } from '../model/judgement.ts';
import type { Detail } from '../model/settings.ts';
import { formatQuotaName } from './figures.ts';
import { cleanText } from './plain-text.ts';

/** How much may be said about people in one rendering. */
export interface Privacy {
  readonly detail: Detail;
  /** A sentence that may name people: what must not be said is taken out. */
  sentence(text: string, max?: number): string;
  /** What a subject is called. */
  name(subject: Subject): string;
  /** The subject's name and address where it has them, a quota's id; empty when there is none or it must not be said. */
  contact(subject: Subject): string;
}

// `*@example.com` is a pattern and nobody's address. The parts are bounded: a text without blanks must not make the search quadratic.
const ADDRESS = /[^\s<>()[\]"',;:=|@*]{1,64}@[^\s<>()[\]"',;:=|@]{1,255}/gu;
const WORD = /[\p{L}\p{N}]+/gu;

/** Shorter names are words of the language, too. */
const MIN_NAME = 3;

/** Names of people, found in a text by their last word, so that ten thousand names do not mean ten thousand searches. */
export interface NameIndex {
  readonly byLastWord: ReadonlyMap<string, readonly { readonly name: string; readonly id: string }[]>;
}

/** Takes e-mail addresses out of a text. */
export function withholdAddresses(text: string): string {
  return text.replace(ADDRESS, '[address withheld]');
}

/** The names of the findings' accounts, with the ids that stand for them where names must not be said. */
export function namesOf(findings: readonly Finding[]): NameIndex {
  const names = new Map<string, string>();
  for (const { subject } of findings) {
    const { name } = subject;
    const isAccount = subject.kind === 'member' || subject.kind === 'service_account';
    if (isAccount && name !== undefined && name.length >= MIN_NAME && name !== subject.id) names.set(name, subject.id);
  }
  const entries = [...names].map(([name, id]) => ({ name, id }));
  const longestFirst = entries.sort(
    (one, other) => other.name.length - one.name.length || (one.name < other.name ? -1 : 1),
  );
  return { byLastWord: Map.groupBy(longestFirst, ({ name }) => name.match(WORD)?.at(-1) ?? '') };
}

/** No names to look for. */
export const NO_NAMES: NameIndex = { byLastWord: new Map() };

function withholdNames(text: string, { byLastWord }: NameIndex): string {
  const candidates = new Set(text.match(WORD) ?? []).values().flatMap((word) => byLastWord.get(word) ?? []);
  let result = text;
  for (const { name, id } of candidates) result = result.replaceAll(name, id);
  return withholdAddresses(result);
}

/** A text as this detail allows it: `names` are replaced by ids, addresses are taken out. */
export function withhold(text: string, detail: Detail, names: NameIndex): string {
  return detail === 'full' ? text : withholdNames(text, names);
}

const PERSONAL_KEY = /^((full|display|first|last|user)[_ ]?)?names?$|^e?-?mails?$|^address(es)?$/i;

/** Whether the value under this key of a rule's evidence is a name or an address by what it is called. */
export function isPersonalKey(key: string): boolean {
  return PERSONAL_KEY.test(key);
}

/** What may be said at this detail; `findings` tell which names to look for in sentences. */
export function privacyOf(detail: Detail, findings: readonly Finding[]): Privacy {
  const names = detail === 'full' ? NO_NAMES : namesOf(findings);
  return {
    detail,
    sentence: (text, max = 300) => cleanText(withhold(text.slice(0, max * 4), detail, names), max),
    name(subject) {
      if (subject.kind === 'quota') return cleanText(formatQuotaName(subject.id), 80);
      return cleanText(detail === 'full' ? subject.id : withholdAddresses(subject.id), 80);
    },
    contact(subject) {
      if (subject.kind === 'quota') return cleanText(subject.id, 80);
      if (detail !== 'full') return '';
      const known = [subject.name, subject.email].filter((text) => text !== undefined && text !== subject.id);
      return cleanText(known.join(', '), 120);
    },
  };
}
