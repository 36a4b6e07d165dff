import type { Log } from '../model/log.ts';

/** More beats than any monitor is behind that still answers. */
const MOST_WAITING = 20;

/** Tells outside monitors, beside the audits: one that hangs holds up nobody. */
export interface MonitorQueue {
  /** Sends a beat of a group after those before it: a monitor that hears the end before the start thinks that a run is under way. */
  tell(group: string, send: () => Promise<void>): void;
  /** Resolves when nothing is under way. */
  ended(): Promise<unknown>;
}

interface Line {
  readonly waiting: number;
  readonly sent: Promise<void>;
}

/** A queue for each group. A beat that could not be sent is logged and nothing more; so is one that too many others wait before. */
export function createMonitorQueue(log: Log): MonitorQueue {
  const lines = new Map<string, Line>();
  return {
    tell(group, send) {
      const before = lines.get(group) ?? { waiting: 0, sent: Promise.resolve() };
      if (before.waiting >= MOST_WAITING) {
        log.warn('heartbeat not sent', { groupId: group, problem: 'too many before it are not sent yet' });
        return;
      }
      const sent = before.sent
        .then(send)
        .catch((error: unknown) => log.error('heartbeat not sent', { groupId: group, problem: String(error) }))
        .finally(() => {
          const line = lines.get(group);
          if (line === undefined || line.waiting <= 1) lines.delete(group);
          else lines.set(group, { ...line, waiting: line.waiting - 1 });
        });
      lines.set(group, { waiting: before.waiting + 1, sent });
    },
    ended: () => Promise.all([...lines.values()].map(({ sent }) => sent)),
  };
}
