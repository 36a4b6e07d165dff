import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { UsageError } from '../app/complaint.ts';
import { nothingOpen, refuseUseless } from '../app/useless-waivers.ts';
import { type Acceptance, toWaiverText, waiverFor, waiversForOpen, writeWaivers } from '../app/waive.ts';
import type { App } from '../app.ts';
import { type AddCommand, collectValues, globalOptions, print, say, withApp } from './options.ts';

interface WaiveOptions {
  readonly reason: string;
  readonly approvedBy: string;
  readonly until: string;
  readonly ticket?: string;
  readonly group: readonly string[];
  readonly rule: readonly string[];
  readonly key?: string;
  readonly open?: boolean;
  readonly print?: boolean;
  readonly yes?: boolean;
}

/** `waive`: accepts a finding, or all that are open, for a time. */
export const addWaive: AddCommand = (command) => {
  command
    .argument('[rule]', 'the rule, as `findings` names it')
    .argument('[subject]', 'the id or the e-mail address of the subject')
    .requiredOption('--reason <text>', 'why it is accepted')
    .requiredOption('--approved-by <person>', 'who accepted it')
    .requiredOption('--until <date>', 'the last day on which it counts, such as 2027-03-31')
    .option('--ticket <id>', 'the record of the approval')
    .option('--group <id>', 'only in this group (with --open repeatable)', collectValues, [])
    .option('--key <key>', 'only this of the subject, such as one quota')
    .option('--open', 'one entry for every finding that is open and not waived')
    .option('--rule <id>', 'with --open: only findings of this rule (repeatable)', collectValues, [])
    .option('--print', 'print the entry to commit by hand; write nothing')
    .option('--yes', 'with --open: do not ask')
    .action(async (rule: string | undefined, subject: string | undefined, options: WaiveOptions, command: Command) => {
      await withApp(globalOptions(command, 'warn'), (app) => waive(app, { rule, subject }, options));
    });
};

async function waive(
  app: App,
  { rule, subject }: { readonly rule: string | undefined; readonly subject: string | undefined },
  options: WaiveOptions,
): Promise<void> {
  const entries = entriesOf(app, { rule, subject }, options);
  if (entries.length === 0) {
    say('Nothing is open that is not waived already.');
    return;
  }
  await refuseUseless(app, entries);
  if (options.print === true) {
    print(toWaiverText(entries));
    return;
  }
  if (options.open === true) {
    print(toWaiverText(entries));
    if (options.yes !== true && !(await isAgreed(entries.length))) {
      say('Nothing was written.');
      return;
    }
  }
  const file = await writeWaivers(app, entries);
  say(`Wrote ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'} to ${file}. The next audit counts them.`);
}

function entriesOf(
  app: App,
  { rule, subject }: { readonly rule: string | undefined; readonly subject: string | undefined },
  options: WaiveOptions,
): ReturnType<typeof waiversForOpen> {
  const { reason, approvedBy, until, ticket = null, group, key = null } = options;
  const acceptance: Acceptance = { reason, approvedBy, until, ticket };
  if (options.open === true) {
    if (rule !== undefined) throw new UsageError('--open takes no rule and subject; narrow it with --rule and --group');
    return waiversForOpen(app, { rules: options.rule, groups: group }, acceptance);
  }
  if (rule === undefined || subject === undefined)
    throw new UsageError('say what to waive: a rule and a subject, or --open for everything that is open');
  if (group.length > 1) throw new UsageError('one entry is about one group, or without --group about all');
  const target = { rule, subject, group: group[0] ?? null, key };
  const entry = waiverFor(app, target, acceptance);
  const doubt = nothingOpen(app, target);
  if (doubt !== null) say(`Note: ${doubt}.`);
  return [entry];
}

async function isAgreed(count: number): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError('there is no terminal to ask at; a script says --yes. Nothing was written');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(`Write these ${count} entries? Type yes: `)).trim() === 'yes';
  } finally {
    lines.close();
  }
}
