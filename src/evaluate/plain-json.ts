/** A fresh copy of plain data, or what in it is not plain data. */
export type PlainCopy =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string };

/** Nothing a rule says is deeper; a structure that contains itself is. */
const MAX_DEPTH = 64;

/** Values in one outcome: a breach for each of 100,000 members has about two million. */
const MAX_VALUES = 5_000_000;

interface Walk {
  left: number;
}

class NotPlain extends Error {}

/**
 * Copies what JSON can say: null, booleans, strings, finite numbers, lists and plain objects. Properties that are undefined are left
 * out. A getter, a function, a Date, a Map, a class or a structure without end is refused, and nothing of it is executed but the
 * traps of a Proxy; what those throw travels.
 */
export function toPlainJson(value: unknown, name: string): PlainCopy {
  try {
    return { ok: true, value: copy(value, { path: name, depth: 0 }, { left: MAX_VALUES }) };
  } catch (error) {
    if (error instanceof NotPlain) return { ok: false, problem: error.message };
    throw error;
  }
}

interface Spot {
  readonly path: string;
  readonly depth: number;
}

function copy(value: unknown, spot: Spot, walk: Walk): unknown {
  walk.left -= 1;
  if (walk.left < 0) throw new NotPlain('it holds too many values');
  if (spot.depth > MAX_DEPTH) throw new NotPlain('it is nested too deeply, or contains itself');
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw new NotPlain(`${spot.path} is ${value}, which JSON cannot say`);
  }
  if (typeof value !== 'object') throw new NotPlain(`${spot.path} is ${withArticle(typeof value)}, not plain data`);
  return Array.isArray(value) ? copyList(value, spot, walk) : copyObject(value, spot, walk);
}

function copyList(list: readonly unknown[], spot: Spot, walk: Walk): unknown[] {
  const copies: unknown[] = [];
  // By index and length, not by iterator: a rule may have replaced the iterator.
  for (let index = 0; index < list.length; index += 1) {
    const path = `${spot.path}[${index}]`;
    copies.push(copy(dataOf(list, String(index), path), { path, depth: spot.depth + 1 }, walk));
  }
  return copies;
}

function copyObject(source: object, spot: Spot, walk: Walk): Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(source);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new NotPlain(`${spot.path} is an object of a class, not plain data`);
  }
  const entries: [string, unknown][] = [];
  for (const name of Object.keys(source)) {
    const path = `${spot.path}.${name}`;
    const value = dataOf(source, name, path);
    if (value !== undefined) entries.push([name, copy(value, { path, depth: spot.depth + 1 }, walk)]);
  }
  return Object.fromEntries(entries);
}

function dataOf(source: object, name: string, path: string): unknown {
  const property = Object.getOwnPropertyDescriptor(source, name);
  if (property?.get !== undefined || property?.set !== undefined) {
    throw new NotPlain(`${path} is computed by a getter, not plain data`);
  }
  return property?.value;
}

function withArticle(type: string): string {
  return type === 'undefined' ? type : `a ${type}`;
}
