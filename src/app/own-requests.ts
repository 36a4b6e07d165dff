import type { Clock } from '../model/clock.ts';
import { type Day, toDay } from '../model/instant.ts';
import type { Store } from '../store/store.ts';
import type { AuditClient } from '../virustotal/audit-client.ts';

/** Requests that are noted at a time, before they are sent: a program that is killed has then noted too many, never too few. */
const AHEAD = 20;

/** Where requests are noted, and for whose key. */
export interface RequestNotes {
  readonly group: string;
  readonly store: Pick<Store, 'addOwnRequests'>;
  readonly clock: Clock;
}

/**
 * A client whose requests are noted by day, so that what the API counts for the key can be compared with what this program sent. What was
 * noted too much is taken back when the client is closed.
 */
export function noteRequests(client: AuditClient, { group, store, clock }: RequestNotes): AuditClient {
  const ahead = new Map<Day, number>();
  const noted = client.limitedTo({
    onRequest: () => {
      const day = toDay(clock.now());
      const left = ahead.get(day) ?? 0;
      if (left === 0) store.addOwnRequests(group, day, AHEAD);
      ahead.set(day, (left === 0 ? AHEAD : left) - 1);
    },
  });
  const close = (): void => {
    for (const [day, left] of ahead) if (left > 0) store.addOwnRequests(group, day, -left);
    ahead.clear();
    client.close();
  };
  // The client counts by getters, which a copy would read once and for all.
  const counted: AuditClient = Object.create(noted, { close: { value: close } });
  return counted;
}
