import { resolve } from 'node:path';
import { backtest } from '../app/backtest.ts';
import { shownDays } from '../app/personal-use.ts';
import { findRule, storedGroups } from '../app/rule-kit.ts';
import { toBacktestLines } from './backtest-lines.ts';
import {
  type AddCommand,
  collectValues,
  globalOptions,
  print,
  printJson,
  say,
  wholeNumber,
  withApp,
} from './options.ts';

const DAY_MS = 86_400_000;

/** `backtest RULE`: what a rule would have found on the stored snapshots. */
export const addBacktest: AddCommand = (command) => {
  command
    .argument('<rule>', 'the id of a rule, or the path of a rule file, installed or not')
    .option('--days <n>', 'so many days back', wholeNumber(1, 3650), 90)
    .option('--group <id>', 'only this group (repeatable)', collectValues, [])
    .action(async (named: string, options: { days: number; group: readonly string[] }, command) => {
      const global = globalOptions(command, 'error');
      await withApp(global, async (app) => {
        const rule = await findRule(app, /[./\\]/.test(named) ? resolve(named) : named);
        const since = new Date(app.clock.now().getTime() - options.days * DAY_MS).toISOString();
        const groups = storedGroups(app, options.group);
        const replays = [];
        for (const group of groups) {
          const snapshots = app.store.snapshots({ group, since });
          const days = await backtest({ rule, group, snapshots, log: app.log, progress: showProgress(group) });
          replays.push({ group, days: shownDays(app, { group, requirement: rule.requirement }, days) });
        }
        const { id } = rule.requirement;
        if (global.json) printJson({ rule: id, since, groups: replays });
        else
          print(
            replays
              .flatMap(({ group, days }) => [...toBacktestLines(group, days, options.days), ''])
              .join('\n')
              .trimEnd(),
          );
      });
    });
};

function showProgress(group: string): (done: number, total: number) => void {
  return (done, total) => {
    if (process.stderr.isTTY && (done % 10 === 0 || done === total)) say(`${group}: ${done} of ${total} days`);
  };
}
