import { selectGroup } from '../app/manage.ts';
import { listAdministrators } from '../app/manage-inventory.ts';
import { grants, revocations } from '../app/manage-orders.ts';
import { ANY_ACCOUNT_COLUMNS, ANY_ACCOUNT_FIELDS } from './account-cells.ts';
import { factCell, factJson, unknownNames } from './cells.ts';
import { addChangingOptions, change } from './changing.ts';
import { endWithGaps, type Listing, printListing, withReading } from './listing.ts';
import { type AddCommand, globalOptions } from './options.ts';

type Row = Awaited<ReturnType<typeof listAdministrators>>['rows'][number];

/** `administrators`: who administers the group, and granting and revoking it by hand. */
export const addAdministrators: AddCommand = (administrators, finish) => {
  administrators
    .command('list')
    .description('list the administrators, by relationship and by role, and whether the configuration approves them')
    .option('--group <id>', 'the group (default: the only one in the configuration)')
    .option('--unapproved', 'only those that the configuration does not approve')
    .option('--csv', 'print CSV')
    .action(async (options: { group?: string; unapproved?: boolean; csv?: boolean }, command) => {
      const global = globalOptions(command, 'error');
      finish(
        await withReading(global, async ({ app, stop, progress }) => {
          const group = selectGroup(app, options.group ?? null);
          const { rows, gaps } = await listAdministrators({ app, group, stop, progress: progress.show });
          const wanted = options.unapproved === true ? rows.filter(isUnapproved) : rows;
          progress.end();
          printListing(toListing(wanted), { json: global.json, csv: options.csv === true });
          return endWithGaps(gaps);
        }),
      );
    });
  addChangingOptions(administrators.command('grant'))
    .description('make members administrators, by address, one request each')
    .argument('<address...>', 'e-mail addresses of members')
    .action(async (addresses: readonly string[], _options, command) =>
      change(command, finish, () => grants(addresses)),
    );
  addChangingOptions(administrators.command('revoke'))
    .description('take administration rights away, by id, one request each; members stay members')
    .argument('<id...>', 'ids, as `administrators list` shows them')
    .action(async (ids: readonly string[], _options, command) => change(command, finish, () => revocations(ids)));
};

/** Without a list nobody is approved, and who cannot be told is shown as well. */
function isUnapproved({ approved }: Row): boolean {
  return approved !== 'yes' && approved !== 'emergency';
}

function signedIn({ kind, lastSignInAt }: Row): string {
  return kind === 'service account' ? '' : factCell(lastSignInAt, (at) => at ?? 'no record');
}

function toListing(rows: readonly Row[]): Listing<Row> {
  const approval = ({ approved }: Row): string => approved ?? 'no list';
  return {
    rows,
    none: 'No such administrators.',
    columns: [
      ANY_ACCOUNT_COLUMNS.id,
      { heading: 'NAME', cell: ({ name }) => name ?? '', narrow: 'leaves second' },
      { ...ANY_ACCOUNT_COLUMNS.address, narrow: 'leaves third' },
      { heading: 'KIND', cell: ({ kind }) => kind, narrow: 'whole' },
      { heading: 'BY', cell: ({ by }) => by.join(', '), narrow: 'whole' },
      { heading: 'APPROVED', cell: approval, narrow: 'whole' },
      { heading: 'SIGNED IN', cell: (row) => signedIn(row).slice(0, 10), narrow: 'leaves first' },
      { ...ANY_ACCOUNT_COLUMNS.calls, narrow: 'leaves first' },
    ],
    fields: [
      ANY_ACCOUNT_FIELDS.id,
      ANY_ACCOUNT_FIELDS.name,
      ANY_ACCOUNT_FIELDS.address,
      { name: 'kind', cell: ({ kind }) => kind },
      { name: 'by', cell: ({ by }) => by.join('; ') },
      { name: 'approved', cell: approval },
      ANY_ACCOUNT_FIELDS.status,
      { name: 'last_sign_in', cell: signedIn },
      ANY_ACCOUNT_FIELDS.cap,
      ANY_ACCOUNT_FIELDS.calls,
    ],
    toJson: ({ address, lastSignInAt, dailyCap, consumed, ...plain }) => ({
      ...plain,
      address: factJson(address),
      lastSignInAt: factJson(lastSignInAt),
      dailyCap: factJson(dailyCap),
      consumedThisMonth: factJson(consumed),
      notVisible: unknownNames({ address, lastSignInAt, dailyCap, consumedThisMonth: consumed }),
    }),
  };
}
