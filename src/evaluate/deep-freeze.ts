import { setImmediate } from 'node:timers/promises';
import type { Snapshot } from '../model/snapshot.ts';

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

/** Items that are frozen in one turn: a few milliseconds. */
const ITEMS_A_TURN = 2_000;

/**
 * The same for a snapshot, in many turns: in one piece it would take half a second for a large group, in which a process that waits for its
 * work, a health check and a signal would wait as well.
 */
export async function freezeSnapshot(snapshot: Snapshot): Promise<Snapshot> {
  for (const section of Object.values(snapshot)) {
    if (section.present && Array.isArray(section.value)) await freezeItems(section.value);
    else deepFreeze(section);
    Object.freeze(section);
  }
  return Object.freeze(snapshot);
}

async function freezeItems(items: readonly unknown[]): Promise<void> {
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % ITEMS_A_TURN === 0) await setImmediate();
    deepFreeze(item);
  }
  Object.freeze(items);
}
