import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import { nearMiss } from '../../model/near-miss.ts';

/** One thing wrong with a rule file, and where: lines and columns count from 1. */
export interface TextProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A path of keys in the file. */
export type TextPath = readonly (string | number)[];

/** A rule file as plain values, with where each of them stands. */
export interface RuleText {
  readonly value: unknown;
  readonly problems: readonly TextProblem[];
  /** A problem with the value at a path; `offset` counts characters of a text value. */
  problem(path: TextPath, message: string, offset?: number): TextProblem;
  /** A problem with the key that the path ends with. */
  keyProblem(path: TextPath, message: string): TextProblem;
}

/** References (`*name`) that a rule file may have; a few nested ones multiply to gigabytes. */
const MOST_REFERENCES = 20;

/** What to do about the mistakes of YAML that have nothing to do with expressions. */
const HINTS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this one stands twice',
  TAB_AS_INDENT: 'use spaces',
  BAD_INDENT: 'keys that belong together begin in the same column',
  MULTIPLE_DOCS: 'a file holds one rule; what follows "---" needs a file of its own',
  BLOCK_AS_IMPLICIT_KEY:
    'a line is indented otherwise than its neighbours, or a text with ": " or "#" in it should stand after "|" on a line of its own',
};

/** The mistakes that expressions lead to. */
const ABOUT_EXPRESSIONS =
  'an expression that begins with ! or has quotes, ": " or "#" in it stands after "|" on lines of its own';

/** Reads a rule file. Texts that look like dates stay texts. */
export function readRuleText(text: string): RuleText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true, logLevel: 'error' });
  const place = (offset: number, message: string): TextProblem => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col, message };
  };
  // What follows the first mistake follows from it.
  const problems = document.errors.slice(0, 1).map(({ code, pos, message }) => {
    const hint = HINTS[code] ?? ABOUT_EXPRESSIONS;
    return place(pos[0], `not valid YAML: ${firstSentence(message)}; ${hint}`);
  });
  if (problems.length === 0) problems.push(...findSigns(document).map(({ at, message }) => place(at, message)));
  if (countReferences(document.contents) > MOST_REFERENCES) {
    problems.push(place(0, `more than ${MOST_REFERENCES} references (*) in one rule`));
  }
  const value: unknown = problems.length > 0 ? null : document.toJS({ maxAliasCount: MOST_REFERENCES });
  return {
    value,
    problems,
    problem(path, message, offset) {
      const node = findNode(document.contents, path);
      const start = node?.range?.[0] ?? 0;
      return place(offset === undefined ? start : offsetInSource(text, node, offset), message);
    },
    keyProblem(path, message) {
      const parent = findNode(document.contents, path.slice(0, -1));
      const pair = isMap(parent) ? pairOf(parent, path.at(-1)) : undefined;
      return place((isNodeLike(pair?.key) ? pair.key.range?.[0] : undefined) ?? parent?.range?.[0] ?? 0, message);
    },
  };
}

/** What an unknown key is told. */
export function unknownKey(written: string, known: readonly string[]): string {
  if (/\s/.test(written)) {
    return `"${written}" is read as a key: inside { } a comma ends a value, so put quotes around a text with a comma`;
  }
  const near = nearMiss(written, known);
  return near === null
    ? `there is no key "${written}" here; there are ${[...known].sort().join(', ')}`
    : `there is no key "${written}" here; did you mean "${near}"?`;
}

function firstSentence(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
}

/** Texts that begin with a sign which YAML takes for its own: `!known(x) && y` would lose its question, and `*.acme.example` name an anchor. */
function findSigns(document: Document): readonly { readonly at: number; readonly message: string }[] {
  const found: { readonly at: number; readonly message: string }[] = [];
  const complain = (node: Node, sign: string): void => {
    const [start = 0] = node.range ?? [];
    found.push({
      at: start,
      message: `YAML reads a ${sign} at the beginning as a sign of its own; put quotes around the text, or write it after "|"`,
    });
  };
  visit(document, {
    Alias: (_key, node) => {
      if (node.resolve(document) === undefined) complain(node, '*');
    },
    Value: (_key, node) => {
      if (node.tag?.startsWith('!') === true) complain(node, '!');
    },
  });
  return found;
}

function countReferences(contents: Node | null): number {
  let count = 0;
  visit(contents, { Alias: () => void (count += 1) });
  return count;
}

/** The node at a path, or the nearest one above it. For an unknown key the key itself. */
function findNode(contents: Node | null, path: TextPath): Node | null {
  let node: Node | null = contents;
  for (const part of path) {
    const pair = isMap(node) ? pairOf(node, part) : undefined;
    const item: unknown = isSeq(node) ? node.items[Number(part)] : undefined;
    const value = pair === undefined ? item : isNodeLike(pair.value) ? pair.value : pair.key;
    if (!isNodeLike(value) || isAlias(value)) return node;
    node = value;
  }
  return node;
}

function pairOf(map: YAMLMap, key: string | number | undefined) {
  return map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key));
}

function isNodeLike(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value;
}

/**
 * Where a character of a text value stands in the file. Quotes, indentation and folded lines change white space only, so the characters
 * that are not white space are counted on both sides.
 */
function offsetInSource(text: string, node: Node | null, offset: number): number {
  const [start = 0, end = 0] = node?.range ?? [];
  if (!isScalar(node) || typeof node.value !== 'string') return start;
  const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
  const isQuoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
  const header = isBlock ? text.indexOf('\n', start) + 1 : isQuoted ? start + 1 : start;
  let left = node.value.slice(0, offset).replaceAll(/\s/g, '').length;
  for (let at = header; at < end; at += 1) {
    if (/\s/.test(text[at] ?? '')) continue;
    // A backslash in double quotes, or a quote doubled in single ones, stands for one character.
    const isEscape =
      (node.type === 'QUOTE_DOUBLE' && text[at] === '\\') ||
      (node.type === 'QUOTE_SINGLE' && text.startsWith("''", at));
    if (left === 0) return at;
    left -= 1;
    if (isEscape) at += 1;
  }
  return start;
}
