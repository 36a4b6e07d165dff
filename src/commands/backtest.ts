import { resolve } from 'node:path';
import { backtest, type ReplayedDay } from '../app/backtest.ts';
import { shownDays } from '../app/personal-use.ts';
import { findRule } from '../app/rule-kit.ts';
import type { Finding } from '../model/finding.ts';
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
import { printable } from './table.ts';

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
        const groups = options.group.length > 0 ? options.group : app.config.groups.map(({ id }) => id);
        const replays = [];
        for (const group of groups) {
          const snapshots = app.store.snapshots({ group, since });
          const days = await backtest({ rule, group, snapshots, log: app.log, progress: showProgress(group) });
          replays.push({ group, days: shownDays(app, { group, requirement: rule.requirement }, days) });
        }
        const { id } = rule.requirement;
        if (global.json) printJson({ rule: id, since, groups: replays });
        else print(replays.flatMap(({ group, days }) => toLines(group, days, options.days)).join('\n'));
      });
    });
};

function showProgress(group: string): (done: number, total: number) => void {
  return (done, total) => {
    if (process.stderr.isTTY && (done % 10 === 0 || done === total)) say(`${group}: ${done} of ${total} days`);
  };
}

function toLines(group: string, days: readonly ReplayedDay[], back: number): readonly string[] {
  const last = days.at(-1);
  if (last === undefined) return [`${group}: no snapshot of the last ${back} days is stored; run an audit first`];
  const opened = days.reduce((sum, day) => sum + day.opened.length, 0);
  const closed = days.reduce((sum, day) => sum + day.closed.length, 0);
  return [
    `${group}: ${days.length} days with a snapshot, ${days[0]?.day ?? last.day} to ${last.day}`,
    ...days.flatMap(dayLines),
    `  ${opened} opened, ${closed} closed, ${last.open} open on ${last.day}`,
  ];
}

/** A day on which nothing opened, closed or failed needs no line. */
function dayLines({ day, verdict, reason, opened, closed }: ReplayedDay): readonly string[] {
  const failed = verdict === 'not_evaluated' ? [`  ${day}  ?  not evaluated: ${printable(reason?.text ?? '')}`] : [];
  return [
    ...failed,
    ...opened.map((finding) => `  ${day}  +  ${findingText(finding)}`),
    ...closed.map((finding) => `  ${day}  -  ${findingText(finding)} [${finding.because}]`),
  ];
}

function findingText({ severity, subject, key, message }: Finding): string {
  return printable(`${severity} ${subject.kind} ${subject.id}${key === '' ? '' : ` (${key})`}: ${message}`);
}
