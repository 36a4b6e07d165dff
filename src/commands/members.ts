import { selectGroup } from '../app/manage.ts';
import { listMembers } from '../app/manage-inventory.ts';
import { additions, removals } from '../app/manage-orders.ts';
import { ACCOUNT_COLUMNS, ACCOUNT_FIELDS } from './account-cells.ts';
import { factCell, factJson, unknownNames } from './cells.ts';
import { addChangingOptions, change } from './changing.ts';
import { endWithGaps, type Listing, printListing, withReading } from './listing.ts';
import { type AddCommand, globalOptions, wholeNumber } from './options.ts';

interface ListOptions {
  readonly group?: string;
  readonly without2fa?: boolean;
  readonly inactive?: number;
  readonly domain?: string;
  readonly csv?: boolean;
}

type Row = Awaited<ReturnType<typeof listMembers>>['rows'][number];

/** `members`: who is in the group, and adding and removing them by hand. */
export const addMembers: AddCommand = (members, finish) => {
  members
    .command('list')
    .description('list the members: names, addresses, roles, last sign-in, cap, API requests this month')
    .option('--group <id>', 'the group (default: the only one in the configuration)')
    .option('--without-2fa', 'only those without two-factor authentication')
    .option('--inactive <days>', 'only those without sign-in for so long and without API use', wholeNumber(1, 3650))
    .option('--domain <domain>', 'only those with an address there; *.domain for those below it')
    .option('--csv', 'print CSV, with everything there is')
    .action(async (options: ListOptions, command) => {
      const global = globalOptions(command, 'error');
      finish(
        await withReading(global, async ({ app, stop, progress }) => {
          const group = selectGroup(app, options.group ?? null);
          const { rows, gaps } = await listMembers(
            { app, group, stop, progress: progress.show },
            {
              without2fa: options.without2fa === true,
              inactiveDays: options.inactive ?? null,
              domain: options.domain ?? null,
            },
          );
          progress.end();
          printListing(toListing(rows), { json: global.json, csv: options.csv === true });
          return endWithGaps(gaps);
        }),
      );
    });
  addChangingOptions(members.command('add'))
    .description('add members by address, one request each; who has no account is invited')
    .argument('<address...>', 'e-mail addresses')
    .action(async (addresses: readonly string[], _options, command) =>
      change(command, finish, () => additions(addresses)),
    );
  addChangingOptions(members.command('remove'))
    .description('remove members by id, one request each; their accounts live on outside the group')
    .argument('<id...>', 'ids, as `members list` shows them')
    .action(async (ids: readonly string[], _options, command) => change(command, finish, () => removals(ids)));
};

function toListing(rows: readonly Row[]): Listing<Row> {
  return {
    rows,
    none: 'No such members.',
    columns: [
      ACCOUNT_COLUMNS.id,
      { heading: 'NAME', cell: ({ name }) => name ?? '', narrow: 'leaves first' },
      ACCOUNT_COLUMNS.address,
      ACCOUNT_COLUMNS.roles,
      {
        heading: 'SIGNED IN',
        cell: ({ lastSignInAt }) => factCell(lastSignInAt, (at) => at?.slice(0, 10) ?? 'no record'),
        narrow: 'whole',
      },
      ACCOUNT_COLUMNS.cap,
      ACCOUNT_COLUMNS.calls,
    ],
    fields: [
      ACCOUNT_FIELDS.id,
      ACCOUNT_FIELDS.name,
      ACCOUNT_FIELDS.address,
      ACCOUNT_FIELDS.status,
      { name: 'member_since', cell: ({ createdAt }) => factCell(createdAt, (at) => at ?? 'none on record') },
      ACCOUNT_FIELDS.roles,
      { name: 'last_sign_in', cell: ({ lastSignInAt }) => factCell(lastSignInAt, (at) => at ?? 'none on record') },
      ACCOUNT_FIELDS.cap,
      ACCOUNT_FIELDS.calls,
      ACCOUNT_FIELDS.quotas,
      ACCOUNT_FIELDS.consumed,
    ],
    toJson: ({ address, createdAt, roles, dailyCap, quotas, consumed, lastSignInAt, ...plain }) => ({
      ...plain,
      address: factJson(address),
      createdAt: factJson(createdAt),
      roles: factJson(roles),
      lastSignInAt: factJson(lastSignInAt),
      dailyCap: factJson(dailyCap),
      quotas: factJson(quotas),
      consumedThisMonth: factJson(consumed),
      notVisible: unknownNames({
        address,
        createdAt,
        roles,
        lastSignInAt,
        dailyCap,
        quotas,
        consumedThisMonth: consumed,
      }),
    }),
  };
}
