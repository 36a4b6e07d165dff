import { writeNightlyBackup } from '../app/backup.ts';
import type { App } from '../app.ts';
import { type Day, toDay } from '../model/instant.ts';

/** In UTC; the hour at which the database is checked, the day's copy is made, and what is old is deleted. */
const NIGHT_HOUR = 2;

/** What failed is tried again after so long. */
const RETRY_MS = 3_600_000;

/** A daemon that runs for so long has started. */
const SETTLED_MS = 30_000;

/** Work that is tried again an hour after it failed; says what failed. */
type Hourly = (at: Date, tell: (problem: string) => void) => Promise<void>;

function hourly(signal: AbortSignal, work: (at: Date) => Promise<void>): Hourly {
  let retryAt = 0;
  return async (at, tell) => {
    if (at.getTime() < retryAt || signal.aborted) return;
    try {
      await work(at);
      retryAt = 0;
    } catch (error) {
      if (signal.aborted) return;
      retryAt = at.getTime() + RETRY_MS;
      tell(error instanceof Error ? error.message : String(error));
    }
  };
}

/** What is done once a day, whatever the schedules are. */
export interface Housekeeping {
  /** Does what is due, and ends when it is done; never rejects. A second call meanwhile does nothing. */
  tick(at: Date): Promise<void>;
  /** When the last copy was made by this process; null: none was. */
  readonly backedUpAt: string | null;
  /** Whether the last check of the whole database found it damaged. */
  readonly isDamaged: boolean;
}

/**
 * The housekeeping of a daemon, until the signal. Opening a database looks at its structure alone; whether its indexes fit what they are
 * of, which decides what is found in it, takes as long as copying, and is looked at after each start and each night.
 */
export function createHousekeeping(app: App, signal: AbortSignal): Housekeeping {
  const begun = app.clock.now();
  let prunedOn: Day | null = null;
  let checkedOn: Day | null = null;
  let backedUpAt: string | null = null;
  let isDamaged = false;
  let isBusy = false;

  const note = (found: boolean): void => {
    isDamaged = found;
    if (found) tellDamaged(app);
  };

  const isCheckedToday = (at: Date): boolean => checkedOn === toDay(at);

  const check = hourly(signal, async (at) => {
    note((await app.store.checkAndCopy(null, signal)) === 'damaged');
    checkedOn = toDay(at);
  });

  const backUp = hourly(signal, async (at) => {
    const { backup } = app.config.store;
    if (backup === null || (isDamaged && isCheckedToday(at))) return;
    const made = await writeNightlyBackup(backup, { store: app.store, at, signal });
    if (made.kind === 'there_already') return;
    note(made.kind === 'damaged');
    checkedOn = toDay(at);
    if (made.kind === 'damaged') return;
    backedUpAt = at.toISOString();
    app.log.info('backup written', { file: made.file, deleted: made.deleted });
  });

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

  const work = async (at: Date): Promise<void> => {
    const isNight = at.getUTCHours() >= NIGHT_HOUR;
    if (isNight) await backUp(at, (problem) => tellNoBackup(app, problem));
    // Not at the start itself, which has enough to do.
    const isDue = checkedOn === null ? at.getTime() - begun.getTime() >= SETTLED_MS : isNight && !isCheckedToday(at);
    if (isDue) await check(at, (problem) => app.log.error('database not checked', { problem }));
    if (isNight && !signal.aborted) prune(at);
  };

  return {
    async tick(at) {
      if (isBusy) return;
      isBusy = true;
      await work(at);
      isBusy = false;
    },
    get backedUpAt() {
      return backedUpAt;
    },
    get isDamaged() {
      return isDamaged;
    },
  };
}

function tellNoBackup(app: App, problem: string): void {
  app.log.error('backup not written', { problem });
  notifySafely(app, 'backup', 'The nightly backup of the database was not written', [
    `What failed: ${problem}`,
    'It is tried again every hour; nothing else is affected',
  ]);
}

function tellDamaged(app: App): void {
  app.log.error('database damaged', { path: app.config.store.path });
  notifySafely(app, 'damaged', 'The database is damaged', [
    'What is remembered of earlier audits cannot be relied on any more: findings may be called new that are not, or messages missed',
    'Stop the daemon and restore the last copy that was made before; none is made of the damaged file, so that the good ones stay',
  ]);
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
