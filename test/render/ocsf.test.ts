import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { z } from 'zod';
import { isOpen } from '../../src/model/finding.ts';
import type { Report } from '../../src/model/report.ts';
import { isResolvedByGroup, isWaived } from '../../src/model/summary.ts';
import { renderOcsf, toOcsfEvents } from '../../src/render/ocsf.ts';
import { sampleReport } from '../../src/render/sample-report.ts';
import {
  baselineReport,
  buildFinding,
  buildReport,
  cleanReport,
  daysAgo,
  failedReport,
  hostileReport,
  hugeReport,
  ordinaryReport,
  partialReport,
  passingRules,
} from '../support/report-builder.ts';

const schema = z.fromJSONSchema(
  JSON.parse(readFileSync(join(import.meta.dirname, 'ocsf-compliance-finding-1.8.0.json'), 'utf8')),
);

type Event = ReturnType<typeof toOcsfEvents>[number];

function linesOf(text: string): readonly Event[] {
  assert.ok(text.endsWith('\n'));
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Event);
}

const count = (events: readonly Event[], is: (event: Event) => boolean): number => events.filter(is).length;

const REPORTS = [
  sampleReport,
  cleanReport,
  ordinaryReport,
  partialReport,
  failedReport,
  baselineReport,
  hostileReport,
  () => hugeReport(2_000),
];

for (const [index, make] of REPORTS.entries()) {
  for (const detail of ['full', 'ids', 'counts'] as const) {
    test(`report ${index} at detail ${detail} is valid, an event a line, each with an id of its own`, () => {
      const events = linesOf(renderOcsf([make()], detail));
      for (const event of events) {
        const result = schema.safeParse(event);
        assert.equal(result.success, true, `${result.error?.message}\n${JSON.stringify(event)}`);
        assert.equal(event.type_uid, 200_300 + event.activity_id);
      }
      assert.equal(new Set(events.map(({ metadata }) => metadata.uid)).size, events.length);
      assert.equal(new Set(events.map(({ finding_info }) => finding_info.uid)).size, events.length);
      assert.deepEqual(linesOf(renderOcsf([make()], detail)), events);
    });
  }
}

test('the schema refuses what is easily got wrong', () => {
  const [event] = toOcsfEvents(ordinaryReport());
  assert.ok(event);
  const wrong = [
    { ...event, time: Math.floor(event.time / 1000) },
    { ...event, severity_id: 9 },
    { ...event, metadata: { version: '1.8.0' } },
    { ...event, finding_info: {} },
    { ...event, resource: event.finding_info },
    { ...event, compliance: { ...event.compliance, status_detail: 'x' } },
  ];
  for (const each of wrong) assert.equal(schema.safeParse(each).success, false, JSON.stringify(each).slice(0, 80));
});

function assertNumbers(report: Report): void {
  const events = toOcsfEvents(report);
  const { summary, findings } = report;
  const open = findings.filter((finding) => isOpen(finding.state) && !isWaived(finding));
  const isFinding = (event: Event) => event.metadata.event_code !== 'rule-file' && 'state' in event.unmapped;
  const failed = (event: Event) => event.compliance.status_id === 3 && event.status_id !== 3;
  assert.equal(count(events, isFinding), findings.length);
  assert.equal(
    count(events, failed) + count(events, (event) => isFinding(event) && event.compliance.status_id === 2),
    open.length,
  );
  assert.equal(
    count(events, (event) => isFinding(event) && event.status_id === 3),
    summary.findings.waived,
  );
  assert.equal(
    count(events, (event) => isFinding(event) && event.status_id === 4),
    findings.filter(isResolvedByGroup).length,
  );
  assert.equal(
    count(events, (event) => !isFinding(event) && event.compliance.status_id === 1),
    summary.rules.passed,
  );
  assert.equal(
    count(events, (event) => !isFinding(event) && event.compliance.status_id === 2),
    summary.rules.notEvaluated + report.brokenRules.length,
  );
  assert.equal(
    count(events, (event) => !isFinding(event) && event.compliance.status_id === 99),
    summary.rules.disabled,
  );
}

test('its numbers are those of the summary', () => {
  for (const make of [cleanReport, ordinaryReport, partialReport, failedReport, baselineReport]) assertNumbers(make());
});

test('what could not be looked at is a warning, never a pass', () => {
  const events = toOcsfEvents(failedReport());
  assert.equal(
    count(events, ({ compliance }) => compliance.status_id === 1),
    0,
  );
  assert.ok(count(events, ({ compliance }) => compliance.status === 'Warning') > 0);
});

test('a waived finding failed and is suppressed; what the yardstick closed has not passed', () => {
  const base = { because: 'yardstick_changed', state: 'resolved', resolvedAt: daysAgo(0) } as const;
  const report = buildReport({ rules: passingRules(), findings: [buildFinding(base)] });
  const [closed] = toOcsfEvents(report);
  assert.deepEqual(
    [closed?.activity_name, closed?.status, closed?.compliance.status],
    ['Close', 'Archived', 'Not Applicable'],
  );
  const waived = toOcsfEvents(ordinaryReport()).find(({ status }) => status === 'Suppressed');
  assert.equal(waived?.compliance.status, 'Fail');
});

test('the same finding has the same uid in the next run', () => {
  const uids = (report: Report) => toOcsfEvents(report).map(({ finding_info }) => finding_info.uid);
  const next = { ...ordinaryReport(), run: { ...ordinaryReport().run, id: 'another' } };
  assert.deepEqual(uids(next), uids(ordinaryReport()));
});

test('names nobody at ids, and no account at counts, where a breached requirement is one failure', () => {
  assert.doesNotMatch(renderOcsf([ordinaryReport()], 'ids'), /@northwind\.example|Koval/);
  const counts = renderOcsf([ordinaryReport()], 'counts');
  assert.doesNotMatch(counts, /tkoval|mreyes|jlind|pstone|@northwind/);
  assert.equal(
    count(linesOf(counts), ({ compliance }) => compliance.status === 'Fail'),
    ordinaryReport().summary.rules.breached,
  );
});
