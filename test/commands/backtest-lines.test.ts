import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplayedDay } from '../../src/app/backtest.ts';
import { type Replayed, toBacktestLines, toListedDay } from '../../src/commands/backtest-lines.ts';
import type { Finding } from '../../src/model/finding.ts';
import { buildFinding } from '../support/report-builder.ts';

function day(on: string, over: Partial<ReplayedDay> = {}): ReplayedDay {
  return { day: on, run: `run ${on}`, verdict: 'passed', reason: null, opened: [], closed: [], open: 0, ...over };
}

function finding(id: string, over: Partial<Finding> = {}): Finding {
  return buildFinding({
    subject: { kind: 'member', id },
    key: '',
    severity: 'high',
    message: `${id} is outside`,
    ...over,
  });
}

function linesOf(days: readonly ReplayedDay[], over: Partial<Replayed> = {}): readonly string[] {
  const listed = days.map((one) => toListedDay(one));
  return toBacktestLines({ group: 'acme_soc', days: listed, back: 90, runs: days.length, isStopped: false, ...over });
}

const dark = (on: string, text: string, open = 0): ReplayedDay =>
  day(on, { verdict: 'not_evaluated', reason: { kind: 'not_collected', text }, open });

test('shows the days as marks, then what opened, closed and could not be judged', () => {
  const lines = linesOf([
    dark('2026-10-29', 'members: HTTP 503'),
    dark('2026-10-30', 'members: HTTP 503'),
    day('2026-10-31', { verdict: 'breached', opened: [finding('ana')], open: 1 }),
    dark('2026-11-01', 'members: HTTP 503', 1),
    day('2026-11-05', { verdict: 'breached', closed: [finding('ana', { because: 'left_group' })], open: 12 }),
    day('2026-11-06'),
  ]);
  assert.deepEqual(lines, [
    'acme_soc: 6 days with a snapshot, 2026-10-29 to 2026-11-06',
    '',
    '           1   5    10   15   20   25   30',
    `  2026-10  ${' '.repeat(28)}??1`,
    '  2026-11  ?___+.',
    '           . nothing open   1-9 so many open   + more   ? not evaluated   _ no snapshot',
    '',
    '  2026-10-29 to 2026-10-30  not evaluated: members: HTTP 503',
    '  2026-10-31  opened  member ana: high: ana is outside',
    '  2026-11-01  not evaluated: members: HTTP 503',
    '  2026-11-02 to 2026-11-04  no snapshot',
    '  2026-11-05  closed  member ana: no longer in the group',
    '',
    '  1 opened, 1 closed, 0 open on 2026-11-06; 3 days not evaluated, on which open findings stay open',
  ]);
});

test('a rule that breaches for everybody does not hide the other days', () => {
  const opened = Array.from({ length: 40 }, (_, index) => finding(`m${index}`));
  const lines = linesOf([day('2026-11-05', { verdict: 'breached', opened, open: 40 })]);
  assert.equal(lines.filter((line) => line.includes('opened')).length, 12 + 1 + 1);
  assert.ok(lines.includes('  2026-11-05  opened  28 more findings (--json has all)'));
});

test('says that there is nothing to look back on', () => {
  assert.deepEqual(linesOf([], { back: 30 }), [
    'acme_soc: no snapshot of the last 30 days is stored; run an audit first',
  ]);
});

test('the more days have findings, the fewer of each are written out', () => {
  const days = Array.from({ length: 60 }, (_, index) => {
    const on = new Date(Date.UTC(2026, 8, 1 + index)).toISOString().slice(0, 10);
    const opened = Array.from({ length: 3000 }, (_member, number) => finding(`m${index}-${number}`));
    return day(on, { verdict: 'breached', opened, closed: opened, open: 3000 });
  });
  const lines = linesOf(days);
  assert.equal(lines.filter((line) => line.includes('  opened  member')).length, 60 * 2);
  assert.equal(lines.filter((line) => line.endsWith('2998 more findings (--json has all)')).length, 60 * 2);
  assert.match(lines.at(-1) ?? '', /^ {2}180000 opened, 180000 closed, 3000 open on 2026-10-30$/);
});

test('a rule that could be judged on no day is not said to have found nothing', () => {
  const lines = linesOf([dark('2026-11-05', 'members: HTTP 503'), dark('2026-11-06', 'members: HTTP 503')]);
  assert.equal(lines.at(-1), '  the rule could be judged on none of these days: what it would have found is not known');
});

test('says which of several runs on a day counts', () => {
  const lines = linesOf([day('2026-11-05'), day('2026-11-06')], { runs: 9 });
  assert.deepEqual(lines.slice(-2), [
    '  0 opened, 0 closed, 0 open on 2026-11-06',
    '  9 runs are stored; of each day the one counts that has most of what the rule needs, the latest of those',
  ]);
});

test('says where it was stopped', () => {
  const lines = linesOf([day('2026-11-05'), day('2026-11-06')], { runs: 9, isStopped: true });
  assert.equal(lines.at(-1), '  stopped: what came after 2026-11-06 was not judged');
  assert.deepEqual(linesOf([], { isStopped: true }), ['acme_soc: stopped before the first day was judged']);
});
