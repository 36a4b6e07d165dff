import type { listServiceAccounts } from '../app/manage-inventory.ts';
import { countCell, factCell } from './cells.ts';
import type { Listing } from './listing.ts';
import type { Column } from './table.ts';

/** What members and service accounts have in common in a list. */
type Account = Awaited<ReturnType<typeof listServiceAccounts>>['rows'][number];

/** What administrators have as well. */
type AnyAccount = Pick<Account, 'id' | 'name' | 'address' | 'status' | 'dailyCap' | 'consumed'>;

type Field<Row> = Listing<Row>['fields'][number];

/** Columns for a terminal that every list of accounts shows. */
export const ANY_ACCOUNT_COLUMNS = {
  id: { heading: 'ID', cell: ({ id }) => id },
  address: { heading: 'ADDRESS', cell: ({ address }) => factCell(address, String) },
  calls: { heading: 'CALLS', cell: (account) => callsCell(account, countCell), align: 'right' },
} as const satisfies Readonly<Record<string, Column<AnyAccount>>>;

/** And those of members and of service accounts. */
export const ACCOUNT_COLUMNS = {
  ...ANY_ACCOUNT_COLUMNS,
  roles: { heading: 'ROLES', cell: ({ roles }) => factCell(roles, (held) => held.join(', ')) },
  cap: { heading: 'CAP', cell: (account) => capCell(account, countCell), align: 'right' },
} as const satisfies Readonly<Record<string, Column<Account>>>;

/** Fields for a spreadsheet that every list of accounts has: names for programs, everything in full. */
export const ANY_ACCOUNT_FIELDS = {
  id: { name: 'id', cell: ({ id }) => id },
  name: { name: 'name', cell: ({ name }) => name ?? '' },
  address: { name: 'address', cell: ({ address }) => factCell(address, String) },
  status: { name: 'status', cell: ({ status }) => status ?? '' },
  cap: { name: 'daily_cap', cell: (account) => capCell(account, String) },
  calls: { name: 'api_requests_this_month', cell: (account) => callsCell(account, String) },
} as const satisfies Readonly<Record<string, Field<AnyAccount>>>;

/** And those of members and of service accounts. */
export const ACCOUNT_FIELDS = {
  ...ANY_ACCOUNT_FIELDS,
  roles: { name: 'roles', cell: ({ roles }) => factCell(roles, (held) => held.join('; ')) },
  quotas: { name: 'quotas', cell: ({ quotas }) => factCell(quotas, (own) => JSON.stringify(own)) },
  consumed: { name: 'consumed_this_month', cell: ({ consumed }) => factCell(consumed, (used) => JSON.stringify(used)) },
} as const satisfies Readonly<Record<string, Field<Account>>>;

function capCell({ dailyCap }: AnyAccount, toText: (cap: number) => string): string {
  return factCell(dailyCap, (cap) => (cap === null ? 'none' : toText(cap)));
}

/** API requests of this month; the list of consumers may end before this account, and then nothing is known. */
function callsCell({ consumed }: AnyAccount, toText: (calls: number) => string): string {
  return factCell(consumed, (used) => {
    const calls = used['api_requests_monthly'];
    return calls === undefined ? 'not known' : toText(calls);
  });
}
