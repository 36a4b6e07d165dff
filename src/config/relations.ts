import { addDays, toDay } from '../model/instant.ts';
import { didYouMean } from '../model/near-miss.ts';
import type { Problem } from '../model/settings.ts';
import { isDay } from './fields.ts';
import { entriesAt, type KeyPath, toPathKey, valueAt } from './key-path.ts';
import { shownAt } from './shape-problems.ts';
import type { Source } from './source.ts';

const MOST_DAYS_ATTESTED = 366;

/** A text of the file and where it stands. */
interface Written {
  readonly path: KeyPath;
  readonly text: string;
}

/**
 * What is wrong between values that are each right: names used twice, references to nothing, keys that need one another. It looks
 * at the values as written, so that it also finds these things in a file whose shape is wrong elsewhere.
 */
export function relationProblems(source: Source, at: Date): readonly Problem[] {
  return [
    ...duplicates(source, textsUnder(source, ['groups'], 'id'), 'another group has this id'),
    ...duplicates(source, textsUnder(source, ['audits'], 'name'), 'another audit has this name'),
    ...entriesAt(source.tree, ['groups']).flatMap(({ path }) => groupProblems(source, path, at)),
    ...entriesAt(source.tree, ['audits']).flatMap(({ path }) => auditProblems(source, path)),
    ...operatorProblems(source),
    ...entriesAt(source.tree, ['channels']).flatMap(({ path }) => smtpProblems(source, [...path, 'smtp'])),
  ];
}

function groupProblems(source: Source, group: KeyPath, at: Date): readonly Problem[] {
  const lists = entriesAt(source.tree, [...group, 'approved']);
  return [
    ...lists.flatMap(({ path }) => duplicates(source, approvedTexts(source, path), 'the list has this entry already')),
    ...attestationProblems(source, [...group, 'singleSignOn', 'until'], at),
  ];
}

/** Entries of an approved list: texts, and the `id` of maps. */
function approvedTexts(source: Source, list: KeyPath): readonly Written[] {
  return entriesAt(source.tree, list).flatMap(({ path, value }) =>
    typeof value === 'string' ? written(source, path) : written(source, [...path, 'id']),
  );
}

function attestationProblems(source: Source, path: KeyPath, at: Date): readonly Problem[] {
  const latest = addDays(toDay(at), MOST_DAYS_ATTESTED);
  return written(source, path)
    .filter(({ text }) => isDay(text) && text > latest)
    .map(() =>
      source.problemAt(
        path,
        `${shown(source, path)} is more than ${MOST_DAYS_ATTESTED} days ahead; attest it until ${latest} at most, then renew it`,
      ),
    );
}

function auditProblems(source: Source, audit: KeyPath): readonly Problem[] {
  const groups = entriesAt(source.tree, [...audit, 'groups']).flatMap(({ path }) => written(source, path));
  const receivers = textsUnder(source, [...audit, 'send'], 'to');
  return [
    ...duplicates(source, groups, 'the list has this group already'),
    ...duplicates(source, receivers, 'this audit sends to the same channel already'),
    ...groups.flatMap((group) => (group.text === '*' ? [] : missingGroup(source, group))),
    ...receivers.flatMap((receiver) => missingChannel(source, receiver)),
  ];
}

function operatorProblems(source: Source): readonly Problem[] {
  const operators = entriesAt(source.tree, ['operators']).flatMap(({ path }) => written(source, path));
  return [
    ...duplicates(source, operators, 'the list has this channel already'),
    ...operators.flatMap((operator) => missingChannel(source, operator)),
  ];
}

function missingGroup(source: Source, { path, text }: Written): readonly Problem[] {
  const groups = entriesAt(source.tree, ['groups']);
  const ids = textsUnder(source, ['groups'], 'id').map((group) => group.text);
  // While an id is not known, nobody can say that a reference leads to nothing.
  return ids.includes(text) || ids.length < groups.length
    ? []
    : [source.problemAt(path, `${shown(source, path)} is not the id of a group${hintOf(text, ids, 'the groups are')}`)];
}

function missingChannel(source: Source, { path, text }: Written): readonly Problem[] {
  const names = Object.keys(Object(valueAt(source.tree, ['channels'])));
  return names.includes(text)
    ? []
    : [source.problemAt(path, `${shown(source, path)} is not a channel${hintOf(text, names, 'the channels are')}`)];
}

function hintOf(text: string, candidates: readonly string[], intro: string): string {
  const hint = didYouMean(text, candidates);
  if (hint !== '') {
    return hint;
  }
  return candidates.length === 0 ? '; none is configured' : `; ${intro} ${candidates.slice(0, 10).join(', ')}`;
}

function smtpProblems(source: Source, smtp: KeyPath): readonly Problem[] {
  const has = (key: string): boolean => valueAt(source.tree, [...smtp, key]) !== undefined;
  const hasPassword = has('password') || has('passwordFile');
  if (has('oauth2')) {
    return oauth2Problems(source, smtp, { hasUser: has('user'), hasPassword });
  }
  if (has('user') === hasPassword) {
    return [];
  }
  return has('user')
    ? [source.problemAt([...smtp, 'user'], 'a user name without a password; add password or passwordFile, or oauth2')]
    : [
        source.problemAt(
          [...smtp, has('password') ? 'password' : 'passwordFile'],
          'a password without a user name; add user',
        ),
      ];
}

/** A token stands for a user, replaces the password, and is worth as much. */
function oauth2Problems(
  source: Source,
  smtp: KeyPath,
  { hasUser, hasPassword }: { readonly hasUser: boolean; readonly hasPassword: boolean },
): readonly Problem[] {
  const path = [...smtp, 'oauth2'];
  return [
    ...(hasUser ? [] : [source.problemAt(path, 'a token without a user name; add user, the address of the mailbox')]),
    ...(hasPassword ? [source.problemAt(path, 'both a password and oauth2 are set; keep one of them')] : []),
  ];
}

/** Every text after the first of the same letters, whatever their case: the API does not tell them apart either. */
function duplicates(source: Source, texts: readonly Written[], message: string): readonly Problem[] {
  const seen = new Set<string>();
  return texts.flatMap(({ path, text }) => {
    const folded = text.toLowerCase();
    if (!seen.has(folded)) {
      seen.add(folded);
      return [];
    }
    return [source.problemAt(path, `${shown(source, path)} is used twice: ${message}`)];
  });
}

function textsUnder(source: Source, list: KeyPath, key: string): readonly Written[] {
  return entriesAt(source.tree, list).flatMap(({ path }) => written(source, [...path, key]));
}

function written(source: Source, path: KeyPath): readonly Written[] {
  const text = valueAt(source.tree, path);
  return typeof text === 'string' && !source.scalars.unknown.has(toPathKey(path)) ? [{ path, text }] : [];
}

function shown(source: Source, path: KeyPath): string {
  return shownAt(source, path, valueAt(source.tree, path));
}
