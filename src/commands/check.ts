import { type CheckLine, checkOffline, checkOnline } from '../app/check.ts';
import type { App } from '../app.ts';
import { wrapLine } from '../model/wrapped-line.ts';
import { ExitCode } from './exit-code.ts';
import { edgeOf } from './fitted-table.ts';
import { type AddCommand, globalOptions, print, printJson, withApp } from './options.ts';
import { printable } from './table.ts';

/** `check`: whether the auditor can do its job as configured. */
export const addCheck: AddCommand = (command, finish) => {
  command.option('--offline', 'make no connection').action(async (options: { offline?: boolean }, command) => {
    const global = globalOptions(command, 'error');
    const check = async (app: App): Promise<void> => {
      const offline = await checkOffline(app);
      const lines = options.offline === true ? offline : [...offline, ...(await checkOnline(app))];
      if (global.json) printJson(lines);
      else print(lines.map(toLine).join('\n'));
      finish(lines.some(({ state }) => state === 'failed') ? ExitCode.couldNot : ExitCode.done);
    };
    // Before an upgrade it is asked beside the daemon of the older version, whose database must stay as it is.
    await withApp(global, check, 'onlooker');
  });
};

const MARKS: Readonly<Record<CheckLine['state'], string>> = { ok: 'ok      ', warning: 'look    ', failed: 'FAILED  ' };

function toLine({ state, about, text }: CheckLine): string {
  const line = `${MARKS[state]}${printable(about)}: ${printable(text)}`;
  const edge = edgeOf();
  return edge === null ? line : wrapLine(line, edge, ' '.repeat(MARKS.ok.length)).join('\n');
}
