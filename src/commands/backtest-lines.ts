import type { ReplayedDay } from '../app/backtest.ts';
import type { Because, Finding } from '../model/finding.ts';
import { addDays, type Day, daysBetween, eachDay } from '../model/instant.ts';
import { printable } from './table.ts';

/** Findings of a day that are written out; a rule that breaches for everybody would hide all other days. */
const MOST_A_DAY = 12;

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
export function toBacktestLines(group: string, days: readonly ReplayedDay[], back: number): readonly string[] {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined)
    return [`${group}: no snapshot of the last ${back} days is stored; run an audit first`];
  return [
    `${group}: ${many(days.length, 'day')} with a snapshot, ${first.day} to ${last.day}`,
    '',
    ...calendar(days),
    '',
    ...changes(days),
    sumLine(days, last),
  ];
}

/** A line a month, a mark a day. */
function calendar(days: readonly ReplayedDay[]): readonly string[] {
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

function markOf(day: ReplayedDay | undefined): string {
  if (day === undefined) return '_';
  if (day.verdict === 'not_evaluated') return '?';
  if (day.open === 0) return '.';
  return day.open > 9 ? '+' : String(day.open);
}

/** Days in a row that say the same are one line, and so are days without a snapshot. */
function changes(days: readonly ReplayedDay[]): readonly string[] {
  const lines: string[] = [];
  let previous: ReplayedDay | null = null;
  for (const [index, day] of days.entries()) {
    if (previous !== null && daysBetween(previous.day, day.day) > 1)
      lines.push(`  ${span(addDays(previous.day, 1), addDays(day.day, -1))}  no snapshot`);
    const reason = reasonOf(day);
    if (reason !== null && (previous === null || reasonOf(previous) !== reason || isGap(previous, day)))
      lines.push(`  ${span(day.day, lastAlike(days, index))}  not evaluated: ${printable(reason)}`);
    lines.push(...listed(day, 'opened', day.opened), ...listed(day, 'closed', day.closed));
    previous = day;
  }
  return lines.length === 0 ? [] : [...lines, ''];
}

function listed({ day }: ReplayedDay, what: 'opened' | 'closed', findings: readonly Finding[]): readonly string[] {
  const shown = findings.slice(0, MOST_A_DAY).map((finding) => {
    const said = what === 'opened' ? `${finding.severity}: ${finding.message}` : CLOSED[finding.because];
    return `  ${day}  ${what}  ${printable(`${subjectOf(finding)}: ${said}`)}`;
  });
  const rest = findings.length - shown.length;
  return rest === 0 ? shown : [...shown, `  ${day}  ${what}  ${many(rest, 'more finding')} (--json has all)`];
}

function subjectOf({ subject, key }: Finding): string {
  return `${subject.kind} ${subject.id}${key === '' ? '' : ` (${key})`}`;
}

function reasonOf({ verdict, reason }: ReplayedDay): string | null {
  return verdict === 'not_evaluated' ? (reason?.text ?? 'for a reason that was not given') : null;
}

function isGap(one: ReplayedDay, next: ReplayedDay): boolean {
  return daysBetween(one.day, next.day) > 1;
}

/** The last of the days in a row that were not evaluated for the same reason. */
function lastAlike(days: readonly ReplayedDay[], from: number): Day {
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

function sumLine(days: readonly ReplayedDay[], last: ReplayedDay): string {
  const opened = days.reduce((sum, day) => sum + day.opened.length, 0);
  const closed = days.reduce((sum, day) => sum + day.closed.length, 0);
  const dark = days.filter(({ verdict }) => verdict === 'not_evaluated').length;
  const unjudged = dark === 0 ? '' : `; ${many(dark, 'day')} not evaluated, on which open findings stay open`;
  return `  ${opened} opened, ${closed} closed, ${last.open} open on ${last.day}${unjudged}`;
}

function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
