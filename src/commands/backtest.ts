import { resolve } from 'node:path';
import { type BacktestInput, backtest, type ReplayedDay, type ReplayedRule } from '../app/backtest.ts';
import { toShownDay, toWithhold } from '../app/personal-use.ts';
import { findRule, storedGroups } from '../app/rule-kit.ts';
import type { App } from '../app.ts';
import { addDays, toDay } from '../model/instant.ts';
import { createJsonWriter } from './backtest-json.ts';
import { type ListedDay, toBacktestLines, toListedDay } from './backtest-lines.ts';
import { ExitCode } from './exit-code.ts';
import { interruptible } from './interruption.ts';
import { type AddCommand, collectValues, globalOptions, print, wholeNumber, withApp } from './options.ts';
import { createCount } from './progress.ts';

interface BacktestOptions {
  readonly days: number;
  readonly group: readonly string[];
}

/** `backtest RULE`: what a rule would have found on the stored snapshots. */
export const addBacktest: AddCommand = (command, finish) => {
  command
    .argument('<rule>', 'the id of a rule, or the path of a rule file, installed or not')
    .option('--days <n>', 'so many days back', wholeNumber(1, 3650), 90)
    .option('--group <id>', 'only this group (repeatable)', collectValues, [])
    .addHelpText(
      'after',
      '\nExit codes: 0 replayed; 3 the rule itself failed on some day, or could be judged on no day of some group.',
    )
    .action(async (named: string, options: BacktestOptions, command) => {
      const global = globalOptions(command, 'error');
      const code = await interruptible(async (signal) => {
        await withApp(global, async (app) => {
          const rule = await findRule(app, /[./\\]/.test(named) ? resolve(named) : named);
          const asked: Asked = { rule, groups: storedGroups(app, options.group), back: options.days, signal };
          const isWhole = global.json ? await printAsJson(app, asked) : await printAsText(app, asked);
          if (!isWhole) finish(ExitCode.partial);
        });
      });
      if (code !== null) finish(code);
    });
};

interface Asked {
  readonly rule: ReplayedRule;
  readonly groups: readonly string[];
  readonly back: number;
  readonly signal: AbortSignal;
}

/** Prints group after group; whether the rule could be run on all that is stored. */
async function printAsText(app: App, asked: Asked): Promise<boolean> {
  let isWhole = true;
  for (const [index, group] of asked.groups.entries()) {
    const { runs, days } = replayGroup(app, asked, group);
    const listed: ListedDay[] = [];
    let isStopped = false;
    try {
      for await (const day of days) {
        isWhole &&= !hasFailed(day);
        listed.push(toListedDay(day));
      }
    } catch (error) {
      // What was judged so far was waited for.
      if (!asked.signal.aborted) throw error;
      isStopped = true;
    }
    isWhole &&= listed.some(isJudged);
    const lines = toBacktestLines({ group, days: listed, back: asked.back, runs, isStopped });
    print([...(index === 0 ? [] : ['']), ...lines].join('\n'));
    if (isStopped) return false;
  }
  return isWhole;
}

/** Prints the days as they are judged. One that is stopped ends in the middle: no reader takes it for whole. */
async function printAsJson(app: App, asked: Asked): Promise<boolean> {
  const { rule, back } = asked;
  const write = (text: string): void => void process.stdout.write(text);
  const json = createJsonWriter({ rule: rule.requirement.id, since: sinceOf(app, back) }, write);
  let isWhole = true;
  for (const group of asked.groups) {
    let judged = 0;
    json.beginGroup(group);
    for await (const day of replayGroup(app, asked, group).days) {
      isWhole &&= !hasFailed(day);
      if (isJudged(day)) judged += 1;
      json.day(day);
      // Whoever read it has seen enough, as in `| head`.
      if (process.stdout.errored !== null) return isWhole;
    }
    isWhole &&= judged > 0;
    json.endGroup();
  }
  json.end();
  return isWhole;
}

function replayGroup(app: App, { rule, back, signal }: Asked, group: string) {
  const snapshots = app.store.snapshots({ group, since: sinceOf(app, back) });
  const whose = { group, requirement: rule.requirement };
  const withhold = toWithhold(app, whose);
  const input = { rule, group, snapshots, log: app.log, signal, ...(withhold === undefined ? {} : { withhold }) };
  return { runs: snapshots.length, days: showing(input, toShownDay(app, whose)) };
}

async function* showing(
  input: BacktestInput,
  show: (day: ReplayedDay) => ReplayedDay,
): AsyncGenerator<ReplayedDay, undefined> {
  const count = createCount({
    stream: process.stderr,
    words: [`${input.group}: `, ' days judged'],
    now: () => performance.now(),
  });
  try {
    for await (const day of backtest({ ...input, progress: count.show })) yield show(day);
  } finally {
    count.end();
  }
}

/** Days are whole days of UTC, today's and so many before it. */
function sinceOf({ clock }: App, back: number): string {
  return `${addDays(toDay(clock.now()), -back)}T00:00:00.000Z`;
}

function isJudged({ verdict }: Pick<ReplayedDay, 'verdict'>): boolean {
  return verdict !== 'not_evaluated';
}

/** Whether the rule went wrong: a section that was not obtained then is told, and nobody's fault now. */
function hasFailed({ reason }: ReplayedDay): boolean {
  return reason?.kind === 'rule_failed' || reason?.kind === 'timed_out';
}
