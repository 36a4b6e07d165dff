import { createInterface } from 'node:readline/promises';
import { UsageError } from '../app/complaint.ts';
import { forgetLeaver, lookForLeaver } from '../app/forget.ts';
import { selectGroup } from '../app/manage.ts';
import { type AddCommand, globalOptions, print, printJson, say, withApp } from './options.ts';
import { printable } from './table.ts';

interface ForgetOptions {
  readonly group?: string;
  readonly yes?: boolean;
}

/** `forget ACCOUNT`: takes somebody who left out of the stored snapshots. */
export const addForget: AddCommand = (command) => {
  command
    .argument('<account>', 'its id')
    .option('--group <id>', 'the group (default: the only one in the configuration)')
    .option('--yes', 'do not ask')
    .action(async (account: string, options: ForgetOptions, command) => {
      const global = globalOptions(command, 'warn');
      await withApp(global, async (app) => {
        const group = selectGroup(app, options.group ?? null).id;
        const found = lookForLeaver(app, { group, account });
        if (found.sections + found.days === 0) {
          if (global.json) return printJson({ group, account, ...found });
          return print(printable(`No stored snapshot of ${group} names ${account}.`));
        }
        if (options.yes !== true && !(await isAgreed(`${describe(found)} of ${group} name ${account}.`))) {
          say('Nothing was forgotten.');
          return;
        }
        const forgotten = forgetLeaver(app, { group, account });
        if (global.json) return printJson({ group, account, ...forgotten });
        print(printable(`Forgot ${account} in ${describe(forgotten)} of ${group}.`));
        say('Findings, reports and receipts stay, as evidence; so do backups, until they are deleted.');
      });
    });
};

function describe({ sections, days }: ReturnType<typeof lookForLeaver>): string {
  return `${sections} stored ${sections === 1 ? 'section' : 'sections'} and ${days} ${days === 1 ? 'day' : 'days'} of use`;
}

async function isAgreed(sentence: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError(`${sentence} There is no terminal to ask at; a script says --yes. Nothing was forgotten`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(`${printable(sentence)} It cannot be taken back. Type yes: `)).trim() === 'yes';
  } finally {
    lines.close();
  }
}
