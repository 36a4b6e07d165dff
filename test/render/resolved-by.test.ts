import assert from 'node:assert/strict';
import test from 'node:test';
import { renderMessages } from '../../src/render/channels/index.ts';
import { renderCsv } from '../../src/render/csv.ts';
import { toReportJson } from '../../src/render/json.ts';
import { renderOcsf } from '../../src/render/ocsf.ts';
import { renderPage } from '../../src/render/page.ts';
import { renderText } from '../../src/render/text.ts';
import {
  appriseChannel,
  CONTEXT,
  googleChatChannel,
  mailOf,
  slackChannel,
  teamsChannel,
  viewOf,
  visibleText,
} from '../support/render-builder.ts';
import { buildFinding, buildReport, buildRouted, daysAgo } from '../support/report-builder.ts';

const RESOLVED_BY = {
  change: '20261122T093000Z-c1',
  by: 'ana@northwind.example',
  reason: 'GRC-7',
  at: daysAgo(1),
  what: 'remove from the group',
};

const report = buildReport({
  findings: [
    buildFinding({
      state: 'resolved',
      because: 'left_group',
      resolvedAt: daysAgo(0),
      openedAt: daysAgo(9),
      resolvedBy: RESOLVED_BY,
    }),
  ],
});

const SENTENCE = /changed by hand \(remove from the group\) by ana@northwind\.example on/;

test('every form for people says which change by hand a resolved finding goes back to, by whom and why', () => {
  const mail = mailOf(report);
  for (const [name, text] of [
    ['text', renderText(viewOf(report), CONTEXT.templates)],
    ['page', visibleText(renderPage(viewOf(report), CONTEXT.templates))],
    ['mail', visibleText(mail.html)],
    ['the text part of a mail', mail.text],
  ] as const) {
    const unwrapped = text.replaceAll(/\s+/g, ' ');
    assert.match(unwrapped, SENTENCE, name);
    assert.match(unwrapped, /because: GRC-7/, name);
  }
  for (const channel of [
    slackChannel('full'),
    teamsChannel('full'),
    googleChatChannel('full'),
    appriseChannel('full'),
  ]) {
    const messages = renderMessages(buildRouted(report, {}), channel, CONTEXT);
    assert.match(JSON.stringify(messages), SENTENCE, channel.type);
  }
});

test('so do JSON, CSV and OCSF, and a finding that was mended elsewhere says null', () => {
  assert.deepEqual(toReportJson(report).findings[0]?.resolvedBy, RESOLVED_BY);
  const elsewhere = buildReport({ findings: [buildFinding({ state: 'resolved', resolvedAt: daysAgo(0) })] });
  assert.equal(toReportJson(elsewhere).findings[0]?.resolvedBy, null);
  const [, row = ''] = renderCsv([report]).split('\r\n');
  assert.match(row, /,"remove from the group by ana@northwind\.example at .*: GRC-7 \(20261122T093000Z-c1\)"$/);
  assert.ok(renderOcsf([report]).includes(RESOLVED_BY.change));
});

test('a channel that names nobody does not name who made the change', () => {
  for (const detail of ['ids', 'counts'] as const) {
    const text = renderText(viewOf(report, detail), CONTEXT.templates);
    const forms = [text, JSON.stringify(toReportJson(report, detail)), renderCsv([report], detail)];
    for (const channel of [slackChannel(detail), teamsChannel(detail)])
      forms.push(JSON.stringify(renderMessages(buildRouted(report, {}), channel, CONTEXT)));
    for (const form of forms) assert.doesNotMatch(form, /ana@/, detail);
  }
});
