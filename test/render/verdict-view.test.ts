import assert from 'node:assert/strict';
import test from 'node:test';
import { viewOf } from '../support/render-builder.ts';
import {
  baselineReport,
  buildFinding,
  buildReport,
  buildRule,
  buildRun,
  cleanReport,
  failedReport,
  ordinaryReport,
  partialReport,
  passingRules,
} from '../support/report-builder.ts';

const WAIVER = { reason: 'r', approvedBy: 'ana', expires: '2026-12-31', ticket: null, expired: false };

test('a clean report says how many requirements are met, with a shape', () => {
  const { verdict, subject, strip } = viewOf(cleanReport());
  assert.equal(verdict.tone, 'met');
  assert.equal(verdict.shape, '✓');
  assert.equal(verdict.sentence, '7 of 7 requirements met');
  assert.equal(subject, '[Audit] northwind_dfir: 7 of 7 requirements met (weekly-review)');
  assert.deepEqual(
    strip.map(({ figure }) => figure),
    ['0', '0', '0', '0'],
  );
});

test('the headline says what is switched off and what is waived', () => {
  const rules = [...passingRules().slice(1), buildRule('members-use-2fa', { verdict: 'breached' })];
  const off = { id: 'x', title: 'X', reason: 'r', until: null, controls: {} };
  const findings = [buildFinding({ state: 'persisting', waiver: WAIVER })];
  const view = viewOf(buildReport({ rules, findings, disabled: [off, { ...off, id: 'y' }, { ...off, id: 'z' }] }));
  assert.equal(view.verdict.tone, 'met');
  assert.equal(view.verdict.sentence, '7 of 7 requirements met, 3 switched off, 1 waived');
});

test('an ordinary report counts what is new, open and resolved for this reader', () => {
  const view = viewOf(ordinaryReport());
  assert.equal(view.subject, '[Audit] northwind_dfir: 3 new, 5 open, 1 resolved (weekly-review)');
  assert.equal(view.verdict.sentence, '5 open problems, 3 of them new; 1 resolved');
  assert.equal(view.verdict.tone, 'open');
});

test('what this reader was told before is not new to them', () => {
  const view = viewOf(ordinaryReport(), 'full', { news: new Set() });
  assert.equal(view.strip[0]?.figure, '0');
  assert.equal(view.changes.empty, 'Nothing new and nothing closed since the last report.');
});

test('a partial run says so in the subject and shows no zero that it did not measure', () => {
  const findings: never[] = [];
  const view = viewOf({ ...partialReport(), findings });
  assert.match(view.subject, /^\[Audit\] northwind_dfir: INCOMPLETE, 2 could not be checked \(weekly-review\)$/);
  assert.deepEqual(
    view.strip.map(({ figure, note }) => [figure, note]),
    [
      ['–', 'not known'],
      ['–', 'not known'],
      ['–', 'not known'],
      ['2', 'requirements'],
    ],
  );
  assert.equal(view.verdict.tone, 'incomplete');
});

test('a partial run names what is missing, not what is merely not configured', () => {
  const { sentence } = viewOf(partialReport()).verdict;
  assert.match(sentence, /^Incomplete: the list of service accounts could not be read/);
});

test('a partial run never has the tone of a met one', () => {
  const report = buildReport({ rules: passingRules(), run: buildRun({ status: 'partial' }) });
  assert.equal(viewOf(report).verdict.tone, 'incomplete');
});

test('a failed run carries what was open and claims nothing else', () => {
  const view = viewOf(failedReport());
  assert.equal(view.subject, '[Audit] northwind_dfir: FAILED, 5 open, unverified (weekly-review)');
  assert.deepEqual(
    view.strip.map(({ figure }) => figure),
    ['–', '5', '–', '7'],
  );
  assert.equal(view.changes.empty, 'Not known: the run failed.');
});

test('a failed run without open findings says FAILED and no number', () => {
  const view = viewOf({ ...failedReport(), findings: [] });
  assert.match(view.subject, /^\[Audit\] northwind_dfir: FAILED \(weekly-review\)$/);
  assert.doesNotMatch(view.verdict.sentence, /met/);
});

test('a baseline says that it is one and calls nothing new', () => {
  const view = viewOf(baselineReport());
  assert.equal(view.subject, '[Audit] northwind_dfir: 5 open, first report (weekly-review)');
  assert.equal(view.strip[0]?.figure, '–');
  assert.equal(view.changes.groups.length, 0);
  assert.equal(view.open.heading, 'Open (5)');
  assert.match(view.notices.map(({ text }) => text).join(' '), /baseline/);
});

test('a narrowed run says so in the subject and on top', () => {
  const view = viewOf({ ...cleanReport(), run: buildRun({ narrowed: true }) });
  assert.match(view.subject, /, narrowed \(weekly-review\)$/);
  assert.match(view.notices[0]?.text ?? '', /not an official result/);
});

test('a reader whose filter hides findings is not told that all is well', () => {
  const report = buildReport({ rules: [buildRule('members-use-2fa', { verdict: 'breached' })] });
  const view = viewOf(report, 'full', { hidden: 3 });
  assert.equal(view.verdict.tone, 'open');
  assert.match(view.notices.map(({ text }) => text).join(' '), /3 open findings outside this reader’s filters/);
  assert.doesNotMatch(view.verdict.sentence, /1 of 1/);
  assert.match(view.subject, /3 outside the filters/);
});

test('closing for another reason than a change of the group is not called resolved', () => {
  const because = ['yardstick_changed', 'rule_changed', 'reset', 'aged_out', 'acknowledged', 'rule_disabled'] as const;
  const findings = because.map((reason, index) =>
    buildFinding({
      state: 'resolved',
      because: reason,
      subject: { kind: 'member', id: `m${index}` },
      acknowledged: reason === 'acknowledged' ? { by: 'ana', note: 'looked', at: '2026-11-22T00:00:00.000Z' } : null,
    }),
  );
  const view = viewOf(buildReport({ rules: passingRules(), findings }));
  assert.equal(view.strip[2]?.figure, '0');
  assert.deepEqual(
    view.changes.closed.map(({ word }) => word),
    ['Closed', 'Closed', 'Reset', 'Aged out', 'Acknowledged', 'Withdrawn'],
  );
  assert.match(view.changes.closed[3]?.why ?? '', /nobody looked/);
});

test('no form of a report claims compliance', () => {
  for (const report of [cleanReport(), ordinaryReport(), partialReport(), failedReport(), baselineReport()]) {
    assert.doesNotMatch(JSON.stringify(viewOf(report)), /complian|satisfied|certified/i);
  }
});
