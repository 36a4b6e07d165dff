import { selectGroup } from '../app/manage.ts';
import { toCsv } from '../app/manage-csv.ts';
import { listGroupsOf, listServiceAccounts } from '../app/manage-inventory.ts';
import { newServiceAccount } from '../app/manage-orders.ts';
import { ACCOUNT_COLUMNS, ACCOUNT_FIELDS } from './account-cells.ts';
import { factCell, factJson, unknownNames } from './cells.ts';
import { addChangingOptions, change } from './changing.ts';
import { ExitCode } from './exit-code.ts';
import { endWithGaps, type Listing, printListing, withReading } from './listing.ts';
import { type AddCommand, globalOptions, print, printJson } from './options.ts';
import { printable } from './table.ts';

type Row = Awaited<ReturnType<typeof listServiceAccounts>>['rows'][number];

/** `service-accounts`: the group's non-human accounts, the groups of one, and creating one by hand. */
export const addServiceAccounts: AddCommand = (accounts, finish) => {
  accounts
    .command('list')
    .description('list the service accounts: roles, cap, API requests this month; never their keys')
    .option('--group <id>', 'the group (default: the only one in the configuration)')
    .option('--csv', 'print CSV, with everything there is')
    .action(async (options: { group?: string; csv?: boolean }, command) => {
      const global = globalOptions(command, 'error');
      finish(
        await withReading(global, async ({ app, stop, progress }) => {
          const group = selectGroup(app, options.group ?? null);
          const { rows, gaps } = await listServiceAccounts({ app, group, stop, progress: progress.show });
          progress.end();
          printListing(toListing(rows), { json: global.json, csv: options.csv === true });
          return endWithGaps(gaps);
        }),
      );
    });
  accounts
    .command('groups')
    .description('list the groups that a service account is in')
    .argument('<id>', 'id of the service account')
    .option('--group <id>', 'whose key is used (default: the only group in the configuration)')
    .option('--csv', 'print CSV')
    .action(async (id: string, options: { group?: string; csv?: boolean }, command) => {
      const global = globalOptions(command, 'error');
      finish(
        await withReading(global, async ({ app, stop }) => {
          const group = selectGroup(app, options.group ?? null);
          const groups = await listGroupsOf({ app, group, stop }, id);
          if (global.json) printJson(groups);
          else if (options.csv === true)
            print(
              toCsv(
                ['group'],
                groups.map((found) => [found]),
              ),
            );
          else print(groups.length === 0 ? 'In no group.' : groups.map(printable).join('\n'));
          return ExitCode.done;
        }),
      );
    });
  addChangingOptions(accounts.command('create'))
    .description('create a service account; its key is read on the web page, not here')
    .argument('<name>', "the bare name; the API puts the group's id before it")
    .action(async (name: string, _options, command) =>
      change(command, finish, (managing) => newServiceAccount(name, managing)),
    );
};

function toListing(rows: readonly Row[]): Listing<Row> {
  return {
    rows,
    none: 'No service accounts.',
    columns: [
      ACCOUNT_COLUMNS.id,
      ACCOUNT_COLUMNS.address,
      ACCOUNT_COLUMNS.roles,
      {
        heading: 'SINCE',
        cell: ({ createdAt }) => factCell(createdAt, (at) => at?.slice(0, 10) ?? 'no record'),
        narrow: 'leaves first',
      },
      ACCOUNT_COLUMNS.cap,
      ACCOUNT_COLUMNS.calls,
    ],
    fields: [
      ACCOUNT_FIELDS.id,
      ACCOUNT_FIELDS.name,
      ACCOUNT_FIELDS.address,
      ACCOUNT_FIELDS.status,
      { name: 'created', cell: ({ createdAt }) => factCell(createdAt, (at) => at ?? 'none on record') },
      ACCOUNT_FIELDS.roles,
      ACCOUNT_FIELDS.cap,
      ACCOUNT_FIELDS.calls,
      ACCOUNT_FIELDS.quotas,
      ACCOUNT_FIELDS.consumed,
    ],
    toJson: ({ address, createdAt, roles, dailyCap, quotas, consumed, ...plain }) => ({
      ...plain,
      address: factJson(address),
      createdAt: factJson(createdAt),
      roles: factJson(roles),
      dailyCap: factJson(dailyCap),
      quotas: factJson(quotas),
      consumedThisMonth: factJson(consumed),
      notVisible: unknownNames({ address, createdAt, roles, dailyCap, quotas, consumedThisMonth: consumed }),
    }),
  };
}
