/** Freezes plain data through and through and returns it. Give it data without cycles, such as parsed JSON. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (const part of value) if (typeof part === 'object') deepFreeze(part);
    return Object.freeze(value);
  }
  // Not by `Object.values`: its lists would be as much garbage as there is data.
  for (const name in value) {
    const part: unknown = Reflect.get(value, name);
    if (typeof part === 'object') deepFreeze(part);
  }
  return Object.freeze(value);
}
