import assert from 'node:assert/strict';
import test from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Message } from '../../../src/model/message.ts';
import { renderMessages } from '../../../src/render/channels/index.ts';
import { renderFallback } from '../../../src/render/fallback.ts';
import { renderNotice } from '../../../src/render/notice.ts';
import { cloudEventSchema } from '../../support/cloudevents-schema.ts';
import { CONTEXT, onlyOne, webhookChannel } from '../../support/render-builder.ts';
import {
  baselineReport,
  buildReport,
  buildRouted,
  buildRun,
  cleanReport,
  failedReport,
  hostileReport,
  hugeReport,
  LOOK,
  ordinaryReport,
  partialReport,
} from '../../support/report-builder.ts';

const isCloudEvent = new Ajv2020({ allErrors: true }).compile(cloudEventSchema);
const channel = webhookChannel('full', 'cloudevents');

interface Event {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly data: unknown;
}

/** The event of a message, which the schema takes. */
function eventOf({ body, wireId }: Message): Event {
  assert.ok(body.kind === 'webhook');
  assert.equal(body.contentType, 'application/cloudevents+json; charset=utf-8');
  const event = JSON.parse(body.body) as Event;
  assert.ok(isCloudEvent(event), JSON.stringify(isCloudEvent.errors));
  assert.equal(event.id, wireId);
  return event;
}

const reports = [cleanReport, ordinaryReport, partialReport, failedReport, baselineReport, hostileReport, hugeReport];

for (const make of reports) {
  test(`${make.name} is an event of CloudEvents with what a plain event has`, () => {
    const routed = buildRouted(make());
    const event = eventOf(onlyOne(renderMessages(routed, channel, CONTEXT)));
    const plain = onlyOne(renderMessages(routed, webhookChannel(), CONTEXT)).body;
    assert.ok(plain.kind === 'webhook');
    const { type, data } = JSON.parse(plain.body) as Event;
    assert.deepEqual([event.type, event.data], [`vt-auditor.${type}`, data]);
    const { group, id } = routed.report.run;
    assert.deepEqual([event.source, event.subject], [`urn:vt-auditor:group:${encodeURIComponent(group)}`, id]);
  });
}

test('a group of any name makes a source that is a URI', () => {
  const report = buildReport({ run: buildRun({ group: 'ä b/<x>\ud800' }) });
  const { source } = eventOf(onlyOne(renderMessages(buildRouted(report), channel, CONTEXT)));
  assert.equal(source, 'urn:vt-auditor:group:%C3%A4%20b%2F%3Cx%3E%EF%BF%BD');
});

test('what replaces a report, and a notice, are events of CloudEvents, too', () => {
  const [fallback] = renderFallback(buildRouted(failedReport()), channel, new Error('templates/x failed'));
  const notice = { cause: 'backup', title: 'No backup', lines: ['disk full'], at: '2026-11-23T08:00:00.000Z' };
  const [told] = renderNotice(notice, channel, LOOK);
  assert.ok(fallback && told);
  assert.equal(eventOf(fallback).type, 'vt-auditor.audit.run.failed');
  const { type, source, subject } = eventOf(told);
  assert.deepEqual([type, source, subject], ['vt-auditor.audit.notice', 'urn:vt-auditor', 'backup']);
});

test('the schema of the tests refuses what is no event', () => {
  const event = { specversion: '1.0', id: 'a', source: 'urn:x', type: 't' };
  assert.ok(isCloudEvent(event));
  for (const wrong of [
    { ...event, specversion: '0.3' },
    { ...event, id: '' },
    { ...event, source: 'no uri' },
    { ...event, runId: 'x' },
    { ...event, time: 'Monday' },
    { ...event, data: {}, data_base64: '' },
  ])
    assert.equal(isCloudEvent(wrong), false, JSON.stringify(wrong));
});
