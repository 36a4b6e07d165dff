import { writeNightlyBackup } from '../app/backup.ts';
import type { App } from '../app.ts';
import { type Day, toDay } from '../model/instant.ts';

/** In UTC; the hour at which the day's copy is made, and what is old is deleted. */
const NIGHT_HOUR = 2;

/** A backup that failed is tried again after so long. */
const RETRY_MS = 3_600_000;

/** What is done once a day, whatever the schedules are. */
export interface Housekeeping {
  /** Does what is due; never throws. */
  tick(at: Date): void;
  /** When the last copy was made by this process; null: none was. */
  readonly backedUpAt: string | null;
}

/** The housekeeping of a daemon. */
export function createHousekeeping(app: App): Housekeeping {
  let prunedOn: Day | null = null;
  let backedUpAt: string | null = null;
  let retryAt = 0;

  const backUp = (at: Date): void => {
    const { backup } = app.config.store;
    if (backup === null || at.getTime() < retryAt) return;
    try {
      const written = writeNightlyBackup(app.store, backup, at);
      retryAt = 0;
      if (written === null) return;
      backedUpAt = at.toISOString();
      app.log.info('backup written', { ...written });
    } catch (error) {
      retryAt = at.getTime() + RETRY_MS;
      app.log.error('backup not written', { problem: String(error) });
      notifySafely(app, 'backup', 'The nightly backup of the database was not written', [
        `What failed: ${error instanceof Error ? error.message : String(error)}`,
        'It is tried again every hour; nothing else is affected',
      ]);
    }
  };

  const prune = (at: Date): void => {
    if (prunedOn === toDay(at)) return;
    prunedOn = toDay(at);
    try {
      const pruned = app.store.prune({ at, keepDays: app.config.store.keepDays });
      if (pruned.snapshots + pruned.messages > 0) app.log.info('old data deleted', pruned);
    } catch (error) {
      app.log.error('old data not deleted', { problem: String(error) });
    }
  };

  return {
    tick(at) {
      if (at.getUTCHours() < NIGHT_HOUR) return;
      backUp(at);
      prune(at);
    },
    get backedUpAt() {
      return backedUpAt;
    },
  };
}

/** Raises a notice; a store that fails here fails everywhere, and readiness says so. */
export function notifySafely(
  app: App,
  cause: string,
  title: string,
  lines: readonly string[],
  avoid: readonly string[] = [],
): void {
  try {
    app.notify({ cause, title, lines }, avoid);
  } catch (error) {
    app.log.error('notice not raised', { cause, problem: String(error) });
  }
}
