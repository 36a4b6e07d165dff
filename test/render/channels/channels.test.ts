import assert from 'node:assert/strict';
import test from 'node:test';
import type { ChannelSettings } from '../../../src/model/settings.ts';
import { renderMessages } from '../../../src/render/channels/index.ts';
import { renderFallback } from '../../../src/render/fallback.ts';
import { CONTEXT, emailChannel, onlyOne, slackChannel, webhookChannel } from '../../support/render-builder.ts';
import {
  buildRouted,
  cleanReport,
  failedReport,
  hostileReport,
  hugeReport,
  ordinaryReport,
  partialReport,
} from '../../support/report-builder.ts';

const REPORTS = [cleanReport, ordinaryReport, partialReport, failedReport, hugeReport, hostileReport];

function bodyOf(channel: ChannelSettings, make: () => ReturnType<typeof cleanReport>): Record<string, unknown> {
  const { body } = onlyOne(renderMessages(buildRouted(make()), channel, CONTEXT));
  assert.notEqual(body.kind, 'email');
  return JSON.parse('body' in body ? body.body : '{}') as Record<string, unknown>;
}

test('a webhook carries the report of version 1', () => {
  const body = bodyOf(webhookChannel(), ordinaryReport) as {
    type: string;
    timestamp: string;
    data: { schema: string; report: { run: { id: string }; findings: unknown[] } };
  };
  assert.equal(body.type, 'audit.run.completed');
  assert.equal(body.timestamp, '2026-11-23T07:00:41.000Z');
  assert.equal(body.data.schema, '1');
  assert.equal(body.data.report.run.id, '20261123T070000Z-k3v9qd');
  assert.equal(body.data.report.findings.length, 7);
});

test('a failed run has its own type of event', () => {
  assert.equal(bodyOf(webhookChannel(), failedReport)['type'], 'audit.run.failed');
});

test('ids are the same for the same run and channel, and fit what they go into', () => {
  for (const channel of [emailChannel(), webhookChannel(), slackChannel()]) {
    const first = onlyOne(renderMessages(buildRouted(cleanReport()), channel, CONTEXT));
    const second = onlyOne(renderMessages(buildRouted(cleanReport()), channel, CONTEXT));
    assert.deepEqual(first, second);
    assert.match(first.wireId, channel.type === 'email' ? /^<[^<>\s]+@northwind\.example>$/ : /^msg_[0-9a-f]{32}$/);
    assert.equal(first.key, '');
    const replaced = onlyOne(
      renderFallback(buildRouted(cleanReport()), channel, new Error('templates/mail.hbs failed')),
    );
    assert.deepEqual([replaced.id, replaced.wireId], [first.id, first.wireId]);
    assert.match(JSON.stringify(replaced.body), /templates\/mail\.hbs failed/);
  }
});

for (const make of REPORTS) {
  test(`Slack takes the message of ${make.name}`, () => {
    const { text, blocks } = bodyOf(slackChannel('full'), make) as {
      text: string;
      blocks: { type: string; text?: { type: string; text: string }; elements?: unknown[] }[];
    };
    assert.ok(text.length > 0 && text.length <= 600);
    assert.ok(blocks.length <= 50);
    assert.ok(JSON.stringify(blocks).length <= 12_000);
    for (const block of blocks) {
      if (block.type === 'header') assert.ok((block.text?.text.length ?? 0) <= 150);
      if (block.type === 'section') {
        assert.ok((block.text?.text.length ?? 0) <= 3_000);
        assert.doesNotMatch(block.text?.text ?? '', /[<>]/);
      }
    }
  });
}

test('names keep their marks within words and cannot format at their edges', () => {
  const text = JSON.stringify(bodyOf(slackChannel('full'), hostileReport));
  assert.match(text, /\u2009\*\u2009bold\u2009\*\u2009/);
  assert.match(JSON.stringify(bodyOf(slackChannel(), ordinaryReport)), /• northwind_dfir: 14,812 calls/);
});

test('Slack names nobody at ids, and no account at counts', () => {
  assert.doesNotMatch(JSON.stringify(bodyOf(slackChannel('ids'), ordinaryReport)), /@northwind\.example|Koval/);
  assert.doesNotMatch(JSON.stringify(bodyOf(slackChannel('counts'), ordinaryReport)), /tkoval|mreyes|jlind|pstone/);
});

test('a webhook at counts carries no subject', () => {
  const text = JSON.stringify(bodyOf(webhookChannel('counts'), ordinaryReport));
  assert.doesNotMatch(text, /tkoval|mreyes|jlind|pstone|lab-sandbox|@northwind/);
});
