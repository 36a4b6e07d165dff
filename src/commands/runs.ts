import { toFittedTable } from './fitted-table.ts';
import { type AddCommand, globalOptions, print, printJson, wholeNumber, withApp } from './options.ts';

/** `runs`: what the database holds of past and present runs. */
export const addRuns: AddCommand = (command) => {
  command
    .option('--limit <n>', 'at most so many', wholeNumber(1, 10_000), 20)
    .option('--audit <name>', 'only of this audit')
    .option('--group <id>', 'only of this group')
    .action(async (options: { limit: number; audit?: string; group?: string }, command) => {
      const global = globalOptions(command, 'warn');
      await withApp(global, ({ store }) => {
        const rows = store.runs(options);
        if (global.json)
          printJson(
            rows.map(({ run, summary, digests }) => ({ ...run, findings: summary?.findings ?? null, digests })),
          );
        else print(rows.length === 0 ? 'No runs yet.' : toRunTable(rows));
      });
    });
};

type Rows = ReturnType<Parameters<Parameters<typeof withApp>[1]>[0]['store']['runs']>;

function toRunTable(rows: Rows): string {
  const hasSeveralGroups = new Set(rows.map(({ run }) => run.group)).size > 1;
  return toFittedTable(rows, [
    { heading: 'RUN', cell: ({ run }) => run.id },
    { heading: 'AUDIT', cell: ({ run }) => run.audit },
    { heading: 'GROUP', cell: ({ run }) => run.group, ...(hasSeveralGroups ? {} : { narrow: 'leaves third' }) },
    { heading: 'STATUS', cell: ({ run }) => (run.narrowed ? `${run.status} (narrowed)` : run.status) },
    // The run's id begins with it.
    { heading: 'STARTED', cell: ({ run }) => run.startedAt, narrow: 'leaves first' },
    { heading: 'NEW', cell: ({ summary }) => figure(summary?.findings.new), align: 'right' },
    {
      heading: 'OPEN',
      cell: ({ summary }) =>
        figure(
          summary === null
            ? undefined
            : summary.findings.new + summary.findings.persisting + summary.findings.unverified,
        ),
      align: 'right',
    },
    { heading: 'RESOLVED', cell: ({ summary }) => figure(summary?.findings.resolved), align: 'right' },
    { heading: 'REQUESTS', cell: ({ run }) => String(run.requests.made), align: 'right', narrow: 'leaves second' },
  ]);
}

function figure(value: number | undefined): string {
  return value === undefined ? '-' : String(value);
}
