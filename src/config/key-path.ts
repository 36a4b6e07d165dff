import { looksSecret } from './shown-value.ts';

/** A place in the configuration by keys and list positions, such as `['audits', 0, 'timezone']`. */
export type KeyPath = readonly (string | number)[];

/** A key path as one string, for maps and sets. */
export function toPathKey(path: KeyPath): string {
  return JSON.stringify(path);
}

/** A key path as people write it: `audits[0].timezone`. Keys that look like a secret are not printed. */
export function formatKeyPath(path: KeyPath): string {
  return path.map(formatStep).join('').replace(/^\./u, '');
}

function formatStep(step: string | number): string {
  if (typeof step === 'number') {
    return `[${step}]`;
  }
  // A missing quote or colon makes a key of what was a value, which may be a secret: only what can be a key is printed.
  return /^[\p{L}\p{N}_.-]{1,80}$/u.test(step) && !looksSecret(step) ? `.${step}` : '.(key not shown)';
}

/** The value at a path of a parsed file; undefined where there is none. Keys of prototypes are not values. */
export function valueAt(tree: unknown, path: KeyPath): unknown {
  let value = tree;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) {
      return undefined;
    }
    value = Reflect.get(value, step);
  }
  return value;
}

/** Paths and values of the entries of the list or map at a path; none when it is neither. */
export function entriesAt(
  tree: unknown,
  path: KeyPath,
): readonly { readonly path: KeyPath; readonly value: unknown }[] {
  const parent = valueAt(tree, path);
  if (Array.isArray(parent)) {
    return parent.map((value: unknown, index) => ({ path: [...path, index], value }));
  }
  if (typeof parent !== 'object' || parent === null) {
    return [];
  }
  return Object.entries(parent).map(([key, value]: [string, unknown]) => ({ path: [...path, key], value }));
}
