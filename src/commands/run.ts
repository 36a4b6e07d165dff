import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import { deliverNow } from '../app/deliver-now.ts';
import { FORMATS, type Format, formatReports, requirePrintable, toFiles } from '../app/formats.ts';
import { selectJobs } from '../app/jobs.ts';
import { runAudit } from '../app/run-audit.ts';
import { type App, newRunId } from '../app.ts';
import type { Report } from '../model/report.ts';
import { SEVERITIES } from '../model/severity.ts';
import { printReport } from './colours.ts';
import { exitCodeOf, type FailOn } from './exit-code.ts';
import { type AddCommand, collectValues, globalOptions, say, wholeNumber, withApp } from './options.ts';
import { createProgress } from './progress.ts';

interface RunOptions {
  readonly group: readonly string[];
  readonly rule: readonly string[];
  readonly format: Format;
  readonly output?: string;
  readonly failOn: FailOn;
  readonly send?: boolean;
  readonly deliverWithin: number;
}

/** `run`: one audit now, printed, and sent as configured. */
export const addRun: AddCommand = (command, finish) => {
  command
    .argument('[audit...]', 'names of audits (default: all)')
    .option(
      '--group <id>',
      'only this group (repeatable); a narrowed run sends nothing unless --send',
      collectValues,
      [],
    )
    .option('--rule <id>', 'only this rule (repeatable); a narrowed run sends nothing unless --send', collectValues, [])
    .addOption(new Option('--format <format>', 'what is printed').choices(FORMATS).default('text'))
    .option('--output <folder>', 'also write the report in every format into this folder')
    .addOption(
      new Option('--fail-on <severity>', 'exit with 1 when a finding is open at this severity or above')
        .choices([...SEVERITIES, 'never'])
        .default('high'),
    )
    .option('--send', 'send the report of a narrowed run as well')
    .option('--no-send', 'send nothing')
    .option(
      '--deliver-within <seconds>',
      'without a daemon: how long to try before a message counts as owed',
      wholeNumber(0, 3600),
      30,
    )
    .action(async (audits: readonly string[], options: RunOptions, command) => {
      const global = globalOptions(command, process.stderr.isTTY ? 'warn' : 'info');
      await withApp(global, async (app) =>
        finish(await runNow(app, audits, { ...options, format: global.json ? 'json' : options.format })),
      );
    });
};

async function runNow(app: App, audits: readonly string[], options: RunOptions): Promise<number> {
  const at = app.clock.now();
  const narrowed = options.group.length > 0 || options.rule.length > 0;
  const context = await app.context(at);
  const jobs = selectJobs(
    { audits, groups: options.group, rules: options.rule },
    {
      config: app.config,
      rules: context.rules,
      trigger: 'manual',
      narrowed,
      isSending: options.send ?? !narrowed,
      at,
      runId: () => newRunId(at),
    },
  );
  // With --output a folder holds a page each; else standard output has room for one.
  if (options.output === undefined) requirePrintable(options.format, countReports(jobs));
  const progress = createProgress(process.stderr);
  const outcomes = (
    await Promise.all(jobs.map((job) => runAudit({ ...job, progress: progress.show }, context)))
  ).flat();
  progress.end();
  const reports = outcomes.map(({ report }) => report);
  show(reports, app, options);
  const owed = await deliverNow(
    app,
    outcomes.flatMap(({ messages }) => messages),
    options.deliverWithin * 1000,
  );
  for (const { channel, lastError } of owed)
    say(
      `not yet delivered: ${channel}: ${(lastError ?? 'no answer yet').replace(/\.$/, '')}; the daemon tries again, or \`vt-auditor deliveries retry ID\``,
    );
  return exitCodeOf(reports, options.failOn, owed.length > 0);
}

function countReports(jobs: ReturnType<typeof selectJobs>): number {
  return jobs.reduce((sum, { orders }) => sum + orders.length, 0);
}

function show(reports: readonly Report[], app: App, options: RunOptions): void {
  const looks = { look: app.config.report, templates: app.templates };
  const isOnePage = options.format !== 'html' || reports.length < 2;
  if (isOnePage) printReport(formatReports(reports, options.format, looks), options.format);
  if (options.output === undefined) return;
  mkdirSync(options.output, { recursive: true });
  for (const { name, content } of toFiles(reports, looks)) {
    const file = join(options.output, name);
    writeFileSync(file, content, { mode: 0o600 });
    say(`wrote ${file}`);
  }
}
