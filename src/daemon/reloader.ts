import type { App } from '../app.ts';
import { notifySafely } from './housekeeping.ts';

/** Between two looks at the configuration's files. */
export const LOOK_EVERY_MS = 5000;

/** A configuration that is broken is read again after so long even when nothing changed: a file that it names may have come. */
const RETRY_MS = 30_000;

/** Keeps the configuration in force as it is on disk. */
export interface Reloader {
  /** One look. Acts when two looks in a row saw the same change, or at once with `now`. Never throws. */
  look(how?: 'now'): Promise<void>;
  /** Whether the last attempt to read a changed configuration worked. */
  readonly ok: boolean;
}

/** Watches a daemon's configuration. `reloaded` is called when another one is in force. */
export async function createReloader(app: App, reloaded: () => void): Promise<Reloader> {
  let inForce = await app.fingerprint();
  let seen = inForce;
  let ok = true;
  let retryAt = Number.POSITIVE_INFINITY;
  let looks = Promise.resolve();

  const act = async (found: string): Promise<void> => {
    const result = await app.reload();
    if (result.kind === 'broken') {
      retryAt = app.clock.now().getTime() + RETRY_MS;
      if (inForce !== found || ok) tellBroken(app, result.problems);
      ok = false;
      // Not looked at again before it changes, but for files that it names and that were not there.
      inForce = found;
      return;
    }
    ok = true;
    retryAt = Number.POSITIVE_INFINITY;
    // Another configuration may be made of other files.
    inForce = await app.fingerprint();
    seen = inForce;
    app.log.info('configuration reloaded', { removed: result.removed, restart: result.restart });
    for (const sentence of result.restart) app.log.warn('restart needed', { what: sentence });
    tellRemoved(app, result.removed, result.restart);
    reloaded();
    await tellWaivers(app);
  };

  const look = async (how?: 'now'): Promise<void> => {
    const found = await app.fingerprint();
    const isRetry = !ok && app.clock.now().getTime() >= retryAt;
    const isChanged = found !== inForce && (how === 'now' || found === seen);
    seen = found;
    if (isChanged || isRetry) await act(found);
    else if (how === 'now') app.log.info('configuration unchanged');
  };

  return {
    look(how) {
      // One after the other: a look that takes long must not be overtaken by the next.
      looks = looks
        .then(() => look(how))
        .catch((error: unknown) => app.log.error('configuration not looked at', { problem: String(error) }));
      return looks;
    },
    get ok() {
      return ok;
    },
  };
}

function tellBroken(app: App, problems: readonly string[]): void {
  app.log.error('configuration broken', { problems });
  notifySafely(app, 'configuration', 'The new configuration is broken; the old one stays in force', [
    ...problems,
    'Mend the file: it is read again as soon as it changes. `vt-auditor check --offline` shows the same',
  ]);
}

function tellRemoved(app: App, removed: readonly string[], restart: readonly string[]): void {
  if (removed.length > 0) {
    app.log.warn('configuration covers less', { removed });
    const ids = [...removed].sort().join('\n');
    notifySafely(app, `removed\n${ids}`, 'The new configuration covers less than the old one', [
      ...removed,
      'It is in force. If nobody meant this, look whether the file was cut off',
    ]);
  }
  if (restart.length > 0)
    notifySafely(
      app,
      `restart\n${restart.join('\n')}`,
      'The new configuration needs a restart to count in full',
      restart,
    );
}

/** A waiver file that cannot be read ends no waiver, and somebody must know. */
export async function tellWaivers(app: App): Promise<void> {
  const problem = await app.waiverProblem();
  if (problem === null) return;
  notifySafely(app, 'waivers', 'The waiver file cannot be read; the waivers last read stay in force', [
    problem,
    'Each of them still ends on its own date; new ones do not count before the file is mended',
  ]);
}
