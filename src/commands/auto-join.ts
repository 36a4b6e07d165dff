import { selectGroup } from '../app/manage.ts';
import { toCsv } from '../app/manage-csv.ts';
import { readAutoJoin } from '../app/manage-inventory.ts';
import { autoJoin } from '../app/manage-orders.ts';
import { addChangingOptions, change } from './changing.ts';
import { ExitCode } from './exit-code.ts';
import { withReading } from './listing.ts';
import { type AddCommand, globalOptions, print, printJson } from './options.ts';
import { printable } from './table.ts';

/** `auto-join`: whose owners of addresses join the group by signing up. */
export const addAutoJoin: AddCommand = (autoJoining, finish) => {
  autoJoining
    .command('list')
    .description('list the addresses and patterns whose owners join by signing up')
    .option('--group <id>', 'the group (default: the only one in the configuration)')
    .option('--csv', 'print CSV')
    .action(async (options: { group?: string; csv?: boolean }, command) => {
      const global = globalOptions(command, 'error');
      finish(
        await withReading(global, async ({ app, stop }) => {
          const patterns = await readAutoJoin({ app, group: selectGroup(app, options.group ?? null), stop });
          if (global.json) printJson(patterns);
          else if (options.csv === true)
            print(
              toCsv(
                ['pattern'],
                patterns.map((pattern) => [pattern]),
              ),
            );
          else print(patterns.length === 0 ? 'Nobody joins by signing up.' : patterns.map(printable).join('\n'));
          return ExitCode.done;
        }),
      );
    });
  addChangingOptions(autoJoining.command('set'))
    .description('replace the whole list')
    .argument('[pattern...]', 'addresses, or patterns such as *@acme.example')
    .option('--nobody', 'empty the list')
    .action(async (patterns: readonly string[], options: { nobody?: boolean }, command) => {
      if ((options.nobody === true) !== (patterns.length === 0))
        command.error('error: give patterns, or --nobody to empty the list', { exitCode: ExitCode.couldNot });
      await change(command, finish, () => autoJoin(patterns));
    });
};
