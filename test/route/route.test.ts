import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../src/model/finding.ts';
import type { Report } from '../../src/model/report.ts';
import type { SendSettings } from '../../src/model/settings.ts';
import type { Told } from '../../src/model/told.ts';
import { route } from '../../src/route/route.ts';

const AT = '2026-11-16T08:00:00.000Z';
const BEFORE = '2026-11-09T08:00:00.000Z';

function finding(id: string, extra: Partial<Finding> = {}): Finding {
  return {
    id,
    group: 'g',
    rule: 'r',
    severity: 'high',
    state: 'persisting',
    subject: { kind: 'member', id },
    key: '',
    message: id,
    evidence: {},
    because: 'group_changed',
    openedAt: BEFORE,
    firstSeenAt: BEFORE,
    lastSeenAt: AT,
    lastOpenAt: null,
    resolvedAt: null,
    resetsAt: null,
    baseline: false,
    waiver: null,
    acknowledged: null,
    ...extra,
  };
}

function report(
  findings: readonly Finding[],
  status: Report['run']['status'] = 'complete',
  section = 'members',
): Report {
  const reason = { kind: 'not_collected', text: 'no answer' } as const;
  return {
    run: { status, failure: null },
    rules: [],
    disabled: [],
    brokenRules: [],
    sections: status === 'complete' ? [] : [{ name: section, reason }],
    findings,
    waivers: { inForce: [], bad: [] },
  } as unknown as Report;
}

function send(extra: Partial<SendSettings> = {}): SendSettings {
  return { to: 'team', when: 'always', minSeverity: 'low', rules: null, states: null, domains: null, ...extra };
}

function told(id: string, extra: Partial<Told> = {}): Told {
  return {
    audit: 'weekly',
    channel: 'team',
    finding: id,
    severity: 'high',
    state: 'open',
    at: BEFORE,
    count: 1,
    ...extra,
  };
}

const DAYS = [1, 3, 7, 14];
const SCALE = { critical: DAYS, high: DAYS, medium: DAYS, low: DAYS };

const complete = told('status', { state: 'complete' });

function routed(
  findings: readonly Finding[],
  before: readonly Told[],
  settings: Partial<SendSettings> = {},
  status: Report['run']['status'] = 'complete',
  ended: readonly Finding[] = [],
) {
  return route({
    report: report(findings, status),
    audit: 'weekly',
    send: send(settings),
    ended,
    told: before,
    reminders: SCALE,
    reader: 'audit',
    at: new Date(AT),
  });
}

test('a finding that another audit saw first is still new to this reader, once', () => {
  const first = routed([finding('a')], []);
  assert.deepEqual([...(first?.routed.news ?? [])], ['a']);
  assert.equal(first?.routed.report.findings[0]?.state, 'new');
  const second = routed([finding('a')], first?.told ?? []);
  assert.deepEqual([...(second?.routed.news ?? [])], []);
  assert.equal(second?.routed.report.findings[0]?.state, 'persisting');
});

test('changes sends nothing when nothing is news', () => {
  const lately = told('a', { at: '2026-11-16T07:00:00.000Z' });
  assert.equal(routed([finding('a')], [lately, complete], { when: 'changes' }), null);
  assert.notEqual(routed([finding('a'), finding('b')], [lately, complete], { when: 'changes' }), null);
});

test('findings sends while something is open and not waived', () => {
  const waiver = { reason: 'r', approvedBy: 'x', expires: '2026-12-01', ticket: null, expired: false };
  assert.notEqual(routed([finding('a')], [told('a'), complete], { when: 'findings' }), null);
  assert.equal(routed([finding('a', { waiver })], [told('a'), complete], { when: 'findings' }), null);
  assert.equal(routed([finding('a', { state: 'resolved' })], [told('b'), complete], { when: 'findings' }), null);
});

test('a resolved finding is news only to whom it was told as open', () => {
  const resolved = finding('a', { state: 'resolved', resolvedAt: AT });
  assert.deepEqual([...(routed([resolved], [told('a')])?.routed.news ?? [])], ['a']);
  assert.deepEqual(routed([resolved], [complete])?.routed.report.findings, []);
  assert.deepEqual(routed([resolved], [told('a', { state: 'closed' })])?.routed.report.findings, []);
});

test('the severity filter hides and counts, except the end of what was told', () => {
  const low = finding('a', { severity: 'low' });
  const hidden = routed([low], [], { minSeverity: 'high' });
  assert.deepEqual([hidden?.routed.report.findings.length, hidden?.routed.hidden], [0, 1]);
  assert.equal(routed([low], [told('a')], { minSeverity: 'high' })?.routed.report.findings.length, 1);
});

test('a raised severity is news, a lowered one is not', () => {
  assert.equal(routed([finding('a', { severity: 'critical' })], [told('a')])?.routed.news.size, 1);
  assert.equal(routed([finding('a', { severity: 'low' })], [told('a')])?.routed.news.size, 0);
});

test('a finding that closed and came back between two reports is news', () => {
  assert.equal(routed([finding('a', { openedAt: '2026-11-10T00:00:00.000Z' })], [told('a')])?.routed.news.size, 1);
});

test('a waived finding is no news; when the waiver ends it is', () => {
  const waiver = { reason: 'r', approvedBy: 'x', expires: '2026-11-12', ticket: null, expired: false };
  const first = routed([finding('a', { waiver })], []);
  assert.equal(first?.routed.news.size, 0);
  const ended = routed([finding('a', { waiver: { ...waiver, expired: true } })], first?.told ?? []);
  assert.deepEqual([...(ended?.routed.news ?? [])], ['a']);
});

test('a run that could not look passes every filter', () => {
  for (const status of ['partial', 'failed'] as const) {
    assert.notEqual(routed([], [complete], { when: 'changes', minSeverity: 'critical' }, status), null);
  }
});

test('the same cause is told once, then again after a day; its end is told', () => {
  const first = routed([], [complete], { when: 'changes' }, 'partial');
  const again = (at: string, status: Report['run']['status'] = 'partial', section = 'members') =>
    route({
      report: report([], status, section),
      audit: 'weekly',
      send: send({ when: 'changes' }),
      ended: [],
      told: first?.told ?? [],
      reminders: SCALE,
      reader: 'audit',
      at: new Date(at),
    });
  assert.equal(again('2026-11-16T09:00:00.000Z'), null);
  assert.notEqual(again('2026-11-17T08:00:00.000Z'), null);
  assert.notEqual(again('2026-11-16T09:00:00.000Z', 'partial', 'group'), null);
  assert.notEqual(again('2026-11-16T09:00:00.000Z', 'complete'), null);
});

test('what another audit closed is told to who was told that it is open, once', () => {
  const closed = finding('a', { state: 'resolved', resolvedAt: '2026-11-12T08:00:00.000Z' });
  const first = routed([], [told('a'), complete], { when: 'changes' }, 'complete', [closed]);
  assert.deepEqual([...(first?.routed.news ?? [])], ['a']);
  assert.deepEqual(
    first?.routed.report.findings.map(({ id, state }) => [id, state]),
    [['a', 'resolved']],
  );
  assert.equal(routed([], merge([complete], first?.told ?? []), { when: 'changes' }, 'complete', [closed]), null);
  assert.equal(routed([], [complete], { when: 'changes' }, 'complete', [closed]), null);
  const back = finding('a', { state: 'new', openedAt: AT });
  assert.deepEqual(
    routed([back], [told('a'), complete], {}, 'complete', [closed])?.routed.report.findings.map(({ state }) => state),
    ['new'],
  );
});

test('what was in a message that nobody got is told again, as if it had never been said', () => {
  const lost = [told('a', { state: 'unheard' }), told('status', { state: 'unheard' })];
  const closed = finding('b', { state: 'resolved', resolvedAt: BEFORE });
  const again = routed([finding('a')], [...lost, told('b')], { when: 'changes' }, 'complete', [closed]);
  assert.deepEqual(new Set(again?.routed.news), new Set(['a', 'b']));
  assert.equal(again?.routed.firstReport, false);
  assert.equal(routed([finding('a')], lost)?.routed.firstReport, true, 'nothing at all was ever heard');
});

test('who hears only of endings hears of those that another audit saw since, and of none before the first report', () => {
  const only = { states: ['resolved'], when: 'changes' } as const;
  const closed = (resolvedAt: string) => finding('a', { state: 'resolved', resolvedAt });
  const later = routed([], [complete], only, 'complete', [closed('2026-11-12T08:00:00.000Z')]);
  assert.deepEqual([...(later?.routed.news ?? [])], ['a']);
  assert.equal(routed([], [complete], only, 'complete', [closed('2026-11-02T08:00:00.000Z')]), null);
  assert.equal(routed([], [], only, 'complete', [closed('2026-11-12T08:00:00.000Z')]), null);
});

test('a first report that is complete and clean says nothing to whom only changes matter', () => {
  assert.equal(routed([], [], { when: 'changes' }), null);
  assert.notEqual(routed([], []), null);
});

/** The days, of so many, on which an hourly audit tells a reader of changes about what `at` finds open. */
function daysTold(days: number, findingsOn: (day: number) => readonly Finding[], scale = SCALE): readonly number[] {
  const sent: number[] = [];
  let before: readonly Told[] = [complete];
  for (let hour = 0; hour <= days * 24; hour += 1) {
    const at = new Date(Date.parse(AT) + hour * 3_600_000);
    const one = route({
      report: report(findingsOn(Math.floor(hour / 24))),
      audit: 'weekly',
      send: send({ when: 'changes' }),
      ended: [],
      told: before,
      reminders: scale,
      reader: 'audit',
      at,
    });
    if (one === null) continue;
    sent.push(hour / 24);
    before = merge(before, one.told);
  }
  return sent;
}

function merge(before: readonly Told[], now: readonly Told[]): readonly Told[] {
  return [...new Map(before.concat(now).map((entry) => [entry.finding, entry])).values()];
}

const open = (id: string, extra: Partial<Finding> = {}) => finding(id, { openedAt: AT, ...extra });

test('reminders of what stays open come after 1, 3, 7 and 14 days, then every 14', () => {
  assert.deepEqual(
    daysTold(60, () => [open('a')]),
    [0, 1, 3, 7, 14, 28, 42, 56],
  );
});

test('a severity has a scale of its own, and may have none', () => {
  assert.deepEqual(
    daysTold(7, () => [open('a')], { ...SCALE, high: [2] }),
    [0, 2, 4, 6],
  );
  assert.deepEqual(
    daysTold(30, () => [open('a')], { ...SCALE, high: [] }),
    [0],
  );
});

test('a severity that changes breaks the silence and starts the scale anew', () => {
  assert.deepEqual(
    daysTold(9, (day) => [open('a', { severity: day < 5 ? 'high' : 'low' })]),
    [0, 1, 3, 5, 6, 8],
  );
});

test('what is waived is not reminded of', () => {
  const waiver = { reason: 'r', approvedBy: 'x', expires: '2027-12-01', ticket: null, expired: false };
  assert.deepEqual(
    daysTold(30, (day) => [open('a', day < 2 ? {} : { waiver })]),
    [0, 1],
  );
});

test('the end of a waiver is announced 14 and 3 days ahead, once each', () => {
  const entry = { reason: 'r', approvedBy: 'x', expires: '2026-12-20', ticket: null };
  const inForce = [{ rule: 'r', group: null, subject: 'a', key: null, ...entry, endsAt: '2026-12-21T00:00:00.000Z' }];
  const sent: string[] = [];
  let before: readonly Told[] = [complete];
  for (let day = 0; day < 36; day += 1) {
    const at = new Date(Date.parse('2026-11-16T00:00:00.000Z') + day * 86_400_000);
    const one = route({
      report: {
        ...report([finding('a', { waiver: { ...entry, expired: at >= new Date('2026-12-21') } })]),
        waivers: { inForce, bad: [] },
      },
      audit: 'weekly',
      send: send({ when: 'changes' }),
      ended: [],
      told: before,
      reminders: SCALE,
      reader: 'audit',
      at,
    });
    if (one === null) continue;
    sent.push(at.toISOString().slice(5, 10));
    before = merge(before, one.told);
  }
  assert.deepEqual(sent, ['12-07', '12-18', '12-21']);
});

test('an operator hears that a run could not look, and that it can again, and nothing else', () => {
  const at = (status: Report['run']['status'], before: readonly Told[]) =>
    route({
      report: report([finding('a')], status),
      audit: 'weekly',
      send: send({ when: 'changes', minSeverity: 'critical' }),
      ended: [],
      told: before,
      reminders: SCALE,
      reader: 'operator',
      at: new Date(AT),
    });
  assert.equal(at('complete', []), null);
  const failed = at('failed', []);
  assert.notEqual(failed, null);
  assert.equal(at('failed', failed?.told ?? []), null);
  assert.notEqual(at('complete', failed?.told ?? []), null);
});

test('who hears only of endings hears of each, once, and of nothing else', () => {
  const only = { states: ['resolved'], when: 'changes' } as const;
  assert.equal(routed([finding('a', { state: 'new' })], [complete], only), null);
  const ended = routed([finding('a', { state: 'resolved', resolvedAt: AT }), finding('b')], [complete], only);
  assert.deepEqual(
    ended?.routed.report.findings.map(({ id }) => id),
    ['a'],
  );
});

test('who hears only of new findings is not sent an empty report when one ends', () => {
  const only = { states: ['new'], when: 'changes' } as const;
  const first = routed([finding('a', { state: 'new' })], [complete], only);
  assert.deepEqual([...(first?.routed.news ?? [])], ['a']);
  assert.equal(routed([finding('a', { state: 'resolved', resolvedAt: AT })], first?.told ?? [], only), null);
});

test('who hears only of what persists is told of it in the state that the group knows', () => {
  const persisting = routed([finding('a'), finding('b', { state: 'new' })], [complete], { states: ['persisting'] });
  assert.deepEqual(
    persisting?.routed.report.findings.map(({ id, state }) => [id, state]),
    [['a', 'persisting']],
  );
});
