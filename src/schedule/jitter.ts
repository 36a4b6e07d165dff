/**
 * A delay from 0 up to `maxMs` that is always the same for a name: audits that are due at the same time do not start at once, and each
 * starts at the same second every week. (FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/)
 */
export function stableJitterMs(name: string, maxMs = 120_000): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % (maxMs + 1);
}
