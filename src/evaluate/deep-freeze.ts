/** Freezes plain data through and through and returns it. Give it data without cycles, such as parsed JSON. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) {
    if (typeof part === 'object') deepFreeze(part);
  }
  return Object.freeze(value);
}
