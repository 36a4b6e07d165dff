import { isAlias, isMap, isScalar, isSeq, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Environment } from './environment.ts';
import { interpolate } from './interpolate.ts';
import { type KeyPath, toPathKey } from './key-path.ts';
import { looksSecret } from './shown-value.ts';

/** Far above any configuration; below what a few nested references multiply to. */
const MOST_VALUES = 200_000;
const DEEPEST = 40;

/** Scalars by path key (`toPathKey`). */
export interface Scalars {
  /** Names of the variables that a value was made of. */
  readonly variables: ReadonlyMap<string, readonly string[]>;
  /** Values that could not be had: nothing else may be said about them. */
  readonly unknown: ReadonlySet<string>;
  /** Values that are a default written in the file. */
  readonly defaulted: ReadonlySet<string>;
}

/** Something wrong at an offset of the text. */
interface Complaint {
  readonly offset: number;
  readonly path: KeyPath;
  readonly message: string;
}

/** A parsed file as plain values. */
export interface Tree {
  readonly tree: unknown;
  /** Where each key and list item starts, by path key. */
  readonly offsets: ReadonlyMap<string, number>;
  readonly scalars: Scalars;
  readonly complaints: readonly Complaint[];
}

/** What one walk over a document gathers. */
interface Walk {
  readonly environment: Environment | null;
  readonly offsets: Map<string, number>;
  readonly variables: Map<string, readonly string[]>;
  readonly unknown: Set<string>;
  readonly defaulted: Set<string>;
  readonly complaints: Complaint[];
  readonly anchors: Map<string, unknown>;
  values: number;
}

/** A node of the document and where it is. */
interface Visit {
  readonly node: unknown;
  readonly path: KeyPath;
  readonly offset: number;
}

/** Turns the nodes of a document into plain values, remembering where each was written. */
export function toTree(root: unknown, environment: Environment | null): Tree {
  const walk: Walk = {
    environment,
    offsets: new Map(),
    variables: new Map(),
    unknown: new Set(),
    defaulted: new Set(),
    complaints: [],
    anchors: new Map(),
    values: 0,
  };
  const tree = visit(walk, { node: root, path: [], offset: offsetOf(root, 0) });
  const { offsets, variables, unknown, defaulted, complaints } = walk;
  return { tree, offsets, scalars: { variables, unknown, defaulted }, complaints };
}

function visit(walk: Walk, here: Visit): unknown {
  const { node, path, offset } = here;
  walk.offsets.set(toPathKey(path), offset);
  walk.values += 1;
  if (walk.values > MOST_VALUES) {
    return refuseRest(walk, here);
  }
  if (path.length > DEEPEST) {
    return refuse(walk, here, `nested more than ${DEEPEST} levels deep, or an anchor (&) that refers to itself`);
  }
  if (isAlias(node)) {
    const target = walk.anchors.get(node.source);
    return target === undefined
      ? refuse(
          walk,
          here,
          'a reference (*) to an anchor (&) that is not defined above it; put quotes around a value that starts with *',
        )
      : visit(walk, { ...here, node: target });
  }
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) {
    return null;
  }
  if (node.tag !== undefined) {
    return refuse(walk, here, 'YAML tags (!) have no use here; put quotes around a value that starts with !');
  }
  if (node.anchor !== undefined) {
    walk.anchors.set(node.anchor, node);
  }
  if (isScalar(node)) {
    return scalarValue(walk, here, node);
  }
  return isSeq(node) ? listValue(walk, path, node) : mapValue(walk, here, node);
}

function listValue(walk: Walk, path: KeyPath, list: YAMLSeq): readonly unknown[] {
  return list.items.map((node, index) => visit(walk, { node, path: [...path, index], offset: offsetOf(node, 0) }));
}

function mapValue(walk: Walk, here: Visit, map: YAMLMap): Readonly<Record<string, unknown>> {
  const value: Record<string, unknown> = {};
  for (const pair of map.items) {
    const offset = offsetOf(pair.key, here.offset);
    const key = keyText(pair.key);
    const path = [...here.path, key ?? ''];
    const refusal = whyNoKey(key, value);
    if (refusal !== null) {
      const first = walk.offsets.has(toPathKey(path)) && key !== null;
      walk.complaints.push({ offset, path: first ? path : here.path, message: refusal });
      continue;
    }
    value[path.at(-1) ?? ''] = visit(walk, { node: pair.value, path, offset });
  }
  return value;
}

function whyNoKey(key: string | null, map: Readonly<Record<string, unknown>>): string | null {
  if (key === null) {
    return 'a key must be plain text';
  }
  if (key === '__proto__') {
    return '"__proto__" cannot be used as a key';
  }
  if (key === '<<') {
    return 'merging maps with "<<" is not supported; write the keys out';
  }
  if (Object.hasOwn(map, key)) {
    return 'this key is already in the same map; remove one of the two';
  }
  return null;
}

function keyText(key: unknown): string | null {
  if (!isScalar(key) || key.tag !== undefined) {
    return null;
  }
  const { value } = key;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

function scalarValue(walk: Walk, here: Visit, node: Scalar): unknown {
  const { value } = node;
  if (typeof value !== 'string' || walk.environment === null || !value.includes('$')) {
    return value;
  }
  const { text, names, missing, usedDefault, malformed } = interpolate(value, walk.environment);
  const pathKey = toPathKey(here.path);
  if (malformed !== null) {
    return refuse(walk, here, malformed);
  }
  if (missing.length > 0) {
    return refuse(walk, here, missingSentence(missing));
  }
  if (usedDefault) {
    walk.defaulted.add(pathKey);
  }
  if (names.length > 0) {
    walk.variables.set(pathKey, names);
  }
  return text;
}

function missingSentence(names: readonly string[]): string {
  // Somebody may have written ${the-secret-itself}.
  const shown = [...new Set(names)].map((name) => (looksSecret(name) ? '(name not shown)' : name));
  return `the environment variable${shown.length > 1 ? 's' : ''} ${shown.join(', ')} ${shown.length > 1 ? 'are' : 'is'} not set; set it, or give a default: \${NAME:-default}`;
}

function refuse(walk: Walk, { path, offset }: Visit, message: string): null {
  walk.unknown.add(toPathKey(path));
  walk.complaints.push({ offset, path, message });
  return null;
}

/** Too many values: says so once, and nothing about what follows. */
function refuseRest(walk: Walk, here: Visit): null {
  walk.unknown.add(toPathKey(here.path));
  if (walk.values === MOST_VALUES + 1) {
    const message = `the file has more than ${MOST_VALUES} values, counting what references (*) repeat`;
    walk.complaints.push({ offset: here.offset, path: [], message });
  }
  return null;
}

function offsetOf(node: unknown, otherwise: number): number {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? otherwise) : otherwise;
}
