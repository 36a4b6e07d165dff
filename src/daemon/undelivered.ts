import { DELIVERY_GRACE_MS } from '../app/heartbeat.ts';
import type { App } from '../app.ts';
import { notifySafely } from './housekeeping.ts';

/** Failures older than this were told when they happened. */
const WINDOW_MS = 48 * 3_600_000;

const MOST = 1000;

/** Watches the outbox for what does not arrive. */
export interface UndeliveredWatch {
  /** Raises a notice for each channel on which a message was given up, and fails the monitor of its audit. */
  look(at: Date): Promise<void>;
}

/** A watch that tells each failure once: notices by their id, monitors once a process and message. */
export function watchUndelivered(app: App): UndeliveredWatch {
  // What is older than this process its predecessor told, or the next run tells.
  const told = new Set(
    overdueAt(app.clock.now(), app.store.undelivered(since(app.clock.now()), MOST)).map(({ delivery }) => delivery.id),
  );
  return {
    async look(at) {
      const messages = app.store.undelivered(since(at), MOST);
      const failed = messages.filter(({ failedAt }) => failedAt !== null);
      for (const [channel, all] of Map.groupBy(failed, ({ delivery }) => delivery.channel)) {
        const today = all.filter(({ failedAt }) => failedAt?.slice(0, 10) === at.toISOString().slice(0, 10));
        const newest = today[0];
        if (newest === undefined) continue;
        notifySafely(
          app,
          `undelivered ${channel}`,
          `Messages to the channel ${channel} could not be delivered`,
          [
            ...today.slice(0, 10).map(({ delivery, audit }) => {
              const what = audit === null ? 'a notice' : `a report of the audit ${audit} (run ${delivery.run ?? ''})`;
              return `${what}: ${delivery.lastError ?? 'no reason is known'}`;
            }),
            `Mend the channel, then: vt-auditor deliveries retry ${newest.delivery.id}`,
          ],
          [channel],
        );
      }
      for (const [audit, all] of Map.groupBy(overdueAt(at, messages), (message) => message.audit)) {
        const fresh = all.filter(({ delivery }) => !told.has(delivery.id));
        for (const { delivery } of fresh) told.add(delivery.id);
        if (audit === null || fresh.length === 0) continue;
        await app.beatFailure(audit, `${audit}: ${fresh.length} messages are not delivered`);
      }
      forget(told, new Set(messages.map(({ delivery }) => delivery.id)));
    },
  };
}

type Undelivered = ReturnType<App['store']['undelivered']>;

/** What was given up, or has been on its way for too long. */
function overdueAt(at: Date, messages: Undelivered): Undelivered {
  return messages.filter(
    ({ delivery, failedAt }) => failedAt !== null || at.getTime() - Date.parse(delivery.createdAt) > DELIVERY_GRACE_MS,
  );
}

function since(at: Date): string {
  return new Date(at.getTime() - WINDOW_MS).toISOString();
}

/** The process lives for months. */
function forget(told: Set<string>, still: ReadonlySet<string>): void {
  for (const id of told) if (!still.has(id)) told.delete(id);
}
