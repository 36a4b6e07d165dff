import { setImmediate } from 'node:timers/promises';
import { refuseManageKey } from '../app/manage-key.ts';
import { type App, type AppOptions, openApp } from '../app.ts';
import { startDaemon } from '../daemon/daemon.ts';
import { endProcess, listenForSignals, type Signals } from '../daemon/signals.ts';
import { toComplaint } from './complaint.ts';
import { ExitCode } from './exit-code.ts';
import { type AddCommand, globalOptions, say } from './options.ts';

/** `start`: the daemon. */
export const addStart: AddCommand = (command) => {
  command.action(async (_options, command) => {
    refuseManageKey();
    const signals = listenForSignals();
    // What came while the program was loaded is heard now.
    await setImmediate();
    if (signals.isStopping) endProcess(ExitCode.done);
    const app = await openUnlessStopped(globalOptions(command, 'info'), signals);
    signals.logTo(app.log);
    endProcess(await runDaemon(app, signals));
  });
};

/** Opens the program. What was begun for it when the daemon is told to stop is no failure, and leaves nothing behind. */
async function openUnlessStopped(options: AppOptions, { stopping }: Signals): Promise<App> {
  try {
    return await openApp(options, 'daemon', stopping);
  } catch (error) {
    if (error === stopping.reason) endProcess(ExitCode.done);
    throw error;
  }
}

/** Runs the daemon until it is told to stop. Whatever a start that failed has begun must not keep a process alive that does nothing. */
async function runDaemon(app: App, signals: Signals): Promise<number> {
  try {
    if (signals.isStopping) return ExitCode.done;
    const daemon = await startDaemon(app);
    signals.onHangUp(() => daemon.lookAtConfiguration());
    await signals.stopped;
    await daemon.stop();
    return ExitCode.done;
  } catch (error) {
    say(toComplaint(error));
    return ExitCode.couldNot;
  } finally {
    await app.close();
  }
}
