/** The built-in objects of the language as they were at one moment. */
export interface Intrinsics {
  /** The name of a part that has been changed since, such as `Array.prototype.map`; null when all is as it was. */
  changed(): string | null;
}

type Part = readonly [name: string, object: object];

/** Settings, not behaviour: libraries write them as a matter of course. */
const SETTINGS = new Set<PropertyKey>(['stackTraceLimit', 'prepareStackTrace']);

/** Remembers every property of the language's built-in objects. Call it before foreign code is loaded. */
export function takeIntrinsics(): Intrinsics {
  // Taken before foreign code can replace them.
  const { ownKeys, getOwnPropertyDescriptor } = Reflect;
  const { is } = Object;
  const before = parts().map(([name, object]) => {
    const keys = ownKeys(object);
    return { name, object, keys, properties: keys.map((key) => getOwnPropertyDescriptor(object, key)) };
  });
  return {
    changed() {
      // Plain loops: the methods of lists may be what was changed.
      for (let index = 0; index < before.length; index += 1) {
        const part = before[index];
        if (part === undefined) continue;
        const added = ownKeys(part.object).length !== part.keys.length;
        if (added) return part.name;
        for (let at = 0; at < part.keys.length; at += 1) {
          const key = part.keys[at];
          if (key === undefined || SETTINGS.has(key)) continue;
          const old = part.properties[at];
          const now = getOwnPropertyDescriptor(part.object, key);
          const same = is(old?.value, now?.value) && is(old?.get, now?.get) && is(old?.set, now?.set);
          if (!same) return `${part.name}.${typeof key === 'symbol' ? 'a symbol' : key}`;
        }
      }
      return null;
    },
  };
}

function parts(): readonly Part[] {
  const classes = [
    Object,
    Array,
    String,
    Number,
    Boolean,
    BigInt,
    Symbol,
    Function,
    Promise,
    RegExp,
    Date,
    Error,
    Map,
    Set,
    WeakMap,
    WeakSet,
    ArrayBuffer,
    Uint8Array,
    Iterator,
  ];
  const ofClasses = classes.flatMap((one): Part[] => {
    const prototype: unknown = one.prototype;
    const own: Part = [one.name, one];
    return typeof prototype === 'object' && prototype !== null ? [own, [`${one.name}.prototype`, prototype]] : [own];
  });
  return [
    ...ofClasses,
    ['Function.prototype', Function.prototype],
    ['JSON', JSON],
    ['Math', Math],
    ['Reflect', Reflect],
  ];
}
