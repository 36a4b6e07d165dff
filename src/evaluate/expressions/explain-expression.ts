import type { ParseError, TypeError } from '@marcbachmann/cel-js';
import { nearMiss } from '../../model/near-miss.ts';
import { type Helper, LINEAR_MATCHES } from './functions.ts';
import type { Shape } from './shapes.ts';
import { inWords } from './type-words.ts';

// What the library says of an expression, in words for somebody who writes their first one.

/** What expressions can name; messages propose some of it. */
export interface Names {
  readonly helpers: Readonly<Record<string, Helper>>;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly variables: readonly string[];
  readonly functions: readonly string[];
  /** The variable that stands for what is judged, with its fields; null where there is none. */
  readonly item: { readonly name: string; readonly fields: readonly string[] } | null;
}

/** Why an expression cannot be used; `source` is its whole text. */
export function explainExpression(error: ParseError | TypeError, source: string, names: Names): string {
  const { code, summary, range } = error;
  const place = { source, start: range?.start ?? 0, end: range?.end ?? 0 };
  switch (code) {
    case 'no_such_key':
      return explainField(error, names);
    case 'unknown_variable':
      return explainVariable(written(summary), names);
    case 'no_matching_overload':
      return explainCall(summary, names);
    case 'no_such_overload':
      return explainOperator(error) ?? tidy(summary);
    case 'invalid_logical_operand':
      return `&& and || join questions that are answered by true or false; one of these is ${typeIn(summary)}`;
    case 'cannot_index_type':
    case 'invalid_index_type':
      return explainIndex(place, summary);
    case 'reserved_identifier':
      return explainReserved(written(summary));
    case 'unterminated_string':
      return 'the text that begins here has no closing quote';
    case 'expected_token':
      return explainExpected(summary);
    case 'unexpected_character':
    case 'unexpected_token':
      return explainUnexpected(place) ?? tidy(summary);
    default:
      return tidy(summary);
  }
}

/** Why an expression could not be worked out for a subject; `code` and `summary` are the library's. */
export function explainFailure(code: string, summary: string): string {
  if (code === 'no_such_key') {
    const key = written(summary);
    return `the map has no "${key}"; ask first whether it is there: name in map && map[name] ...`;
  }
  if (code === 'index_out_of_bounds') {
    const index = /index (-?\d+) >=/.exec(summary)?.[1] ?? '';
    return `the list has no entry ${index}; ask first how many there are, as in size(list) > ${index} && ...`;
  }
  if (code === 'invalid_timestamp') return 'timestamp() takes a text such as "2026-11-22T10:00:00Z"';
  return tidy(summary);
}

/** The library's words for types, as the documentation has them. */
export function tidy(summary: string): string {
  return summary
    .replaceAll('google.protobuf.Timestamp', 'instant')
    .replaceAll(/dyn<([^<>]+)>/g, '$1 or null')
    .replaceAll(LINEAR_MATCHES, 'matches');
}

function written(summary: string): string {
  return /: (?:\$?)([\w$.-]+)$/.exec(summary)?.[1] ?? '';
}

function typeIn(summary: string): string {
  return inWords(/'([^']+)'/.exec(summary)?.[1] ?? '');
}

function explainField({ summary, node }: ParseError | TypeError, { shapes }: Names): string {
  const name = written(summary);
  const [owner]: readonly unknown[] = listAt(node, 'args');
  const type = typeOf(owner);
  const fields = Object.keys(shapes.get(type)?.fields ?? {});
  if (type !== 'Options') return `${type === '' ? 'this' : `a ${type}`} has no "${name}"${meant(name, fields)}`;
  return `there is no option "${name}"${fields.length === 0 ? '; the rule has no options' : meant(name, fields)}`;
}

/** Names that stand for what other rules judge. */
const ITEMS = new Set(['member', 'account', 'administrator', 'quota', 'privilege', 'usage', 'consumer']);

function explainVariable(name: string, { variables, functions, item }: Names): string {
  if (item?.fields.includes(name) === true) return `there is no "${name}" here; did you mean "${item.name}.${name}"?`;
  if (item !== null && ITEMS.has(name)) {
    return `there is no "${name}" here: what \`for:\` names is called "${item.name}" in this rule`;
  }
  const near = nearMiss(name, [...variables, ...functions]);
  if (near !== null) return `there is no "${name}" here; did you mean "${near}"?`;
  return `there is no "${name}" here (a text needs quotes)${meant(name, variables)}`;
}

function meant(name: string, candidates: readonly string[]): string {
  const near = nearMiss(name, candidates);
  if (near !== null) return `; did you mean "${near}"?`;
  return candidates.length === 0 ? '' : `; there are ${[...new Set(candidates)].sort().join(', ')}`;
}

function explainCall(summary: string, { functions, helpers }: Names): string {
  const called = /'(?:.*\.)?(\w+)\(/.exec(summary)?.[1] ?? '';
  const name = called === LINEAR_MATCHES ? 'matches' : called;
  if (!functions.includes(name)) {
    return `there is no function "${name}"${name === '' ? '' : meantFunction(name, functions)}`;
  }
  if (/'list\.contains\(/.test(summary)) return 'a list is asked with "in": value in list';
  const given = /\w+\((.*)\)'$/.exec(summary)?.[1] ?? '';
  const taken = helpers[called]?.signatures.map(parametersOf) ?? [];
  const found = given === '' ? 'nothing' : splitTypes(given).map(inWords).join(', ');
  if (taken.length === 0 || called === LINEAR_MATCHES) return `${name}() does not take this: ${tidy(summary)}`;
  return `${name}() takes ${[...new Set(taken)].join(' or ')}, and is given ${found}`;
}

function meantFunction(name: string, functions: readonly string[]): string {
  if (name === 'length' || name === 'count' || name === 'len') return '; size(x) counts';
  return meant(name, functions);
}

function parametersOf(signature: string): string {
  return splitTypes(/\((.*)\): /.exec(signature)?.[1] ?? '')
    .map(inWords)
    .join(' and ');
}

/** `list<string>, map<string, double>` at its outer commas. */
function splitTypes(types: string): readonly string[] {
  return types.split(/, (?![^<]*>)/);
}

function explainOperator({ summary, node }: ParseError | TypeError): string | null {
  const negated = /^no such overload: !(\S+)$/.exec(summary);
  if (negated !== null) return `! turns a question round; this is ${inWords(negated[1] ?? '')}`;
  const [, left = '', operator = '', right = ''] = /^no such overload: (.+?) (\S+) (\S.*)$/.exec(summary) ?? [];
  if (operator === '') return null;
  if (operator === 'in') return explainIn(left, right, nameOf(listAt(node, 'args')[1]));
  if (left === 'null' || right === 'null') return `${inWords(left === 'null' ? right : left)} is never null`;
  const types = [left, right].map((type) => type.replace(/^dyn<(.+)>$/, '$1'));
  const [one, other] = [inWords(left), inWords(right)];
  return `${one} and ${other} cannot go together with ${operator}${hintFor(types, operator)}`;
}

function hintFor(types: readonly string[], operator: string): string {
  const hasInstant = types.includes('google.protobuf.Timestamp');
  if (hasInstant && types.includes('string')) {
    return '; compare days, as in day(member.createdAt) > "2026-11-23", or write timestamp("2026-11-23T00:00:00Z")';
  }
  if (hasInstant && (types.includes('int') || types.includes('double'))) {
    return '; daysSince(instant) is a number, and at - duration("24h") an instant';
  }
  if (types.includes('string') && operator === '+') return '; put it into a message, as in "${size(members)} members"';
  return types.includes('string') && (types.includes('int') || types.includes('double'))
    ? '; a number stands without quotes'
    : '';
}

function explainIn(left: string, right: string, list: string | null): string {
  const entry = /^list<([A-Z]\w*)>$/.exec(right)?.[1];
  if (entry !== undefined && left === 'string') {
    const name = list ?? 'list';
    return `${name} has a ${entry} in each place and not its id; write ${name}.exists(one, one.id == ...)`;
  }
  return `"in" looks for ${inWords(left)} in a list or a map of such; this is ${tidy(right)}`;
}

interface Place {
  readonly source: string;
  readonly start: number;
  readonly end: number;
}

function explainIndex({ source, start, end }: Place, summary: string): string {
  const name = source.slice(start, end).replaceAll(/["'[\]]/g, '');
  if (/^(?:length|count|len)$/.test(name)) return 'size(x) counts the characters of a text and the entries of a list';
  return /list/i.test(summary)
    ? `a list has no "${name}": ask of its entries, as in list.exists(one, one.${name} == ...)`
    : `${typeIn(summary)} has no "${name}"`;
}

function explainReserved(name: string): string {
  return name === 'if' ? 'there is no "if"; write question ? one : other' : `"${name}" cannot be a name`;
}

const SIGNS: Readonly<Record<string, string>> = {
  RPAREN: ')',
  RBRACKET: ']',
  RBRACE: '}',
  COLON: ':',
  COMMA: ',',
  IDENTIFIER: 'name',
};

function explainExpected(summary: string): string {
  const [, expected = '', got = ''] = /^Expected (\w+), got (\w+)$/.exec(summary) ?? [];
  const sign = SIGNS[expected];
  if (sign === undefined) return tidy(summary);
  if (expected === 'IDENTIFIER') return 'a name is missing here';
  return got === 'EOF' ? `the ${sign} that belongs here is missing at the end` : `a ${sign} is missing before this`;
}

/** What people bring along from other languages, by the word that stands where the expression stopped making sense. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['and', 'there is no "and"; write &&'],
  ['or', 'there is no "or"; write ||'],
  ['not', 'there is no "not"; write ! before the question'],
  ['is', 'there is no "is"; write == or !='],
  ['then', 'there is no "then"; write question ? one : other'],
  ['else', 'there is no "else"; write question ? one : other'],
  ['like', 'there is no "like"; write glob(text, "adm-*")'],
  ['matches', 'write text.matches("^adm-[0-9]+$")'],
  ['contains', 'write text.contains("part")'],
]);

function explainUnexpected({ source, start }: Place): string | null {
  const rest = source.slice(start);
  const before = source.slice(0, start).trimEnd();
  const word = (/^\w+/.exec(rest)?.[0] ?? '').toLowerCase();
  const last = (/\b[a-z]\w*$/i.exec(before)?.[0] ?? '').toLowerCase();
  const known = WORDS.get(word) ?? WORDS.get(last);
  if (known !== undefined) return known;
  if (rest.startsWith('=')) return explainEquals(rest, before);
  if (rest.startsWith('&')) return '"and" is written with two signs: &&';
  if (rest.startsWith('|')) return '"or" is written with two signs: ||';
  if (before.endsWith('<') && rest.startsWith('>')) return '"not equal" is written !=';
  if (/^[“”„‘’«»]/.test(rest)) return 'a text stands between straight quotes, " or \'';
  if (rest.trim() === '') return 'something is missing at the end';
  if (/\d$/.test(before) && rest.startsWith(',')) return 'a number has no commas: 1000';
  if (/\d$/.test(source.slice(0, start)) && /^[a-z]/i.test(rest)) return 'a number has no unit; daysSince() gives days';
  if (rest.startsWith(')') && /[\w"')\]]$/.test(before)) return 'there is one ) too many';
  return `"${rest.slice(0, 1)}" was not expected here: is something missing before it, or a text without quotes?`;
}

function explainEquals(rest: string, before: string): string {
  if (rest.startsWith('=>')) return 'there is no =>; write exists(one, one == ...)';
  if (before.endsWith('==') || before.endsWith('!=')) return '"equal" is written ==, and "not equal" !=';
  return 'one = means nothing here; == asks whether two values are equal';
}

function listAt(value: unknown, name: string): readonly unknown[] {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return Array.isArray(found) ? found : [];
}

/** The type of a checked node, as the checker writes it. */
function typeOf(node: unknown): string {
  const type: unknown = typeof node === 'object' && node !== null ? Reflect.get(node, 'checkedType') : undefined;
  const name: unknown = typeof type === 'object' && type !== null ? Reflect.get(type, 'name') : undefined;
  return typeof name === 'string' ? name : '';
}

/** The name of a node that is one. */
function nameOf(node: unknown): string | null {
  if (typeof node !== 'object' || node === null || Reflect.get(node, 'op') !== 'id') return null;
  const name: unknown = Reflect.get(node, 'args');
  return typeof name === 'string' ? name : null;
}
