import { Option } from 'commander';
import { selectGroup } from '../app/manage.ts';
import { readUsageOf, toEndpointTotals, totalOf, type UsageWhose } from '../app/manage-consumption.ts';
import { bar, countCell } from './cells.ts';
import { ExitCode } from './exit-code.ts';
import { endWithGaps, printListing, withReading } from './listing.ts';
import { type AddCommand, globalOptions, print } from './options.ts';
import { printable } from './table.ts';

interface UsageOptions {
  readonly group?: string;
  readonly from?: string;
  readonly to?: string;
  readonly by: 'day' | 'endpoint';
  readonly all?: boolean;
  readonly csv?: boolean;
}

const BAR_WIDTH = 30;

/** `usage`: API requests of the group or of an account, by day or by endpoint. */
export const addUsage: AddCommand = (command, finish) => {
  command
    .argument('<whose>', '`group`, or `member` with ids')
    .argument('[id...]', 'members or service accounts')
    .option('--all', 'with `member`: every member, at one request for each 30 days of each')
    .option('--group <id>', 'the group (default: the only one in the configuration)')
    .option('--from <day>', 'first UTC day (default: 30 days up to the last)')
    .option('--to <day>', 'last UTC day (default: today, which is not over)')
    .addOption(new Option('--by <what>', 'what the calls are counted by').choices(['day', 'endpoint']).default('day'))
    .option('--csv', 'print CSV')
    .action(async (whose: string, ids: readonly string[], options: UsageOptions, command) => {
      const wanted = toWhose(whose, ids, options.all === true);
      if (wanted === null)
        return command.error('error: say `usage group`, `usage member ID...` or `usage member --all`', {
          exitCode: ExitCode.couldNot,
        });
      const global = globalOptions(command, 'error');
      finish(
        await withReading(global, async ({ app, stop, progress }) => {
          const group = selectGroup(app, options.group ?? null);
          const { from, to } = options;
          const { rows: read, gaps } = await readUsageOf(
            { app, group, stop },
            { whose: wanted, from, to },
            (done, of) => progress.show(done, of, 'members'),
          );
          progress.end();
          const isPlain = !global.json && options.csv !== true;
          if (isPlain) for (const one of read) showChart(one, options.by, app.clock.now());
          else printRows(read, options.by, { json: global.json, csv: options.csv === true });
          return endWithMissing(read, gaps);
        }),
      );
    });
};

type Read = Awaited<ReturnType<typeof readUsageOf>>['rows'][number];

function toWhose(whose: string, ids: readonly string[], all: boolean): UsageWhose | null {
  if (whose === 'group') return ids.length === 0 && !all ? { kind: 'group' } : null;
  if (whose !== 'member' || all === ids.length > 0) return null;
  return all ? { kind: 'everybody' } : { kind: 'accounts', ids };
}

function showChart({ account, lines }: Read, by: UsageOptions['by'], at: Date): void {
  print(printable(`API requests of ${account}, ${lines[0]?.day ?? ''} to ${lines.at(-1)?.day ?? ''} (UTC days)`));
  const rows =
    by === 'day'
      ? lines.map(({ day, usage }) => ({
          label: day === at.toISOString().slice(0, 10) ? `${day} so far` : day,
          calls: usage === null ? null : totalOf(usage.calls),
          free: usage === null ? null : totalOf(usage.freeCalls),
        }))
      : toEndpointTotals(lines).map(({ endpoint, calls, freeCalls }) => ({ label: endpoint, calls, free: freeCalls }));
  const most = Math.max(1, ...rows.map(({ calls }) => calls ?? 0));
  const show = (count: number | null): string => (count === null ? 'not known' : countCell(count));
  printListing(
    {
      rows,
      columns: [
        { heading: by === 'day' ? 'DAY' : 'ENDPOINT', cell: ({ label }) => label },
        { heading: 'CALLS', cell: ({ calls }) => show(calls), align: 'right' },
        { heading: 'FREE', cell: ({ free }) => show(free), align: 'right' },
        { heading: '', cell: ({ calls }) => bar((calls ?? 0) / most, BAR_WIDTH) },
      ],
      fields: [],
      toJson: (row) => row,
      none: 'No calls.',
    },
    { json: false, csv: false },
  );
  const total = (pick: 'calls' | 'free'): string => countCell(rows.reduce((sum, row) => sum + (row[pick] ?? 0), 0));
  print(`Together ${total('calls')} calls, and ${total('free')} that cost no quota.\n`);
}

function printRows(read: readonly Read[], by: UsageOptions['by'], forms: { json: boolean; csv: boolean }): void {
  const common = { columns: [], none: '' };
  if (by === 'endpoint') {
    const rows = read.flatMap(({ account, lines }) => toEndpointTotals(lines).map((total) => ({ account, ...total })));
    const fields = [
      { name: 'account', cell: (row: (typeof rows)[number]) => row.account },
      { name: 'endpoint', cell: (row: (typeof rows)[number]) => row.endpoint },
      { name: 'calls', cell: (row: (typeof rows)[number]) => String(row.calls) },
      { name: 'free_calls', cell: (row: (typeof rows)[number]) => String(row.freeCalls) },
    ];
    printListing({ ...common, rows, fields, toJson: (row) => row }, forms);
    return;
  }
  const rows = read.flatMap(({ account, lines }) => lines.map((line) => ({ account, ...line })));
  const count = (counts: Readonly<Record<string, number>> | undefined): string =>
    counts === undefined ? 'not known' : String(totalOf(counts));
  printListing(
    {
      ...common,
      rows,
      fields: [
        { name: 'account', cell: ({ account }) => account },
        { name: 'day', cell: ({ day }) => day },
        { name: 'source', cell: ({ source }) => source },
        { name: 'calls', cell: ({ usage }) => count(usage?.calls) },
        { name: 'free_calls', cell: ({ usage }) => count(usage?.freeCalls) },
        { name: 'calls_by_endpoint', cell: ({ usage }) => JSON.stringify(usage?.calls ?? {}) },
      ],
      toJson: ({ account, day, source, usage }) => ({
        account,
        day,
        source,
        calls: usage?.calls ?? null,
        freeCalls: usage?.freeCalls ?? null,
      }),
    },
    forms,
  );
}

/** Days that nobody remembers make the answer partial. */
function endWithMissing(read: readonly Read[], gaps: readonly string[]): number {
  const missing = read.flatMap(({ account, lines }) => {
    const days = lines.filter(({ source }) => source === 'missing').length;
    return days === 0
      ? []
      : [`${account}: ${days} days are not known: the API keeps 60 days, and no earlier audit kept these`];
  });
  return endWithGaps([...gaps, ...missing]);
}
