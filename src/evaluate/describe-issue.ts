import { nearMiss } from '../model/near-miss.ts';
import type { z } from '../rule.ts';

/**
 * What is wrong with a value, in words for people who write rules and configurations: the library's own are for programmers. What a
 * rule's author wrote into a schema is kept.
 */
export function describeIssue(issue: z.core.$ZodIssue): string {
  if (!/^(?:Invalid |Too )/u.test(issue.message)) return issue.message;
  if (issue.code === 'invalid_type') return `expected ${TYPES[issue.expected] ?? issue.expected}`;
  if (issue.code === 'too_small')
    return `expected ${issue.inclusive === false ? 'more than' : 'at least'} ${limitOf(issue.minimum, issue.origin)}`;
  if (issue.code === 'too_big')
    return `expected ${issue.inclusive === false ? 'less than' : 'at most'} ${limitOf(issue.maximum, issue.origin)}`;
  if (issue.code === 'invalid_value')
    return `expected ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
  const isInstant = issue.code === 'invalid_format' && issue.format === 'datetime';
  return isInstant ? 'expected an instant such as 2026-11-22T10:00:00Z' : issue.message;
}

/** The same with what stands there instead, and how to mend it where that is plain. `found` is undefined where nothing stands there. */
export function describeMistake(issue: z.core.$ZodIssue, found: unknown): string {
  const text = describeIssue(issue);
  if (!text.startsWith('expected')) return text;
  if (found === undefined) return `missing; ${text}`;
  const meant = issue.code === 'invalid_value' && typeof found === 'string' ? meantOf(issue.values, found) : null;
  // One of thirty names is of no use where the one that was meant is known.
  if (meant !== null) return `there is no "${shorten(found)}"; did you mean "${meant}"?`;
  return `${text}, found ${show(found)}${howToMend(issue, found)}`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

function limitOf(limit: number | bigint, origin: string): string {
  const one = Number(limit) === 1;
  if (origin === 'string') return `${limit} character${one ? '' : 's'}`;
  return origin === 'array' || origin === 'set' ? `${limit} ${one ? 'entry' : 'entries'}` : String(limit);
}

function meantOf(values: readonly unknown[], found: string): string | null {
  return nearMiss(
    found,
    values.filter((value) => typeof value === 'string'),
  );
}

function howToMend(issue: z.core.$ZodIssue, found: unknown): string {
  if (issue.code !== 'invalid_type') return '';
  if (issue.expected === 'array' && (typeof found === 'string' || isMap(found))) return '; put it in [ ]';
  return issue.expected === 'string' && (typeof found === 'number' || typeof found === 'boolean')
    ? '; put it in quotes'
    : '';
}

const LONGEST_SHOWN = 40;

function show(found: unknown): string {
  if (found === null) return 'nothing';
  if (Array.isArray(found)) return found.length === 0 ? 'an empty list' : 'a list';
  if (isMap(found)) return 'a map';
  return typeof found === 'string' ? `"${shorten(found)}"` : shorten(found);
}

function shorten(found: unknown): string {
  const text = String(found);
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN - 1).toWellFormed()}…`;
}

function isMap(found: unknown): boolean {
  return typeof found === 'object' && found !== null && !Array.isArray(found);
}

/** The value at a path of keys and indexes; undefined where there is none. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const part of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, part)) return undefined;
    here = Reflect.get(here, part);
  }
  return here;
}
