import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WaiverEnd } from '../../src/model/waiver.ts';
import { loadTemplates } from '../../src/render/templates.ts';
import { renderText } from '../../src/render/text.ts';
import { viewOf } from '../support/render-builder.ts';
import { buildFinding, buildReport } from '../support/report-builder.ts';

const templates = loadTemplates();

function textOf(ended: WaiverEnd): string {
  const waiver = {
    reason: 'token on order',
    approvedBy: 'cho@northwind.example',
    expires: '2026-11-20',
    ticket: null,
    expired: true,
    ended,
  };
  const report = buildReport({ findings: [buildFinding({ state: 'persisting', waiver })] });
  return renderText(viewOf(report), templates).replaceAll(/\s+/gu, ' ');
}

test('a waiver that ended says whose it was, why, and what ended it', () => {
  const said = 'Was waived by cho@northwind.example, because: token on order.';
  assert.ok(textOf('expired').includes(`${said} The waiver ended on Fri 20 Nov.`), textOf('expired'));
  assert.ok(textOf('outgrown').includes(`${said} It is worse now than what was approved`));
  assert.ok(textOf('removed').includes(`${said} The entry is no longer in the waiver file.`));
});

test('a report names interrupted runs and waivers that waive nothing', () => {
  const unused = {
    rule: 'members-use-2fa',
    group: null,
    subject: 'gone',
    key: null,
    reason: 'r',
    approvedBy: 'cho@northwind.example',
    expires: '2027-02-01',
    ticket: null,
    endsAt: '2027-02-02T00:00:00.000Z',
  };
  const report = buildReport({
    waivers: { inForce: [], bad: [], unused: [unused] },
    interrupted: [{ run: 'r1', slot: '2026-11-16T08:00[Europe/Madrid]', startedAt: '2026-11-16T07:00:00.000Z' }],
  });
  const text = renderText(viewOf(report), templates).replaceAll(/\s+/gu, ' ');
  assert.match(text, /was interrupted and left no report/u);
  assert.match(text, /The waiver of members-use-2fa for gone waives nothing that is open/u);
});
