import type { z } from 'zod';
import { didYouMean } from '../model/near-miss.ts';
import type { Problem } from '../model/settings.ts';
import { formatKeyPath, type KeyPath, toPathKey, valueAt } from './key-path.ts';
import { describeKind, showValue } from './shown-value.ts';
import type { Source } from './source.ts';

/** Values under these keys are never repeated, whatever they look like. */
const SECRET_KEYS =
  /^(?:apiKey|password|secrets?|url|proxy|apiKeyFile|passwordFile|secretFiles?|urlFile|proxyFile|caFile|logo|token|user|baseUrl)$/u;

/** What zod found wrong with a file, in sentences and with places. Values that are not known at all are left out. */
export function toShapeProblems(source: Source, issues: readonly z.core.$ZodIssue[]): readonly Problem[] {
  return issues.flatMap((issue) => toProblems(source, issue, []));
}

function toProblems(source: Source, issue: z.core.$ZodIssue, base: KeyPath): readonly Problem[] {
  const path = [...base, ...issue.path.filter((step) => typeof step !== 'symbol')];
  if (isUnknown(source, path)) {
    return [];
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(source, [...path, key], issue.message.split(' ')));
  }
  if (issue.code === 'invalid_key') {
    const first = issue.issues[0]?.message ?? 'expected another key';
    return [source.problemAt(path, `not a possible key: ${first}`)];
  }
  if (issue.code === 'invalid_union') {
    const meant = meantAlternative(issue);
    if (meant !== null) {
      return meant.flatMap((inner) => toProblems(source, inner, path));
    }
  }
  return [source.problemAt(path, toSentence(source, path, issue.message))];
}

/** The one alternative of a union whose outermost type fits: its complaints help, those of the others do not. */
function meantAlternative(issue: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | null {
  const fitting = issue.errors.filter((issues) =>
    issues.every((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'),
  );
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}

function isUnknown(source: Source, path: KeyPath): boolean {
  return (
    path.some((_, index) => source.scalars.unknown.has(toPathKey(path.slice(0, index)))) ||
    source.scalars.unknown.has(toPathKey(path))
  );
}

/** Keys that people bring along from elsewhere. */
const MEANT: Readonly<Record<string, string>> = {
  keepSnapshotsDays: 'keepDays: { snapshots: ... }',
  cron: 'schedule',
  tz: 'timezone',
  recipients: 'to',
  webhook: 'url',
  username: 'user',
  pass: 'password',
};

function unknownKey(source: Source, path: KeyPath, known: readonly string[]): Problem {
  const key = String(path.at(-1));
  const meant = Object.hasOwn(MEANT, key) ? MEANT[key] : undefined;
  const isMeant = meant !== undefined && known.some((name) => meant.startsWith(name));
  const hint = isMeant ? `; did you mean "${meant}"?` : didYouMean(key, known);
  const problem = source.problemAt(path, `unknown key${hint === '' ? `; expected one of ${known.join(', ')}` : hint}`);
  // A key that is near none and has no value may be a value that lost its key: its name is not repeated.
  const isStray = hint === '' && valueAt(source.tree, path) === null;
  return isStray ? { ...problem, path: formatKeyPath([...path.slice(0, -1), HIDDEN_KEY]) } : problem;
}

/** No possible key, so that it is printed as one that is not shown. */
const HIDDEN_KEY = ' ';

function toSentence(source: Source, path: KeyPath, message: string): string {
  const value = valueAt(source.tree, path);
  if (!message.startsWith('expected')) {
    return message.replace('{value}', () => shownAt(source, path, value));
  }
  if (value === undefined) {
    return `missing; ${message}`;
  }
  if (value === null || value === '') {
    const names = source.scalars.variables.get(toPathKey(path)) ?? [];
    return `empty${names.length === 0 ? '' : `, as ${showVariables(names)} is set to nothing`}; ${message}`;
  }
  const [expectation = message, hint] = message.split('; did you mean', 2);
  const found = `${expectation}, found ${shownAt(source, path, value)}`;
  if (hint !== undefined) {
    return `${found}; did you mean${hint}`;
  }
  return `${found}${howToMend(expectation, value)}`;
}

function howToMend(expectation: string, value: unknown): string {
  if (/^expected (?:a list|at least)/u.test(expectation)) {
    return typeof value === 'string' ? '; put it in [ ]' : '';
  }
  const asText = typeof value === 'number' && !/number|share|map|true|one of|only choice/u.test(expectation);
  return asText ? '; put it in quotes' : '';
}

/** The value at a path as a message may repeat it: never one that came from a variable or belongs to a secret key. */
export function shownAt(source: Source, path: KeyPath, value: unknown): string {
  const names = source.scalars.variables.get(toPathKey(path));
  if (names !== undefined) {
    return `the value of ${showVariables(names)}`;
  }
  if (path.some((step) => typeof step === 'string' && SECRET_KEYS.test(step))) {
    return Array.isArray(value) || typeof value !== 'string' ? describeKind(value) : 'text that is not shown here';
  }
  return showValue(value);
}

function showVariables(names: readonly string[]): string {
  return names.map((name) => `\${${name}}`).join(' and ');
}
