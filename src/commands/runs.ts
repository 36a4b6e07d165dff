import { type VerifiedGroup, verifyRuns } from '../app/verify-runs.ts';
import { ExitCode } from './exit-code.ts';
import { toFittedTable } from './fitted-table.ts';
import { type AddCommand, globalOptions, print, printJson, wholeNumber, withApp } from './options.ts';
import { printable } from './table.ts';

/** `runs`: what the database holds of past and present runs. */
export const addRuns: AddCommand = (command, finish) => {
  command
    .command('verify')
    .description('walk the chain of digests: is every report what was committed, and is no run missing?')
    .option('--group <id>', 'only of this group')
    .action(async (options: { group?: string }, verify) => {
      const global = globalOptions(verify, 'warn');
      const groups = await withApp(global, ({ store }) =>
        store
          .groups()
          .filter((group) => options.group === undefined || group === options.group)
          .map((group) => verifyRuns(store, group)),
      );
      if (options.group !== undefined && groups.length === 0)
        verify.error(`error: the database has no runs of ${options.group}`, { exitCode: ExitCode.couldNot });
      if (global.json) printJson(groups);
      else print(groups.length === 0 ? 'No runs yet.' : groups.map(toSentences).join('\n'));
      finish(groups.some(({ faults }) => faults.length > 0) ? ExitCode.findings : ExitCode.done);
    });
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

function toSentences({ group, runs, from, to, lastDigest, faults }: VerifiedGroup): string {
  const span = `${printable(group)}: ${runs} ${runs === 1 ? 'run' : 'runs'}, ${from ?? ''} to ${to ?? ''}`;
  if (faults.length > 0)
    return [`${span}: NOT what was committed`, ...faults.map(({ run, problem }) => `  ${run}: ${problem}`)].join('\n');
  return `${span}: all as committed. The last report's digest begins ${lastDigest?.slice(0, 12) ?? ''}; its mail's footer must say the same.`;
}

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
