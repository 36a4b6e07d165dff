import { selectGroup } from '../app/manage.ts';
import { readGroupQuotas, readMemberQuotas, readQuotasOfAll } from '../app/manage-consumption.ts';
import { caps } from '../app/manage-orders.ts';
import { bar, countCell } from './cells.ts';
import { addChangingOptions, change } from './changing.ts';
import { ExitCode } from './exit-code.ts';
import { toFittedTable } from './fitted-table.ts';
import { endWithGaps, printListing, withReading } from './listing.ts';
import { type AddCommand, globalOptions, print, printJson, wholeNumber } from './options.ts';
import { type Column, printable } from './table.ts';

type Line = Awaited<ReturnType<typeof readGroupQuotas>>[number];
type Pool = Awaited<ReturnType<typeof readMemberQuotas>>['pools'][number];

const BAR_WIDTH = 8;

/** `quota`: what is used of every allowance, and caps of single accounts. */
export const addQuota: AddCommand = (quota, finish) => {
  quota
    .command('show')
    .description('show every quota: used, allowed, share, reset, forecast')
    .option('--group <id>', 'the group (default: the only one in the configuration)')
    .option('--member <id>', "this member's or service account's own quotas, and the pools behind them")
    .option('--all-members', "every member's own quotas, at one request each")
    .option('--csv', 'print CSV')
    .action(async (options: ShowOptions, command) => {
      if (options.member !== undefined && options.allMembers === true)
        command.error('error: say either --member <id> or --all-members', { exitCode: ExitCode.couldNot });
      const global = globalOptions(command, 'error');
      const forms = { json: global.json, csv: options.csv === true };
      finish(
        await withReading(global, async ({ app, stop, progress }) => {
          const input = { app, stop, group: selectGroup(app, options.group ?? null) };
          if (options.allMembers === true) {
            const { rows, gaps } = await readQuotasOfAll(input, (done, of) => progress.show(done, of, 'members'));
            progress.end();
            printAll(rows, forms);
            return endWithGaps(gaps);
          }
          if (options.member === undefined) printQuotas(await readGroupQuotas(input), forms);
          else printMember(await readMemberQuotas(input, options.member), forms);
          return ExitCode.done;
        }),
      );
    });
  addChangingOptions(quota.command('cap'))
    .description('cap the API requests a day of members and service accounts, one request each')
    .argument('<id...>', 'ids of members or service accounts')
    .option('--daily <n>', 'API requests a day', wholeNumber(0, 999_999_999))
    .option('--no-cap', 'take the cap away')
    .action(async (ids: readonly string[], options: { daily?: number; cap: boolean }, command) => {
      if ((options.daily === undefined) === options.cap)
        command.error('error: say either --daily <n> or --no-cap', { exitCode: ExitCode.couldNot });
      await change(command, finish, () => caps(ids, options.daily ?? null));
    });
};

interface ShowOptions {
  readonly group?: string;
  readonly member?: string;
  readonly allMembers?: boolean;
  readonly csv?: boolean;
}

interface Forms {
  readonly json: boolean;
  readonly csv: boolean;
}

function printQuotas(lines: readonly Line[], forms: Forms): void {
  printListing(
    { rows: lines, columns: COLUMNS, first: 'cuttable', fields: FIELDS, toJson: (line) => line, none: 'No quotas.' },
    forms,
  );
}

function printMember({ own, pools }: Awaited<ReturnType<typeof readMemberQuotas>>, forms: Forms): void {
  if (forms.json) {
    printJson({ own, pools });
    return;
  }
  const rows = [
    ...own.map((line) => ({ ...line, inheritedFrom: null, of: 'itself' })),
    ...pools.map((line) => ({ ...line, of: 'group' })),
  ];
  if (forms.csv) {
    const fields = [
      ...FIELDS,
      { name: 'of', cell: ({ of }: (typeof rows)[number]) => of },
      { name: 'inherited_from', cell: ({ inheritedFrom }: (typeof rows)[number]) => inheritedFrom ?? '' },
    ];
    printListing({ rows, columns: [], fields, toJson: (row) => row, none: '' }, forms);
    return;
  }
  print('Of its own (0 allowed: it draws on the group; 1,000 M allowed: it has no cap):\n');
  print(toFittedTable(own, OWN_COLUMNS, 'cuttable'));
  const groups = new Set(pools.map(({ inheritedFrom }) => inheritedFrom ?? 'no group that is named'));
  print('');
  print(`${printable(`Of ${[...groups].join(', ')}, for everybody together:`)}\n`);
  const from: Column<Pool> = { heading: 'OF', cell: ({ inheritedFrom }) => inheritedFrom ?? '' };
  print(toFittedTable(pools, groups.size === 1 ? COLUMNS : [...COLUMNS, from], 'cuttable'));
}

/** On a terminal only what was used. */
function printAll(read: Awaited<ReturnType<typeof readQuotasOfAll>>['rows'], forms: Forms): void {
  const rows = read.flatMap(({ account, own }) => own.map((line) => ({ account, ...line })));
  if (forms.json) {
    printJson(read);
    return;
  }
  type Row = (typeof rows)[number];
  const isPlain = !forms.csv;
  printListing(
    {
      rows: isPlain ? rows.filter(({ used }) => used > 0) : rows,
      columns: [{ heading: 'ACCOUNT', cell: ({ account }) => account }, ...OWN_COLUMNS],
      fields: [{ name: 'account', cell: ({ account }: Row) => account }, ...FIELDS],
      toJson: (row) => row,
      none: 'Nobody used anything.',
    },
    forms,
  );
}

const OWN_COLUMNS: readonly Column<Line>[] = [
  { heading: 'QUOTA', cell: ({ name }) => name },
  { heading: 'USED', cell: ({ used }) => shortCount(used), align: 'right' },
  { heading: 'ALLOWED', cell: ({ allowed }) => shortCount(allowed), align: 'right' },
  { heading: 'RESET', cell: ({ resetsAt }) => showReset(resetsAt) },
];

const COLUMNS: readonly Column<Line>[] = [
  { heading: 'QUOTA', cell: ({ name }) => name },
  { heading: 'USED', cell: ({ used }) => shortCount(used), align: 'right' },
  { heading: 'ALLOWED', cell: showAllowed, align: 'right' },
  { heading: 'SHARE', cell: ({ share }) => (share === null ? '' : `${Math.floor(share * 100)} %`), align: 'right' },
  { heading: '', cell: ({ share }) => (share === null ? '' : bar(share, BAR_WIDTH)), narrow: 'whole' },
  { heading: 'RESET', cell: ({ resetsAt }) => showReset(resetsAt), narrow: 'whole' },
  { heading: 'FORECAST', cell: showForecast, narrow: 'whole' },
];

const FIELDS: readonly { readonly name: string; readonly cell: (line: Line) => string }[] = [
  { name: 'quota', cell: ({ name }) => name },
  { name: 'kind', cell: ({ kind }) => kind },
  { name: 'used', cell: ({ used }) => String(used) },
  { name: 'allowed', cell: ({ allowed }) => String(allowed) },
  { name: 'share', cell: ({ share }) => (share === null ? '' : share.toFixed(4)) },
  { name: 'resets_at', cell: ({ resetsAt }) => resetsAt ?? '' },
  { name: 'forecast_used', cell: ({ forecast }) => (forecast === null ? '' : String(forecast.atReset.likely)) },
  { name: 'runs_out_from', cell: ({ forecast }) => forecast?.from ?? '' },
  { name: 'runs_out_at', cell: ({ forecast }) => forecast?.likeliest ?? '' },
  { name: 'runs_out_to', cell: ({ forecast }) => forecast?.to ?? '' },
  { name: 'likelihood_percent', cell: ({ forecast }) => (forecast === null ? '' : String(forecast.likelihoodPercent)) },
];

function showAllowed({ kind, allowed }: Line): string {
  if (kind === 'no_limit') return 'no limit';
  return kind === 'not_licensed' ? 'none' : shortCount(allowed);
}

function showReset(resetsAt: string | null): string {
  return resetsAt === null ? '' : resetsAt.slice(5, 10);
}

/** `61–74 %` where it lasts, `out 11-26 to 11-28` where it does not, `out from 11-26?` where that is open. */
function showForecast({ forecast, allowed }: Line): string {
  if (forecast === null) return '';
  const { from, likeliest, to, atReset } = forecast;
  if (likeliest === null || from === null) {
    const [low, high] = [atReset.low, atReset.high].map((used) => Math.round((100 * used) / allowed));
    return low === high ? `${low} %` : `${low}–${high} %`;
  }
  if (to === null) return `out from ${showMoment(from)}?`;
  return from === to ? `out ${showMoment(from)}` : `out ${showMoment(from)} to ${showMoment(to)}`;
}

/** A day, or an hour of today. */
function showMoment(moment: string): string {
  return moment.includes('T') ? `${moment.slice(11, 16)} UTC` : moment.slice(5, 10);
}

/** Millions are enough to read by; the other forms have every digit. */
function shortCount(count: number): string {
  return count >= 10_000_000 ? `${countCell(Math.floor(count / 1_000_000))} M` : countCell(count);
}
