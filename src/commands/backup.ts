import { writeBackup } from '../app/backup.ts';
import { type AddCommand, globalOptions, say, withApp } from './options.ts';

/** `backup FILE`: a copy of the database, while the daemon runs. */
export const addBackup: AddCommand = (program) => {
  program
    .command('backup')
    .description(
      'write a copy of the database, also while the daemon runs; it has no secrets in it, but names of people',
    )
    .argument('<file>', 'where to; nothing is overwritten')
    .action(async (file: string, _options, command) => {
      await withApp(globalOptions(command, 'warn'), ({ store }) => say(`wrote ${writeBackup(store, file)}`));
    });
};
