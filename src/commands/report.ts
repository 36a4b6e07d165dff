import { writeFileSync } from 'node:fs';
import { Option } from 'commander';
import { UsageError } from '../app/complaint.ts';
import { FORMATS, type Format, formatReports } from '../app/formats.ts';
import { shownReport } from '../app/personal-use.ts';
import type { App } from '../app.ts';
import type { Report } from '../model/report.ts';
import { printReport } from './colours.ts';
import { type AddCommand, globalOptions, say, withApp } from './options.ts';

interface ReportOptions {
  readonly audit?: string;
  readonly group?: string;
  readonly format: Format;
  readonly output?: string;
}

/** `report RUN`: the report of a stored run, in any format, with the rules as they were. */
export const addReport: AddCommand = (command) => {
  command
    .argument('<run>', "a run's id, as `runs` lists it, or `latest`")
    .option('--audit <name>', 'with latest: the last run of this audit')
    .option('--group <id>', 'with latest: the last run of this group')
    .addOption(new Option('--format <format>', 'what is printed').choices(FORMATS).default('text'))
    .option('--output <file>', 'write it into this file instead of printing it')
    .action(async (run: string, options: ReportOptions, command) => {
      const global = globalOptions(command, 'warn');
      await withApp(global, (app) => show(app, run, { ...options, format: global.json ? 'json' : options.format }));
    });
};

function show(app: App, run: string, { output, format, ...query }: ReportOptions): void {
  const report = run === 'latest' ? latest(app, query) : stored(app, run);
  const text = formatReports([shownReport(app, report)], format, { look: app.config.report, templates: app.templates });
  if (output === undefined) return printReport(text, format);
  writeFileSync(output, text, { mode: 0o600 });
  say(`wrote ${output}`);
}

function stored({ store }: App, run: string): Report {
  const report = store.report(run);
  if (report === null) throw new UsageError(`there is no report of a run "${run}"; \`vt-auditor runs\` lists the runs`);
  return report;
}

/** The newest run that has a report: not one that is still running, nor one whose process died. */
function latest({ store }: App, query: { readonly audit?: string; readonly group?: string }): Report {
  for (const { run } of store.runs({ limit: 1000, ...query })) {
    const report = store.report(run.id);
    if (report !== null) return report;
  }
  const of = [query.audit, query.group].filter((name) => name !== undefined).join(', ');
  throw new UsageError(`there is no report yet${of === '' ? '' : ` of ${of}`}; \`vt-auditor run\` makes one`);
}
