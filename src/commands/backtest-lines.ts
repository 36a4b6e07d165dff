import type { ReplayedDay } from '../app/backtest.ts';
import type { Because, Finding } from '../model/finding.ts';
import { addDays, type Day, daysBetween, eachDay } from '../model/instant.ts';
import { printable } from './table.ts';

/** Findings of a day that are written out; a rule that breaches for everybody would hide all other days. */
const MOST_A_DAY = 12;

/** At least so many a day, however many days have some. */
const LEAST_A_DAY = 2;

/** Findings that are written out in all: what nobody reads hides the rest. */
const MOST_IN_ALL = 240;

/** Findings of a day of which the first are written out. */
export interface ListedFindings {
  readonly first: readonly Finding[];
  readonly count: number;
}

/** A day with as much of its findings as is shown: the whole of them may take more memory than there is. */
export interface ListedDay extends Omit<ReplayedDay, 'opened' | 'closed'> {
  readonly opened: ListedFindings;
  readonly closed: ListedFindings;
}

/** What is printed of a day. */
export function toListedDay({ opened, closed, ...day }: ReplayedDay): ListedDay {
  const toListed = (all: readonly Finding[]): ListedFindings => ({
    first: all.slice(0, MOST_A_DAY),
    count: all.length,
  });
  return { ...day, opened: toListed(opened), closed: toListed(closed) };
}

/** A replay of one group, as it is printed. */
export interface Replayed {
  readonly group: string;
  readonly days: readonly ListedDay[];
  /** Days back that were asked for. */
  readonly back: number;
  /** Runs that were stored in that time. */
  readonly runs: number;
  /** Somebody stopped it: later days were not judged. */
  readonly isStopped: boolean;
}

const CLOSED: Readonly<Record<Because, string>> = {
  group_changed: 'the group changed',
  left_group: 'no longer in the group',
  yardstick_changed: 'an approved list or option changed, not the group',
  rule_changed: 'the rule changed, not the group',
  reset: 'its period ended',
  aged_out: 'aged out',
  acknowledged: 'acknowledged',
  rule_disabled: 'the rule was switched off',
};

/** A replay as people read it: the days as marks, then what opened and closed when, then the sum. */
export function toBacktestLines({ group, days, back, runs, isStopped }: Replayed): readonly string[] {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) {
    const why = isStopped
      ? 'stopped before the first day was judged'
      : `no snapshot of the last ${back} days is stored`;
    return [`${group}: ${why}${isStopped ? '' : '; run an audit first'}`];
  }
  return [
    `${group}: ${many(days.length, 'day')} with a snapshot, ${first.day} to ${last.day}`,
    '',
    ...calendar(days),
    '',
    ...changes(days),
    sumLine(days, last),
    ...severalRuns(runs, days, isStopped),
    ...(isStopped ? [`  stopped: what came after ${last.day} was not judged`] : []),
  ];
}

function severalRuns(runs: number, days: readonly ListedDay[], isStopped: boolean): readonly string[] {
  if (isStopped || runs <= days.length) return [];
  return [
    `  ${runs} runs are stored; of each day the one counts that has most of what the rule needs, the latest of those`,
  ];
}

/** A line a month, a mark a day. */
function calendar(days: readonly ListedDay[]): readonly string[] {
  const byDay = new Map(days.map((day) => [day.day, day]));
  const [first = '', last = ''] = [days[0]?.day, days.at(-1)?.day];
  const months = Map.groupBy(eachDay(first, last), (day) => day.slice(0, 7));
  const rows = [...months].map(([month, all]) => {
    const before = ' '.repeat(Number(all[0]?.slice(8)) - 1);
    return `  ${month}  ${before}${all.map((day) => markOf(byDay.get(day))).join('')}`;
  });
  return [
    `           ${[1, 5, 10, 15, 20, 25, 30].map((day) => String(day).padEnd(day === 1 ? 4 : 5)).join('')}`.trimEnd(),
    ...rows,
    '           . nothing open   1-9 so many open   + more   ? not evaluated   _ no snapshot',
  ];
}

function markOf(day: ListedDay | undefined): string {
  if (day === undefined) return '_';
  if (day.verdict === 'not_evaluated') return '?';
  if (day.open === 0) return '.';
  return day.open > 9 ? '+' : String(day.open);
}

/** Days in a row that say the same are one line, and so are days without a snapshot. */
function changes(days: readonly ListedDay[]): readonly string[] {
  const lines: string[] = [];
  const most = mostADay(days);
  let previous: ListedDay | null = null;
  for (const [index, day] of days.entries()) {
    if (previous !== null && daysBetween(previous.day, day.day) > 1)
      lines.push(`  ${span(addDays(previous.day, 1), addDays(day.day, -1))}  no snapshot`);
    const reason = reasonOf(day);
    if (reason !== null && (previous === null || reasonOf(previous) !== reason || isGap(previous, day)))
      lines.push(`  ${span(day.day, lastAlike(days, index))}  not evaluated: ${printable(reason)}`);
    lines.push(...listed(day, 'opened', most), ...listed(day, 'closed', most));
    previous = day;
  }
  return lines.length === 0 ? [] : [...lines, ''];
}

/** The more days have findings to show, the fewer of each. */
function mostADay(days: readonly ListedDay[]): number {
  const lists = days.flatMap(({ opened, closed }) => [opened, closed]).filter(({ count }) => count > 0);
  return Math.max(LEAST_A_DAY, Math.min(MOST_A_DAY, Math.floor(MOST_IN_ALL / Math.max(1, lists.length))));
}

function listed({ day, ...lists }: ListedDay, what: 'opened' | 'closed', most: number): readonly string[] {
  const { first, count } = lists[what];
  const shown = first.slice(0, most).map((finding) => {
    const said = what === 'opened' ? `${finding.severity}: ${finding.message}` : CLOSED[finding.because];
    return `  ${day}  ${what}  ${printable(`${subjectOf(finding)}: ${said}`)}`;
  });
  const rest = count - shown.length;
  return rest === 0 ? shown : [...shown, `  ${day}  ${what}  ${many(rest, 'more finding')} (--json has all)`];
}

function subjectOf({ subject, key }: Finding): string {
  return `${subject.kind} ${subject.id}${key === '' ? '' : ` (${key})`}`;
}

function reasonOf({ verdict, reason }: ListedDay): string | null {
  return verdict === 'not_evaluated' ? (reason?.text ?? 'for a reason that was not given') : null;
}

function isGap(one: ListedDay, next: ListedDay): boolean {
  return daysBetween(one.day, next.day) > 1;
}

/** The last of the days in a row that were not evaluated for the same reason. */
function lastAlike(days: readonly ListedDay[], from: number): Day {
  const reason = days[from] === undefined ? null : reasonOf(days[from]);
  let end = from;
  for (const [offset, next] of days.slice(from + 1).entries()) {
    const current = days[from + offset];
    if (current === undefined || isGap(current, next) || reasonOf(next) !== reason) break;
    end = from + offset + 1;
  }
  return days[end]?.day ?? '';
}

function span(first: Day, last: Day): string {
  return first === last ? first : `${first} to ${last}`;
}

function sumLine(days: readonly ListedDay[], last: ListedDay): string {
  const opened = days.reduce((sum, day) => sum + day.opened.count, 0);
  const closed = days.reduce((sum, day) => sum + day.closed.count, 0);
  const dark = days.filter(({ verdict }) => verdict === 'not_evaluated').length;
  if (dark === days.length && opened === 0)
    return '  the rule could be judged on none of these days: what it would have found is not known';
  const unjudged = dark === 0 ? '' : `; ${many(dark, 'day')} not evaluated, on which open findings stay open`;
  return `  ${opened} opened, ${closed} closed, ${last.open} open on ${last.day}${unjudged}`;
}

function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
