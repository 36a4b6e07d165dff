import type { App } from '../app.ts';
import { notifySafely } from './housekeeping.ts';

/** Between two looks at the configuration's files. */
export const LOOK_EVERY_MS = 5000;

/** A configuration that is broken is read again after so long even when nothing changed: a file that it names may have come. */
const RETRY_MS = 30_000;

/** Looks of which no two in a row saw the same, before somebody is told: two minutes. */
const RESTLESS_LOOKS = 24;

/** Keeps the configuration in force as it is on disk. */
export interface Reloader {
  /** One look. Acts when two looks in a row saw the same change, or at once with `now`. Never throws. */
  look(how?: 'now'): Promise<void>;
  /** Whether the last attempt to read a changed configuration worked. */
  readonly ok: boolean;
}

/** Watches a daemon's configuration. `reloaded` is called when another one is in force. */
export function createReloader(app: App, reloaded: () => void): Reloader {
  let seen = app.readFrom;
  /** What was read last and is broken; null: what was read last is in force. */
  let refused: string | null = null;
  let retryAt = Number.POSITIVE_INFINITY;
  let restless = 0;
  let looks = Promise.resolve();

  const refuse = (found: string, problems: readonly string[], isAsked: boolean): void => {
    retryAt = app.clock.now().getTime() + RETRY_MS;
    if (refused !== found || isAsked) app.log.error('configuration broken', { problems });
    refused = found;
    // One a day: whoever did not see the first one should see one of the next.
    tellBroken(app, problems);
  };

  const act = async (found: string, isAsked: boolean): Promise<void> => {
    restless = 0;
    const result = await app.reload();
    if (result.kind === 'broken') {
      refuse(found, result.problems, isAsked);
      return;
    }
    refused = null;
    retryAt = Number.POSITIVE_INFINITY;
    app.log.info('configuration reloaded');
    for (const sentence of result.restart) app.log.warn('restart needed', { what: sentence });
    tellRemoved(app, result.removed, result.restart);
    reloaded();
    await tellWaivers(app);
  };

  const look = async (how?: 'now'): Promise<void> => {
    const isAsked = how === 'now';
    const found = await app.fingerprint(isAsked ? 'anew' : undefined);
    const isChanged = found !== (refused ?? app.readFrom);
    const isRetry = refused !== null && (isAsked || app.clock.now().getTime() >= retryAt);
    const isSteady = found === seen;
    seen = found;
    if (isRetry || (isChanged && (isSteady || isAsked))) {
      await act(found, isAsked);
      return;
    }
    if (isAsked) app.log.info('configuration unchanged');
    restless = isChanged ? restless + 1 : 0;
    if (restless === RESTLESS_LOOKS) tellRestless(app);
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
      return refused === null;
    },
  };
}

/** Half a file must not be read, and two equal looks are how a whole one is told from it. */
function tellRestless(app: App): void {
  app.log.warn('configuration restless', { looks: RESTLESS_LOOKS });
  notifySafely(app, 'restless', 'The files of the configuration change all the time and are not read', [
    `Of ${RESTLESS_LOOKS} looks in a row no two saw the same; the configuration read last stays in force`,
    'Something writes to one of them: the configuration, a file that it names, or a folder with rules or templates. SIGHUP reads them as they are',
  ]);
}

function tellBroken(app: App, problems: readonly string[]): void {
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
