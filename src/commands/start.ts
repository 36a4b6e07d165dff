import { refuseManageKey } from '../app/manage-key.ts';
import { openApp } from '../app.ts';
import { startDaemon } from '../daemon/daemon.ts';
import { untilStopped } from '../daemon/signals.ts';
import { type AddCommand, globalOptions } from './options.ts';

/** `start`: the daemon. */
export const addStart: AddCommand = (program) => {
  program
    .command('start')
    .description('run the daemon: audits on their schedules, deliveries until they arrive, /healthz')
    .action(async (_options, command) => {
      refuseManageKey();
      const app = await openApp(globalOptions(command, 'info'), 'daemon');
      try {
        const daemon = await startDaemon(app);
        await untilStopped(app.log);
        await daemon.stop();
      } finally {
        await app.close();
      }
    });
};
