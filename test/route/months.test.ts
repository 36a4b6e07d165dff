import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWaivers } from '../../src/config/waivers.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Breach, RuleResult } from '../../src/model/judgement.ts';
import type { Severity } from '../../src/model/severity.ts';
import type { Told } from '../../src/model/told.ts';
import type { Waiver } from '../../src/model/waiver.ts';
import { reconcile } from '../../src/reconcile/reconcile.ts';
import { route } from '../../src/route/route.ts';
import { buildReport, buildRequirement, buildRun } from '../support/report-builder.ts';

const GROUP = 'acme_soc';
const RULE = 'quota-within-limit';
const DAY_MS = 86_400_000;
const START = Date.parse('2026-11-01T08:00:00Z');
const DAYS = [1, 3, 7, 14];
const REMINDERS = { critical: DAYS, high: DAYS, medium: DAYS, low: DAYS };
const MOST_DAYS = { critical: 3650, high: 3650, medium: 3650, low: 3650 };

/**
 * What the rule says on a day: a breach (`b` high, `B` critical), `h` keeps open what is open and opens nothing, `.` clean, `?` could not be
 * judged, `x` the rule is in no audit.
 */
type Sign = 'b' | 'B' | 'h' | '.' | '?' | 'x';

const breach = (severity: Severity, onlyIfOpen = false): Breach => ({
  subject: { kind: 'quota', id: 'api_requests_monthly' },
  severity,
  onlyIfOpen,
  message: 'at its limit',
  evidence: {},
});

function resultOf(sign: Exclude<Sign, 'x'>): RuleResult {
  const breaches = { b: [breach('high')], B: [breach('critical')], h: [breach('high', true)], '.': [], '?': [] }[sign];
  const lacking = sign === '?' ? ({ kind: 'not_collected', text: 'no answer' } as const) : null;
  const verdict = sign === '?' ? 'not_evaluated' : breaches.length > 0 ? 'breached' : 'passed';
  return { rule: RULE, verdict, reason: lacking, lacking, breaches, unjudged: [], checked: 1, limits: [] };
}

/** A day in the life of a finding: what is kept, what the run says of it, and whether a reader of changes was sent something. */
interface Day {
  readonly stored: Finding | null;
  readonly seen: Finding | null;
  readonly isSent: boolean;
}

interface Life {
  readonly signOn: (day: number) => Sign;
  readonly waiversOn?: (day: number) => readonly Waiver[];
}

function live(days: number, { signOn, waiversOn = () => [] }: Life): readonly Day[] {
  const lived: Day[] = [];
  let stored: Finding | null = null;
  let told = new Map<string, Told>();
  for (let day = 0; day < days; day += 1) {
    const at = new Date(START + day * DAY_MS);
    const sign = signOn(day);
    const waivers = waiversOn(day);
    const findings: readonly Finding[] = reconcile({
      group: GROUP,
      at,
      results: sign === 'x' ? [] : [resultOf(sign)],
      stored: stored === null ? [] : [stored],
      requirements: new Map([[RULE, buildRequirement({ id: RULE, severity: 'high' })]]),
      inScope: new Set(sign === 'x' ? [] : [RULE]),
      broken: new Set(),
      measures: new Map([[RULE, { judgedBefore: day > 0, versionChanged: false, breaches: null }]]),
      accounts: null,
      acknowledgements: new Map(),
      changes: [],
      waivers,
      maxWaiverDays: MOST_DAYS,
    });
    const report = buildReport({
      run: buildRun({ id: `run-${day}`, group: GROUP, startedAt: at.toISOString() }),
      findings,
      waivers: { inForce: waivers.filter(({ endsAt }) => at.getTime() < Date.parse(endsAt)), bad: [] },
    });
    const send = { to: 'team', when: 'changes', minSeverity: 'low', rules: null, states: null, domains: null } as const;
    const ended = stored === null ? [] : [stored];
    const reader = {
      audit: 'watch',
      send,
      ended,
      told: [...told.values()],
      reminders: REMINDERS,
      reader: 'audit',
    } as const;
    const routed = route({ ...reader, report, at });
    if (routed !== null) told = new Map([...told, ...routed.told.map((entry) => [entry.finding, entry] as const)]);
    const seen = findings[0] ?? null;
    stored = seen ?? stored;
    lived.push({ stored, seen, isSent: routed !== null });
  }
  return lived;
}

function waiver(from: number, until: number): Waiver {
  const dayAt = (day: number): string => new Date(START + day * DAY_MS).toISOString().slice(0, 10);
  const { waivers } = parseWaivers(
    `- { rule: ${RULE}, subject: api_requests_monthly, reason: r, approvedBy: bo, expires: ${dayAt(until)} }`,
    { file: 'w', timezone: 'UTC', at: new Date(START + from * DAY_MS), maxWaiverDays: MOST_DAYS, approvers: null },
  );
  const [one] = waivers;
  assert.ok(one);
  return one;
}

const sentOn = (days: readonly Day[]): readonly number[] => days.flatMap(({ isSent }, day) => (isSent ? [day] : []));

/** The first letter of each state; `-`: the run says nothing of it. */
const statesOf = (days: readonly Day[]): string => days.map(({ seen }) => seen?.state.slice(0, 1) ?? '-').join('');

for (const [signs, states, why] of [
  ['..', '--', 'nothing was there and nothing is'],
  ['?.', '--', 'what could not be judged opens nothing'],
  ['x.', '--', 'a rule that nobody judges opens nothing'],
  ['bb', 'np', 'what stays, persists'],
  ['b.', 'nr', 'what is gone, is resolved'],
  ['b?', 'nu', 'what could not be judged, stays open'],
  ['b???b', 'nuuup', 'however long, and is seen again'],
  ['b?.', 'nur', 'or is resolved once it was looked at'],
  ['bx', 'nw', 'a rule that is taken away withdraws it'],
  ['b?x', 'nuw', 'also what was not verified'],
  ['bxb', 'nwn', 'and finds it anew when it is back'],
  ['b.b', 'nrn', 'what comes back is new'],
  ['b.?b', 'nr-n', 'also when nobody looked in between'],
  ['b..x', 'nr--', 'what is closed is not withdrawn'],
  ['bBb', 'npp', 'steps up and down are the same finding'],
  ['hh', '--', 'under the opening line nothing opens'],
  ['hbhhh', '-nppp', 'above the closing line nothing closes'],
  ['bh.h', 'npr-', 'once it closed, the line in between opens nothing'],
  ['bh?h.', 'npupr', 'a day without a look is no closing'],
  ['bhBh.hb', 'npppr-n', 'all of it'],
] as const) {
  test(`${signs}: ${why}`, () => {
    const signOn = (day: number): Sign =>
      (['b', 'B', 'h', '.', '?', 'x'] as const).find((sign) => sign === signs[day]) ?? '.';
    const days = live(signs.length, { signOn });
    assert.equal(statesOf(days), states);
    const back = days.findLastIndex(({ seen }) => seen?.state === 'new');
    const first = days.findIndex(({ seen }) => seen?.state === 'new');
    if (back > first) {
      const closed = days.slice(0, back).findLast(({ stored }) => stored !== null)?.stored;
      assert.equal(days[back]?.seen?.lastOpenAt, closed?.resolvedAt, 'says when it was last open');
      assert.equal(days[back]?.seen?.firstSeenAt, days[first]?.seen?.openedAt, 'and since when it is known at all');
    }
  });
}

test('three months of one finding: reminders, a waiver, its warnings and its end, a step up, an end, a come-back', () => {
  const one = waiver(20, 59);
  const days = live(96, {
    signOn: (day) => (day >= 80 && day < 90 ? '.' : day >= 70 ? 'B' : 'b'),
    waiversOn: (day) => (day >= 20 && day < 65 ? [one] : []),
  });
  assert.deepEqual(sentOn(days), [0, 1, 3, 7, 14, 46, 57, 60, 61, 63, 67, 70, 71, 73, 77, 80, 90, 91, 93]);
  assert.equal(days[60]?.seen?.waiver?.ended, 'expired');
  assert.equal(days[60]?.seen?.waiver?.approvedBy, 'bo');
});

test('a waiver that is taken out of the file ends the silence, also for who was never told of it', () => {
  const one = waiver(1, 300);
  const days = live(17, { signOn: () => 'b', waiversOn: (day) => (day === 1 ? [one] : []) });
  assert.deepEqual(sentOn(days), [0, 2, 4, 8, 15]);
  assert.equal(days[2]?.seen?.waiver?.ended, 'removed');
});

test('a waived finding that gets worse breaks through, once, and is covered again when it is as it was', () => {
  const one = waiver(0, 300);
  const days = live(12, { signOn: (day) => (day >= 5 && day < 9 ? 'B' : 'b'), waiversOn: () => [one] });
  assert.deepEqual(sentOn(days), [5, 6, 8]);
  assert.equal(days[5]?.seen?.waiver?.ended, 'outgrown');
  assert.equal(days[10]?.seen?.waiver?.expired, false);
});

/** The last day, the zone, and the first instant at which the waiver does not count any more: worked out by hand. */
for (const [expires, timezone, endsAt] of [
  ['2026-11-30', 'UTC', '2026-12-01T00:00:00.000Z'],
  ['2028-02-29', 'UTC', '2028-03-01T00:00:00.000Z'],
  ['2027-02-28', 'Europe/Madrid', '2027-02-28T23:00:00.000Z'],
  ['2026-12-31', 'Asia/Tokyo', '2026-12-31T15:00:00.000Z'],
  ['2026-12-31', 'Pacific/Kiritimati', '2026-12-31T10:00:00.000Z'],
  ['2026-12-31', 'Pacific/Pago_Pago', '2027-01-01T11:00:00.000Z'],
  // Days of 25 and of 23 hours, and the days around them.
  ['2027-10-30', 'Europe/Madrid', '2027-10-30T22:00:00.000Z'],
  ['2027-10-31', 'Europe/Madrid', '2027-10-31T23:00:00.000Z'],
  ['2027-03-27', 'Europe/Madrid', '2027-03-27T23:00:00.000Z'],
  ['2027-03-28', 'Europe/Madrid', '2027-03-28T22:00:00.000Z'],
  ['2027-03-14', 'America/New_York', '2027-03-15T04:00:00.000Z'],
  ['2027-11-07', 'America/New_York', '2027-11-08T05:00:00.000Z'],
  // Half an hour, and quarters.
  ['2027-10-03', 'Australia/Lord_Howe', '2027-10-03T13:00:00.000Z'],
  ['2027-04-04', 'Pacific/Chatham', '2027-04-04T11:15:00.000Z'],
  // The next day has no midnight: it begins at one o'clock.
  ['2027-04-29', 'Africa/Cairo', '2027-04-29T22:00:00.000Z'],
  ['2027-04-30', 'Africa/Cairo', '2027-04-30T21:00:00.000Z'],
] as const) {
  test(`a waiver until ${expires} in ${timezone} ends at ${endsAt}`, () => {
    const { waivers } = parseWaivers(
      `- { rule: ${RULE}, subject: api_requests_monthly, reason: r, approvedBy: bo, expires: ${expires} }`,
      { file: 'w', timezone, at: new Date(START), maxWaiverDays: MOST_DAYS, approvers: null },
    );
    assert.deepEqual(
      waivers.map((one) => one.endsAt),
      [endsAt],
    );
    const isWaivedAt = (ms: number): boolean => {
      const input = {
        group: GROUP,
        at: new Date(Date.parse(endsAt) + ms),
        results: [resultOf('b')],
        stored: [],
        requirements: new Map([[RULE, buildRequirement({ id: RULE, severity: 'high' })]]),
        inScope: new Set([RULE]),
        broken: new Set<string>(),
        measures: new Map(),
        accounts: null,
        acknowledgements: new Map(),
        changes: [],
        waivers,
        maxWaiverDays: MOST_DAYS,
      };
      return reconcile(input)[0]?.waiver?.expired === false;
    };
    assert.deepEqual([isWaivedAt(-1), isWaivedAt(0)], [true, false]);
  });
}
