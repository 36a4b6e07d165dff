import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordedChange } from '../../src/model/change.ts';
import { type Finding, findingId } from '../../src/model/finding.ts';
import type { Breach, RuleResult } from '../../src/model/judgement.ts';
import type { Requirement } from '../../src/model/requirement.ts';
import type { Severity } from '../../src/model/severity.ts';
import type { Waiver } from '../../src/model/waiver.ts';
import type { PreviousMeasure } from '../../src/reconcile/because.ts';
import { type ReconcileInput, reconcile } from '../../src/reconcile/reconcile.ts';
import { refusedWaivers, unusedWaivers } from '../../src/reconcile/waive.ts';

const GROUP = 'northwind_dfir';
const RULE = 'members-use-2fa';
const T0 = new Date('2026-11-02T08:00:00Z');
const T1 = new Date('2026-11-09T08:00:00Z');
const T2 = new Date('2026-11-16T08:00:00Z');

const requirement: Requirement = {
  id: RULE,
  title: 'Members use a second factor',
  severity: 'high',
  tags: ['access'],
  why: 'A password alone is not enough.',
  fix: { text: 'Enrol a second factor.', effort: 'low' },
  controls: {},
  event: null,
  source: 'built-in',
  version: '1',
};

const eventRequirement: Requirement = { ...requirement, event: { agesOutAfterDays: 30 } };

function breach(id: string, extra: Partial<Breach> = {}): Breach {
  return {
    subject: { kind: 'member', id, email: `${id}@northwind.example` },
    message: `${id} has no second factor`,
    evidence: {},
    ...extra,
  };
}

function result(extra: Partial<RuleResult> = {}): RuleResult {
  const breaches = extra.breaches ?? [];
  return {
    rule: RULE,
    verdict: breaches.length > 0 ? 'breached' : 'passed',
    reason: null,
    lacking: null,
    breaches,
    unjudged: [],
    checked: 3,
    limits: [],
    ...extra,
  };
}

const judgedBefore: PreviousMeasure = { judgedBefore: true, versionChanged: false, breaches: null };

function input(at: Date, extra: Partial<ReconcileInput> = {}): ReconcileInput {
  return {
    group: GROUP,
    at,
    results: [result()],
    stored: [],
    requirements: new Map([[RULE, requirement]]),
    inScope: new Set([RULE]),
    measures: new Map([[RULE, judgedBefore]]),
    accounts: new Set(['ana', 'ben']),
    waivers: [],
    broken: new Set(),
    maxWaiverDays: { critical: 30, high: 90, medium: 180, low: 365 },
    acknowledgements: new Map(),
    changes: [],
    ...extra,
  };
}

/** A finding opened at T0 and open since. */
function opened(
  breaches: readonly Breach[] = [breach('ana')],
  extra: Partial<ReconcileInput> = {},
): readonly Finding[] {
  return reconcile(input(T0, { results: [result({ breaches })], ...extra }));
}

function only(findings: readonly Finding[]): Finding {
  assert.equal(findings.length, 1);
  return findings[0] as Finding;
}

test('a breach nobody knew is new, and says since when', () => {
  const finding = only(opened());
  assert.equal(finding.state, 'new');
  assert.equal(finding.because, 'group_changed');
  assert.equal(finding.openedAt, T0.toISOString());
  assert.equal(finding.id, findingId(GROUP, RULE, { kind: 'member', id: 'ana' }, ''));
});

test('the identity does not depend on message, evidence or severity', () => {
  const next = reconcile(
    input(T1, {
      stored: opened(),
      results: [result({ breaches: [breach('ana', { message: 'other', evidence: { n: 2 }, severity: 'critical' })] })],
    }),
  );
  assert.deepEqual(
    {
      state: only(next).state,
      severity: only(next).severity,
      message: only(next).message,
      openedAt: only(next).openedAt,
    },
    {
      state: 'persisting',
      severity: 'critical',
      message: 'other',
      openedAt: T0.toISOString(),
    },
  );
});

test('identities that could be confused are kept apart', () => {
  const ids = [
    findingId('a', 'b', { kind: 'member', id: 'c' }, 'd'),
    findingId('a', 'b', { kind: 'service_account', id: 'c' }, 'd'),
    findingId('a', 'b', { kind: 'member', id: 'c"' }, 'd'),
    findingId('a', 'b', { kind: 'member', id: 'c","d' }, ''),
    findingId('a","b', 'b', { kind: 'member', id: 'c' }, 'd'),
  ];
  assert.equal(new Set(ids).size, ids.length);
});

test('an open finding whose rule passes is resolved by the group', () => {
  const finding = only(reconcile(input(T1, { stored: opened() })));
  assert.deepEqual(
    [finding.state, finding.because, finding.resolvedAt],
    ['resolved', 'group_changed', T1.toISOString()],
  );
});

test('nothing is resolved when the rule could not be evaluated', () => {
  const reason = { kind: 'not_collected', text: 'members could not be read' } as const;
  const finding = only(
    reconcile(
      input(T1, { stored: opened(), results: [result({ verdict: 'not_evaluated', reason, lacking: reason })] }),
    ),
  );
  assert.deepEqual([finding.state, finding.resolvedAt], ['unverified', null]);
});

test('nothing is resolved when the rule breached but something it wanted was missing', () => {
  const reason = { kind: 'not_collected', text: 'consumption could not be read' } as const;
  const findings = reconcile(
    input(T1, { stored: opened(), results: [result({ breaches: [breach('ben')], reason, lacking: reason })] }),
  );
  assert.deepEqual(
    findings.map(({ subject, state }) => [subject.id, state]),
    [
      ['ana', 'unverified'],
      ['ben', 'new'],
    ],
  );
});

test('a subject that could not be judged keeps its finding, others resolve, whatever the verdict', () => {
  const stored = opened([breach('ana'), breach('ben')]);
  const unjudged = [
    {
      subject: { kind: 'member', id: 'ana' } as const,
      unknown: { kind: 'not_on_record', text: 'no address' } as const,
    },
  ];
  const clean = reconcile(
    input(T1, {
      stored,
      results: [result({ verdict: 'not_evaluated', reason: { kind: 'not_on_record', text: 'no address' }, unjudged })],
    }),
  );
  assert.deepEqual(
    clean.map(({ subject, state }) => [subject.id, state]),
    [
      ['ana', 'unverified'],
      ['ben', 'resolved'],
    ],
  );
  const judged = reconcile(input(T1, { stored, results: [result({ breaches: [breach('cy')], unjudged })] }));
  assert.deepEqual(
    judged.map(({ subject, state }) => [subject.id, state]),
    [
      ['ana', 'unverified'],
      ['ben', 'resolved'],
      ['cy', 'new'],
    ],
  );
});

test('an unverified finding is verified again as persisting, with its first day kept', () => {
  const unverified = reconcile(
    input(T1, {
      stored: opened(),
      results: [result({ verdict: 'not_evaluated', lacking: { kind: 'timed_out', text: 'late' } })],
    }),
  );
  const finding = only(reconcile(input(T2, { stored: unverified, results: [result({ breaches: [breach('ana')] })] })));
  assert.deepEqual([finding.state, finding.openedAt], ['persisting', T0.toISOString()]);
});

test('findings of rules that this run did not judge are not touched', () => {
  assert.deepEqual(reconcile(input(T1, { stored: opened(), results: [] })), []);
});

test('a rule in no audit any more withdraws its findings, a narrowed run does not', () => {
  const stored = opened();
  assert.deepEqual(reconcile(input(T1, { stored, results: [], inScope: new Set([RULE]) })), []);
  const finding = only(reconcile(input(T1, { stored, results: [], inScope: new Set() })));
  assert.deepEqual([finding.state, finding.because], ['withdrawn', 'rule_disabled']);
});

test('a finding that comes back is new and says when it was last open', () => {
  const resolved = reconcile(input(T1, { stored: opened() }));
  const finding = only(reconcile(input(T2, { stored: resolved, results: [result({ breaches: [breach('ana')] })] })));
  assert.deepEqual(
    [finding.state, finding.openedAt, finding.firstSeenAt, finding.lastOpenAt, finding.resolvedAt],
    ['new', T2.toISOString(), T0.toISOString(), T1.toISOString(), null],
  );
});

test('who left the group is said to have left, not to have been repaired', () => {
  assert.equal(only(reconcile(input(T1, { stored: opened(), accounts: new Set(['ben']) }))).because, 'left_group');
  assert.equal(only(reconcile(input(T1, { stored: opened(), accounts: null }))).because, 'group_changed');
});

test('an approved list that grew is not a resolved finding', () => {
  const stored = opened();
  const id = only(stored).id;
  const measures = new Map([[RULE, { judgedBefore: true, versionChanged: false, breaches: new Set([id]) }]]);
  assert.equal(only(reconcile(input(T1, { stored, measures }))).because, 'yardstick_changed');
});

test('a breach that only the new yardstick sees is not the group changing', () => {
  const measures = new Map([[RULE, { judgedBefore: true, versionChanged: false, breaches: new Set<string>() }]]);
  assert.equal(only(opened([breach('ana')], { measures })).because, 'yardstick_changed');
});

test('a new version of a rule is named as the cause', () => {
  const measures = new Map([[RULE, { judgedBefore: true, versionChanged: true, breaches: null }]]);
  assert.equal(only(opened([breach('ana')], { measures })).because, 'rule_changed');
  assert.equal(only(reconcile(input(T1, { stored: opened(), measures }))).because, 'rule_changed');
});

test('what the first audit of a rule finds is a baseline, and no change of the group', () => {
  const finding = only(opened([breach('ana')], { measures: new Map([['another-rule', judgedBefore]]) }));
  assert.deepEqual([finding.baseline, finding.because], [true, 'rule_changed']);
});

test('what the first audit of all finds is a baseline, and no change of a rule', () => {
  const finding = only(opened([breach('ana')], { measures: new Map() }));
  assert.deepEqual([finding.baseline, finding.because], [true, 'group_changed']);
});

test('a quota that was reset is not resolved', () => {
  const stored = opened([breach('ana', { resetsAt: '2026-11-09T00:00:00.000Z' })]);
  assert.equal(only(reconcile(input(T1, { stored }))).because, 'reset');
  const later = opened([breach('ana', { resetsAt: '2026-11-09T08:00:00.001Z' })]);
  assert.equal(only(reconcile(input(T1, { stored: later }))).because, 'group_changed');
});

test('hysteresis keeps an open finding open and opens none', () => {
  const results = [result({ verdict: 'breached', breaches: [breach('ana', { onlyIfOpen: true })] })];
  assert.equal(only(reconcile(input(T1, { stored: opened(), results }))).state, 'persisting');
  assert.deepEqual(reconcile(input(T1, { results })), []);
});

test('an event stays open until somebody acknowledges it', () => {
  const requirements = new Map([[RULE, eventRequirement]]);
  const stored = opened([breach('ana', { key: '2026-11-01' })], { requirements });
  const persisting = reconcile(input(T1, { stored, requirements }));
  assert.equal(only(persisting).state, 'persisting');
  const acknowledgements = new Map([
    [only(persisting).id, { by: 'ana', note: 'planned', at: '2026-11-10T00:00:00.000Z' }],
  ]);
  const closed = reconcile(
    input(T2, {
      stored: persisting,
      requirements,
      acknowledgements,
      results: [result({ breaches: [breach('ana', { key: '2026-11-01' })] })],
    }),
  );
  assert.equal(only(closed).because, 'acknowledged');
  assert.deepEqual(
    reconcile(
      input(T2, {
        stored: closed,
        requirements,
        results: [result({ breaches: [breach('ana', { key: '2026-11-01' })] })],
      }),
    ),
    [],
  );
});

test('an event that nobody looked at ages out on the day after its last, not before', () => {
  const requirements = new Map([[RULE, eventRequirement]]);
  const stored = opened([breach('ana')], { requirements });
  assert.equal(only(reconcile(input(new Date('2026-12-02T23:59:59Z'), { stored, requirements }))).state, 'persisting');
  const aged = only(reconcile(input(new Date('2026-12-03T00:00:00Z'), { stored, requirements })));
  assert.deepEqual([aged.state, aged.because], ['resolved', 'aged_out']);
});

const waiver = {
  rule: RULE,
  group: null,
  subject: 'ANA@northwind.example',
  key: null,
  reason: 'token on order',
  approvedBy: 'cho@northwind.example',
  expires: '2026-11-12',
  ticket: null,
  endsAt: '2026-11-12T23:00:00.000Z',
};

test('a waiver covers its subject by address in any case, to the end of its last day', () => {
  const results = [result({ breaches: [breach('ana'), breach('ben')] })];
  const during = reconcile(input(new Date('2026-11-12T22:59:59Z'), { results, waivers: [waiver] }));
  assert.deepEqual(
    during.map(({ subject, waiver: applied }) => [subject.id, applied?.expired]),
    [
      ['ana', false],
      ['ben', undefined],
    ],
  );
  const after = reconcile(input(new Date('2026-11-12T23:00:00Z'), { results, waivers: [waiver], stored: during }));
  assert.deepEqual(
    after.map(({ subject, waiver: applied, state }) => [subject.id, applied?.expired, state]),
    [
      ['ana', true, 'persisting'],
      ['ben', undefined, 'persisting'],
    ],
  );
});

test('waivers of another rule, group, subject or key do not cover', () => {
  const others = [
    { ...waiver, rule: 'other' },
    { ...waiver, group: 'other' },
    { ...waiver, subject: 'ana2' },
    { ...waiver, key: 'other' },
  ];
  const finding = only(reconcile(input(T1, { results: [result({ breaches: [breach('ana')] })], waivers: others })));
  assert.equal(finding.waiver, null);
});

test('a waiver file that cannot be read ends no waiver', () => {
  const results = [result({ breaches: [breach('ana')] })];
  const stored = reconcile(input(T1, { results, waivers: [waiver] }));
  const finding = only(reconcile(input(T2, { results, stored, waivers: null })));
  assert.equal(finding.waiver?.expired, false);
});

test('findings come worst first, then by rule, subject and key', () => {
  const results = [
    result({
      breaches: [
        breach('ben', { severity: 'low' }),
        breach('cy', { severity: 'critical' }),
        breach('ana', { severity: 'low' }),
        breach('ana', { severity: 'low', key: '2' }),
      ],
    }),
  ];
  assert.deepEqual(
    reconcile(input(T1, { results })).map(({ subject, key }) => subject.id + key),
    ['cy', 'ana', 'ana2', 'ben'],
  );
});

const DAYS = { critical: 30, high: 90, medium: 180, low: 365 };

const accepted: Waiver = {
  rule: RULE,
  group: null,
  subject: 'ana',
  key: null,
  reason: 'token ordered',
  approvedBy: 'bo@northwind.example',
  approvedOn: '2026-11-01',
  expires: '2026-12-31',
  ticket: null,
  endsAt: '2027-01-01T00:00:00.000Z',
};

/** The finding of `ana` over runs with these severities, one a week from T0 on. */
function overWeeks(severities: readonly Severity[], waivers: readonly Waiver[]): readonly Finding[] {
  const seen: Finding[] = [];
  severities.forEach((severity, week) => {
    const at = new Date(T0.getTime() + week * 7 * 86_400_000);
    const results = [result({ breaches: [breach('ana', { severity })] })];
    seen.push(only(reconcile(input(at, { results, waivers, stored: seen.slice(-1), maxWaiverDays: DAYS }))));
  });
  return seen;
}

const shown = ({ waiver }: Finding) => (waiver === null ? null : (waiver.ended ?? 'holds'));

test('a waived finding that gets worse breaks through, and is covered again when it gets better', () => {
  const weeks = overWeeks(['medium', 'medium', 'high', 'critical', 'medium', 'low'], [accepted]);
  assert.deepEqual(weeks.map(shown), ['holds', 'holds', 'outgrown', 'outgrown', 'holds', 'holds']);
  assert.deepEqual(
    weeks.map(({ waiver }) => waiver?.upTo),
    ['medium', 'medium', 'medium', 'medium', 'medium', 'medium'],
  );
});

test('the severity that the file names counts, not the one of the first run', () => {
  assert.deepEqual(overWeeks(['medium', 'high'], [{ ...accepted, severity: 'high' }]).map(shown), ['holds', 'holds']);
  assert.deepEqual(overWeeks(['high'], [{ ...accepted, severity: 'low' }]).map(shown), ['outgrown']);
});

test('an approval that is renewed covers what got worse', () => {
  const grown = overWeeks(['medium', 'high'], [accepted]);
  const renewed = { ...accepted, approvedOn: '2026-11-10', reason: 'still waiting' };
  const results = [result({ breaches: [breach('ana', { severity: 'high' })] })];
  const finding = only(
    reconcile(input(T2, { results, waivers: [renewed], stored: grown.slice(-1), maxWaiverDays: DAYS })),
  );
  assert.equal(shown(finding), 'holds');
});

test('an entry that is taken out of the file ends the waiver and says so', () => {
  const stored = overWeeks(['medium'], [accepted]);
  const results = [result({ breaches: [breach('ana', { severity: 'medium' })] })];
  const finding = only(reconcile(input(T1, { results, waivers: [], stored, maxWaiverDays: DAYS })));
  assert.deepEqual([finding.waiver?.expired, finding.waiver?.ended], [true, 'removed']);
});

test('a finding that opens again remembers up to what severity it was accepted', () => {
  const [waived] = overWeeks(['medium'], [accepted]);
  assert.ok(waived !== undefined);
  const closed: Finding = { ...waived, state: 'resolved', resolvedAt: T1.toISOString() };
  const results = [result({ breaches: [breach('ana', { severity: 'high' })] })];
  const again = only(reconcile(input(T2, { results, waivers: [accepted], stored: [closed], maxWaiverDays: DAYS })));
  assert.deepEqual([again.state, shown(again)], ['new', 'outgrown']);
  const free = only(reconcile(input(T2, { results, waivers: [], stored: [closed], maxWaiverDays: DAYS })));
  assert.equal(free.waiver, null);
});

test('a waiver that lasts too long for the severity, or that its subject approved, does not count and is named', () => {
  const base = { group: GROUP, at: T0, maxWaiverDays: DAYS };
  const critical = overWeeks(['critical'], [accepted]);
  assert.deepEqual(critical.map(shown), [null]);
  const problems = (findings: readonly Finding[], waiver: Waiver) =>
    refusedWaivers(findings, { ...base, waivers: [waiver] }).map(({ problem }) => problem);
  assert.deepEqual(problems(critical, accepted), [
    'it lasts more than the 30 days that a finding of severity critical may be waived for',
  ]);
  const own = { ...accepted, approvedBy: 'ANA@northwind.example' };
  const findings = overWeeks(['low'], [own]);
  assert.deepEqual(findings.map(shown), [null]);
  assert.deepEqual(problems(findings, own), ['nobody approves a waiver for himself']);
  assert.deepEqual(problems(overWeeks(['low'], [accepted]), accepted), []);
});

test('a waiver that covers nothing is named, where its rule was judged and while it counts', () => {
  const findings = overWeeks(['low'], []);
  const other = { ...accepted, subject: 'ben' };
  const unused = (waiver: Waiver, at: Date, judged = new Set([RULE])) =>
    unusedWaivers(findings, judged, { group: GROUP, at, waivers: [waiver], maxWaiverDays: DAYS }).length;
  assert.equal(unused(accepted, T0), 0);
  assert.equal(unused(other, T0), 1);
  assert.equal(unused(other, T0, new Set()), 0);
  assert.equal(unused({ ...other, group: 'another' }, T0), 0);
  assert.equal(unused(other, new Date(other.endsAt)), 0);
});

test('what a broken rule file found stays open, unverified', () => {
  const stored = opened();
  const finding = only(reconcile(input(T1, { results: [], stored, broken: new Set([RULE]) })));
  assert.equal(finding.state, 'unverified');
});

test('what the group did closes with the change by hand behind it; what our own side did closes without', () => {
  const change: RecordedChange = {
    id: 'c1',
    group: GROUP,
    target: { kind: 'remove_member', id: 'ana' },
    request: { method: 'DELETE', path: `/groups/${GROUP}/relationships/users/ana`, body: null },
    before: {},
    after: null,
    by: 'ben',
    reason: 'left',
    undoes: null,
    findings: [],
    intendedAt: T0.toISOString(),
    finishedAt: null,
    outcome: 'done',
    note: null,
  };
  const stored = opened();
  assert.equal(only(stored).resolvedBy, null);
  const closed = only(reconcile(input(T1, { stored, changes: [change] })));
  assert.deepEqual([closed.because, closed.resolvedBy?.change], ['group_changed', 'c1']);
  const left = only(reconcile(input(T1, { stored, changes: [change], accounts: new Set(['ben']) })));
  assert.deepEqual([left.because, left.resolvedBy?.by], ['left_group', 'ben']);
  const measures = new Map([[RULE, { ...judgedBefore, breaches: new Set([only(stored).id]) }]]);
  assert.equal(only(reconcile(input(T1, { stored, changes: [change], measures }))).resolvedBy ?? null, null);
  const again = reconcile(input(T2, { stored: [closed], results: [result({ breaches: [breach('ana')] })] }));
  assert.equal(only(again).resolvedBy, null, 'a finding that opens anew is not resolved by what closed it before');
});
