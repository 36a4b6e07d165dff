import { listChanges } from '../app/manage-changes.ts';
import { undoing } from '../app/manage-orders.ts';
import { addChangingOptions, change } from './changing.ts';
import { printListing } from './listing.ts';
import { type AddCommand, globalOptions, wholeNumber, withApp } from './options.ts';

/** `changes`: what was changed by hand, by whom and why, and undoing it. */
export const addChanges: AddCommand = (changes, finish) => {
  changes
    .option('--limit <n>', 'at most so many', wholeNumber(1, 100_000), 50)
    .option('--group <id>', 'only in this group')
    .option('--csv', 'print CSV')
    .action(async (options: { limit: number; group?: string; csv?: boolean }, command) => {
      const global = globalOptions(command, 'warn');
      await withApp(global, (app) => {
        const { limit, group } = options;
        const rows = listChanges(app, group === undefined ? { limit } : { limit, group });
        printListing(
          {
            rows,
            none: 'Nothing was changed by hand yet.',
            columns: [
              { heading: 'ID', cell: ({ change: { id } }) => id },
              { heading: 'BY', cell: ({ change: { by } }) => by },
              { heading: 'SUBJECT', cell: ({ subject }) => subject },
              { heading: 'CHANGE', cell: ({ what }) => what },
              { heading: 'OUTCOME', cell: ({ outcome }) => outcome },
              { heading: 'FINDINGS', cell: ({ findings }) => findings },
            ],
            fields: [
              { name: 'id', cell: ({ change: { id } }) => id },
              { name: 'group', cell: (row) => row.change.group },
              { name: 'intended_at', cell: (row) => row.change.intendedAt },
              { name: 'finished_at', cell: (row) => row.change.finishedAt ?? '' },
              { name: 'by', cell: ({ change: { by } }) => by },
              { name: 'reason', cell: ({ change: { reason } }) => reason },
              { name: 'subject', cell: ({ subject }) => subject },
              { name: 'change', cell: ({ what }) => what },
              { name: 'outcome', cell: ({ outcome }) => outcome },
              { name: 'note', cell: (row) => row.change.note ?? '' },
              { name: 'before', cell: (row) => JSON.stringify(row.change.before) },
              { name: 'after', cell: (row) => JSON.stringify(row.change.after) },
              { name: 'request', cell: (row) => JSON.stringify(row.change.request) },
              { name: 'undoes', cell: (row) => row.change.undoes ?? '' },
              { name: 'findings', cell: ({ findings }) => findings },
            ],
            toJson: ({ change: record, findings }) => ({ ...record, findingsNow: findings }),
          },
          { json: global.json, csv: options.csv === true },
        );
      });
    });
  addChangingOptions(changes.command('undo'))
    .description('take a change back, where the API has a way')
    .argument('<id>', 'the change, as `changes` shows it')
    .action(async (id: string, _options, command) =>
      change(command, finish, (managing, app) => undoing(id, managing, app)),
    );
};
