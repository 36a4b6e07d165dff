import assert from 'node:assert/strict';
import test from 'node:test';
import type { z } from 'zod';
import { isOpen } from '../../../src/model/finding.ts';
import type { Message } from '../../../src/model/message.ts';
import type { Report } from '../../../src/model/report.ts';
import type { RoutedReport } from '../../../src/model/routed.ts';
import type { Detail } from '../../../src/model/settings.ts';
import { renderMessages } from '../../../src/render/channels/index.ts';
import { renderFallback } from '../../../src/render/fallback.ts';
import { sampleRouted } from '../../../src/render/sample-report.ts';
import { pagerDutyEventSchema } from '../../support/message-schemas.ts';
import { CONTEXT, pagerDutyChannel } from '../../support/render-builder.ts';
import {
  baselineReport,
  buildFinding,
  buildReport,
  buildRouted,
  cleanReport,
  failedReport,
  hostileReport,
  hugeReport,
  ordinaryReport,
  partialReport,
  passingRules,
} from '../../support/report-builder.ts';

type Event = z.infer<typeof pagerDutyEventSchema>;

function messagesOf(report: Report, over: Partial<RoutedReport> = {}, detail: Detail = 'ids'): readonly Message[] {
  return renderMessages(buildRouted(report, over), pagerDutyChannel(detail), CONTEXT);
}

function eventOf({ body }: Message): Event {
  return pagerDutyEventSchema.parse(JSON.parse('body' in body ? body.body : ''));
}

const triggersOf = (messages: readonly Message[]) =>
  messages.map(eventOf).filter((event) => event.event_action === 'trigger');

for (const make of [cleanReport, ordinaryReport, partialReport, failedReport, hostileReport, () => hugeReport(500)]) {
  test(`${make.name || 'a huge report'} is events within the limits, each with a key of its own`, () => {
    for (const detail of ['full', 'ids', 'counts'] as const) {
      const messages = messagesOf(make(), {}, detail);
      const events = messages.map(eventOf);
      assert.equal(new Set(events.map(({ dedup_key }) => dedup_key)).size, events.length);
      assert.equal(new Set(messages.map(({ id }) => id)).size, messages.length);
      for (const { key } of messages) assert.match(key, /^[0-9a-f]{64}$/);
      assert.deepEqual(messagesOf(make(), {}, detail), messages);
    }
  });
}

test('a finding that opens is triggered by its id, one that closes is resolved by the same', () => {
  const finding = buildFinding();
  const open = buildReport({ rules: passingRules(), findings: [finding] });
  const closed = buildReport({ findings: [{ ...finding, state: 'resolved' }] });
  const [trigger] = triggersOf(messagesOf(open));
  assert.equal(trigger?.dedup_key, `vt-auditor-${finding.id}`);
  assert.equal(trigger?.payload.severity, 'error');
  assert.match(
    trigger?.payload.summary ?? '',
    /^high: tkoval signs in without two-factor authentication\. \(northwind_dfir\)$/,
  );
  const resolve = messagesOf(closed).find(({ key }) => key === finding.id);
  assert.ok(resolve);
  assert.deepEqual(eventOf(resolve), { event_action: 'resolve', dedup_key: `vt-auditor-${finding.id}` });
});

test('what a reader was told of already is not triggered again; what is waived is resolved', () => {
  const report = ordinaryReport();
  const triggered = triggersOf(messagesOf(report)).map(({ payload }) => payload.component);
  assert.deepEqual(triggered, ['mreyes', 'tkoval', 'northwind_dfir']);
  const waived = report.findings.find(({ waiver }) => waiver !== null);
  const resolved = messagesOf(report).filter((message) => eventOf(message).event_action === 'resolve');
  assert.ok(resolved.some(({ key }) => key === waived?.id));
});

test('a first report is one summary and not an alert a finding', () => {
  const [summary, ...others] = triggersOf(messagesOf(baselineReport()));
  assert.deepEqual(others, []);
  assert.match(summary?.payload.summary ?? '', /^5 findings at the start/);
  const later = triggersOf(messagesOf(ordinaryReport(), { firstReport: true }));
  assert.equal(later.length, 1);
});

test('findings of a rule that is new are one summary, others an alert each', () => {
  const old = Array.from({ length: 80 }, (_, index) =>
    buildFinding({ baseline: true, rule: 'new-rule', subject: { kind: 'member', id: `m${index}` } }),
  );
  const report = buildReport({ findings: [...old, buildFinding()] });
  assert.equal(triggersOf(messagesOf(report)).length, 2);
});

test('each rule that is new has a summary of its own, which its last finding ends', () => {
  const of = (rule: string, id: string, state: 'new' | 'persisting' | 'resolved' = 'new') =>
    buildFinding({ baseline: true, rule, state, subject: { kind: 'member', id } });
  const started = messagesOf(buildReport({ findings: [of('one', 'a'), of('one', 'b'), of('two', 'c')] }));
  const [one, two] = triggersOf(started).map((event) => event.dedup_key);
  assert.equal(triggersOf(started).length, 2);
  assert.notEqual(one, two);
  const resolvedBy = (findings: Parameters<typeof buildReport>[0]) =>
    messagesOf(buildReport(findings))
      .map(eventOf)
      .filter(({ event_action: action }) => action === 'resolve')
      .map((event) => event.dedup_key);
  const some = resolvedBy({ findings: [of('one', 'a', 'resolved'), of('one', 'b', 'persisting')] });
  assert.ok(!some.includes(one ?? ''));
  const last = resolvedBy({ findings: [of('one', 'b', 'resolved'), of('two', 'c', 'persisting')] });
  assert.ok(last.includes(one ?? '') && !last.includes(two ?? ''));
});

test('a run that could not look is an alert, and the next complete one resolves it', () => {
  const [alert] = triggersOf(messagesOf(failedReport(), { news: new Set() }));
  assert.equal(alert?.payload.class, 'run');
  assert.equal(alert?.payload.severity, 'error');
  const [ended] = messagesOf(cleanReport()).map(eventOf);
  assert.deepEqual(ended, { event_action: 'resolve', dedup_key: alert?.dedup_key });
});

test('nothing is resolved because a run failed to look', () => {
  const report = failedReport();
  const ids = new Set(report.findings.filter(({ state }) => isOpen(state)).map(({ id }) => id));
  const resolved = messagesOf(report).filter((message) => eventOf(message).event_action === 'resolve');
  const unwaived = new Set(report.findings.filter(({ waiver }) => waiver === null).map(({ id }) => id));
  assert.ok(ids.size > 0);
  assert.deepEqual(
    resolved.filter(({ key }) => unwaived.has(key)),
    [],
  );
});

test('says no more than the detail allows', () => {
  assert.doesNotMatch(JSON.stringify(messagesOf(ordinaryReport())), /@northwind|Koval/);
  assert.doesNotMatch(JSON.stringify(messagesOf(ordinaryReport(), {}, 'counts')), /tkoval|mreyes|jlind|pstone/);
  assert.match(JSON.stringify(messagesOf(ordinaryReport(), {}, 'full')), /Taras Koval/);
});

test('takes the sample, and what replaces a report', () => {
  const channel = pagerDutyChannel();
  assert.ok(triggersOf(renderMessages(sampleRouted('pager'), channel, CONTEXT)).length > 0);
  const [fallback] = renderFallback(buildRouted(cleanReport()), channel, new Error('templates/x failed'));
  assert.ok(fallback);
  assert.equal(eventOf(fallback).event_action, 'trigger');
});

test('no message holds a routing key', () => {
  assert.doesNotMatch(JSON.stringify(messagesOf(ordinaryReport())), /k{32}|routing/);
});
