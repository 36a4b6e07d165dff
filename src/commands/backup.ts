import { writeBackup } from '../app/backup.ts';
import { type AddCommand, globalOptions, say, withApp } from './options.ts';

/** `backup FILE`: a copy of the database, while the daemon runs. */
export const addBackup: AddCommand = (command) => {
  command.argument('<file>', 'where to; nothing is overwritten').action(async (file: string, _options, command) => {
    await withApp(globalOptions(command, 'warn'), ({ store }) => say(`wrote ${writeBackup(store, file)}`));
  });
};
