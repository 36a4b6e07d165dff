import type { App } from '../app.ts';
import type { Delivery, Message } from '../model/message.ts';

/** How often the outbox is looked at while somebody waits, in milliseconds. */
const LOOK_EVERY_MS = 250;

/**
 * Waits until these messages are delivered, or for so long. Without a daemon this process sends them; beside one, both may: each delivery
 * is taken by one of them. Returns what is still owed.
 */
export async function deliverNow(
  app: App,
  messages: readonly Message[],
  withinMs: number,
): Promise<readonly Delivery[]> {
  if (messages.length === 0) return [];
  const deadline = AbortSignal.timeout(withinMs);
  const ids = new Set(messages.map(({ id }) => id));
  const owed = (): readonly Delivery[] =>
    app.store
      .deliveries({ limit: 10_000 })
      .filter(({ id, state }) => ids.has(id) && state !== 'delivered' && state !== 'superseded');
  while (!deadline.aborted) {
    await app.pump.drain(deadline);
    if (owed().every(({ state }) => state === 'failed')) break;
    await app.clock.sleep(LOOK_EVERY_MS, deadline).catch(() => undefined);
  }
  return owed();
}
