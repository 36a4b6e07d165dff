import assert from 'node:assert/strict';
import test from 'node:test';
import type { Finding } from '../../src/model/finding.ts';
import type { Report } from '../../src/model/report.ts';
import type { RoutedReport } from '../../src/model/routed.ts';
import type { Told } from '../../src/model/told.ts';
import { route } from '../../src/route/route.ts';
import { everyMessage } from '../support/every-message.ts';
import { viewOf } from '../support/render-builder.ts';
import { buildFinding, buildReport, buildRule, daysAgo, ordinaryReport } from '../support/report-builder.ts';

const DAYS = [1, 3, 7];
const REMINDERS = { critical: DAYS, high: DAYS, medium: DAYS, low: DAYS };

const own = buildFinding({
  subject: { kind: 'member', id: 'dina', email: 'dina@dfir.northwind.example', name: 'Dina Abel' },
});

/** The ordinary report with one more finding, about an account of the team, and with everything that names others. */
function mixedReport(): Report {
  const base = ordinaryReport();
  const unknown = { kind: 'not_on_record', text: 'The API has no record of it' } as const;
  const rules = base.rules.map((rule) => ({
    ...rule,
    unknown: [{ subject: 'omar', reason: unknown }],
    options: { exempt: ['paulina'] },
    checked: 4711,
  }));
  const waiver = base.waivers.inForce[0];
  assert.ok(waiver);
  return {
    ...base,
    rules,
    findings: [own, ...base.findings],
    sections: [{ name: 'members', items: 4711, complete: true, requests: 118, reason: null }],
    waivers: {
      inForce: [waiver],
      bad: [{ place: 'waivers.yaml:3:5', problem: 'the subject quentin is unknown' }],
      unused: [{ ...waiver, subject: 'rosa' }],
    },
    yardstickChanges: [{ what: 'approved administrators', from: 'nobody', to: 'sven' }],
    owed: [{ channel: 'pager', run: 'r1', state: 'failed', since: daysAgo(2), lastError: null }],
  };
}

const OTHERS =
  /tkoval|koval|mreyes|reyes|jlind|pstone|lab-sandbox|omar|paulina|quentin|rosa|sven|northwind_siem|@northwind\.example|4,?711|262,?440|14,?812/i;

function routedTo(domains: readonly string[], report = mixedReport(), told: readonly Told[] = []): RoutedReport {
  const routed = route({
    report,
    audit: 'weekly-review',
    send: { to: 'dfir', when: 'always', minSeverity: 'low', rules: null, states: null, domains },
    ended: [],
    told,
    reminders: REMINDERS,
    reader: 'audit',
    at: new Date('2026-11-23T07:00:00Z'),
  });
  assert.ok(routed);
  return routed.routed;
}

/** Without what the channel itself puts in: senders and recipients. */
function withoutEnvelope(text: string): string {
  return text.replaceAll(/(auditor|soc)@northwind\.example|\.vt-auditor\.northwind\.example/g, '');
}

test('a team gets nothing of other people, in any channel, attachment, count or chart', () => {
  const routed = routedTo(['dfir.northwind.example']);
  for (const [channel, text] of Object.entries(everyMessage(routed))) {
    assert.match(text, channel === 'pagerduty' ? /finding/ : /dina/, channel);
    assert.doesNotMatch(withoutEnvelope(text), OTHERS, channel);
  }
  assert.deepEqual(routed.report.summary.bySeverity, { critical: 0, high: 1, medium: 0, low: 0 });
  assert.equal(routed.hidden, 0);
});

test('a team of whom nothing is open reads that of its accounts, not that all is met', () => {
  const report = mixedReport();
  const routed = routedTo(['dfir.northwind.example'], { ...report, findings: report.findings.slice(1) });
  const view = viewOf(routed.report, 'full', { ...routed });
  assert.equal(view.verdict.sentence, 'Nothing is open about accounts of dfir.northwind.example');
  assert.equal(
    view.verdict.support,
    '2 of 7 requirements met by the whole group, 1 could not be checked, 1 switched off',
  );
  assert.match(view.subject, /: 0 open, first report/);
  assert.match(view.notices.map(({ text }) => text).join(' '), /about accounts of dfir\.northwind\.example only/);
  assert.doesNotMatch(JSON.stringify(view), OTHERS);
});

test('a team hears of its own waivers, and of its own accounts that could not be judged', () => {
  const waived: Finding = {
    ...own,
    waiver: { reason: 'leaves in May', approvedBy: 'boss', expires: '2026-12-01', ticket: null, expired: false },
  };
  const report = mixedReport();
  const waiver = {
    rule: own.rule,
    group: null,
    subject: 'Dina@dfir.northwind.example',
    key: null,
    reason: 'leaves in May',
    approvedBy: 'boss',
    expires: '2026-12-01',
    ticket: null,
    endsAt: '2026-12-01T23:00:00.000Z',
  };
  const unknown = { subject: 'dina', reason: { kind: 'not_on_record', text: 'no record' } } as const;
  const routed = routedTo(['*.northwind.example'], {
    ...report,
    rules: report.rules.map((rule) => ({ ...rule, unknown: [...rule.unknown, unknown] })),
    findings: [waived, ...report.findings.slice(1)],
    waivers: { ...report.waivers, inForce: [...report.waivers.inForce, waiver] },
  });
  assert.deepEqual(routed.report.waivers, { inForce: [waiver], bad: [], unused: [] });
  assert.deepEqual(routed.report.rules[0]?.unknown, [unknown]);
});

test('accounts of others end to be listed when a reader is narrowed to a team, and their end is told', () => {
  const told = (finding: Finding): Told => ({
    audit: 'weekly-review',
    channel: 'dfir',
    finding: finding.id,
    severity: finding.severity,
    state: 'open',
    at: daysAgo(7),
    count: 1,
  });
  const open = buildFinding({ state: 'persisting', openedAt: daysAgo(20) });
  const nameless = buildFinding({
    state: 'persisting',
    openedAt: daysAgo(20),
    subject: { kind: 'member', id: 'nobody' },
  });
  const closed = buildFinding({
    state: 'resolved',
    subject: { kind: 'member', id: 'uma', email: 'uma@northwind.example' },
  });
  const report = buildReport({ rules: [buildRule('members-use-2fa')], findings: [open, nameless, closed] });
  const routed = routedTo(['dfir.northwind.example'], report, [open, nameless, closed].map(told));
  assert.deepEqual(
    routed.report.findings.map(({ subject }) => subject.id),
    ['nobody', 'uma'],
  );
});
