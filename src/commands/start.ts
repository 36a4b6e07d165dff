import { refuseManageKey } from '../app/manage-key.ts';
import { openApp } from '../app.ts';
import { startDaemon } from '../daemon/daemon.ts';
import { endProcess, listenForSignals } from '../daemon/signals.ts';
import { type AddCommand, globalOptions } from './options.ts';

/** `start`: the daemon. */
export const addStart: AddCommand = (command) => {
  command.action(async (_options, command) => {
    refuseManageKey();
    const signals = listenForSignals();
    const app = await openApp(globalOptions(command, 'info'), 'daemon');
    signals.logTo(app.log);
    try {
      const daemon = await startDaemon(app);
      signals.onHangUp(() => daemon.lookAtConfiguration());
      await signals.stopped;
      await daemon.stop();
    } finally {
      await app.close();
    }
    endProcess();
  });
};
