import assert from 'node:assert/strict';
import test from 'node:test';
import { createTransport } from 'nodemailer';
import PostalMime from 'postal-mime';
import { MAX_HTML_BYTES } from '../../src/render/mail.ts';
import { mailWireId } from '../../src/render/message-id.ts';
import { mailOf, visibleText } from '../support/render-builder.ts';
import {
  buildFinding,
  buildReport,
  buildRouted,
  buildRule,
  cleanReport,
  daysAgo,
  failedReport,
  hostileReport,
  hugeReport,
  ordinaryReport,
  partialReport,
} from '../support/report-builder.ts';

const REPORTS = { clean: cleanReport, ordinary: ordinaryReport, partial: partialReport, failed: failedReport };

for (const [name, make] of Object.entries(REPORTS)) {
  test(`the text of a ${name} report says every number of its HTML`, () => {
    const { html, text } = mailOf(make());
    const numbers = (from: string) => new Set(from.match(/\d[\d,.]*\d|\d/g) ?? []);
    const said = numbers(text);
    assert.deepEqual(
      [...numbers(visibleText(html))].filter((number) => !said.has(number)),
      [],
    );
  });

  test(`the text of a ${name} report is at most 78 columns wide`, () => {
    const wide = mailOf(make())
      .text.split('\n')
      .filter((line) => Array.from(line).length > 78);
    assert.deepEqual(wide, []);
  });
}

test('the text has a line a control, and no framework without one', () => {
  const controls = { 'CIS v8': ['5.1', '6.8'], 'NIST 800-53 r5': [] };
  const { text, html } = mailOf(buildReport({ rules: [buildRule('r-one', { requirement: { controls } })] }));
  assert.match(text, /\n✓ r one\n {2}met, 58 looked at, since Mon 12 Oct \[r-one\]\n/);
  assert.match(
    text,
    /✗ not met · ◐ not checked · ✓ met · – switched off\n\nCIS v8\n- 5\.1: ✓ r-one\n- 6\.8: ✓ r-one\n/,
  );
  assert.doesNotMatch(text + html, /NIST/);
});

test('the footer says what proves the rights of the key, or that nothing does', () => {
  const proofs = ['the API told the group’s use', 'the API showed the quotas of 3 service accounts'];
  const footer = (proven: boolean) =>
    mailOf(
      buildReport({ rights: { proven, proofs: proven ? proofs : [], identityIsAdministrator: null } }),
    ).text.replace(/\n {2}/g, ' ');
  assert.match(
    footer(true),
    /- Rights: the key has administration rights: the API told the group’s use; the API showed the quotas of 3 service accounts\n/,
  );
  assert.match(footer(false), /- Rights: nothing proves that the key has administration rights\n/);
});

test('ten thousand findings fit: the HTML is cut, counted, and the rest attached', () => {
  const mail = mailOf(hugeReport());
  assert.ok(Buffer.byteLength(mail.html) <= MAX_HTML_BYTES);
  assert.match(mail.text, /more findings in \d+ more groups, in the attached list/);
  const [csv] = mail.attachments;
  assert.equal(csv?.filename, 'northwind_dfir-2026-11-23-findings.csv');
  assert.equal(csv?.content.trimEnd().split('\r\n').length, 10_001);
  assert.match(mail.text, /Attached: northwind_dfir-2026-11-23-findings\.csv\./);
});

test('a mail whose every text is as long and as hostile as can be still fits', () => {
  const long = '"'.repeat(5_000);
  const rules = Array.from({ length: 60 }, (_, index) =>
    buildRule(`rule-${index}`, {
      verdict: 'breached',
      limits: [long, long],
      requirement: {
        title: long,
        why: long,
        fix: { text: long, effort: 'low' },
        controls: { [long]: [long, `${long}${index}`] },
      },
    }),
  );
  const findings = rules.flatMap((rule, index) => [
    buildFinding({
      rule: rule.requirement.id,
      subject: { kind: 'member', id: `${index}${long}`, email: long, name: long },
      message: long,
      evidence: { [long]: long },
      state: index % 2 === 0 ? 'new' : 'persisting',
      openedAt: daysAgo(index),
    }),
  ]);
  const outsideView = Array.from({ length: 40 }, () => long);
  const mail = mailOf(buildReport({ rules, findings, outsideView }));
  assert.ok(Buffer.byteLength(mail.html) <= MAX_HTML_BYTES);
});

test('headers keep autoresponders quiet and let people filter', () => {
  const { headers } = mailOf(partialReport());
  assert.deepEqual(headers, {
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'OOF, AutoReply, RN, NRN, DR',
    'List-Id': '<weekly-review.vt-auditor.northwind.example>',
    'X-Audit-Report': 'weekly-review',
    'X-Audit-Group': 'northwind_dfir',
    'X-Audit-Run': '20261123T070000Z-k3v9qd',
    'X-Audit-Result': 'partial',
  });
});

test('several readers get a way to unsubscribe that leads to the owner', () => {
  const { headers } = mailOf(cleanReport(), { to: ['a@x.example', 'b@x.example'], replyTo: 'Owner <own@x.example>' });
  assert.equal(headers['List-Unsubscribe'], '<mailto:own@x.example?subject=unsubscribe%20weekly-review>');
});

test('hostile names reach no header, and the mail parses as it was meant', async () => {
  const report = hostileReport();
  const mail = mailOf(report, { attach: ['html', 'csv', 'json'] });
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  assert.doesNotMatch(mail.subject + Object.values(mail.headers).join(''), /[\u0000-\u001F\u007F-\u009F<>"]{2}|[\r\n]/);
  const transport = createTransport({ streamTransport: true, buffer: true });
  const sent = await transport.sendMail({
    from: mail.from,
    to: [...mail.to],
    subject: mail.subject,
    headers: { ...mail.headers },
    html: mail.html,
    text: mail.text,
    attachments: [...mail.attachments],
    messageId: mailWireId(buildRouted(report), 'c', 'x.example'),
  });
  const parsed = await PostalMime.parse(sent.message as Buffer);
  assert.equal(parsed.subject, mail.subject);
  assert.deepEqual(parsed.to, [{ address: 'soc@northwind.example', name: '' }]);
  assert.equal(
    parsed.headers.find(({ key }) => key === 'bcc'),
    undefined,
  );
  assert.equal(parsed.attachments.length, 3);
  assert.equal(parsed.html?.trim(), mail.html.trim());
});

test('an incomplete list of findings says so in its file name', () => {
  const { attachments } = mailOf(partialReport(), { attach: ['csv'] });
  assert.equal(attachments[0]?.filename, 'northwind_dfir-2026-11-23-INCOMPLETE-findings.csv');
});

test('the Message-ID is the same for the same run and channel and differs for another', () => {
  const routed = buildRouted(cleanReport());
  const id = mailWireId(routed, 'one', 'x.example');
  assert.match(id, /^<20261123T070000Z-k3v9qd-weekly-review\.[0-9a-f]{8}@x\.example>$/);
  assert.equal(id, mailWireId(routed, 'one', 'x.example'));
  assert.notEqual(id, mailWireId(routed, 'two', 'x.example'));
});

test('the same report gives the same bytes', () => {
  assert.deepEqual(mailOf(hostileReport()), mailOf(hostileReport()));
});

test('every cell that sets a text colour for print and mail keeps a background from its card', () => {
  const { html } = mailOf(ordinaryReport());
  assert.match(html, /<table[^>]*class="card"[^>]*background-color:#fcfdff;color:#1d2735/);
  for (const [label] of html.matchAll(/<span class="s-[a-z]+"[^>]*>/g)) {
    assert.match(label, /background-color:#[0-9a-f]{6};color:#[0-9a-f]{6}/);
  }
  assert.match(html, /prefers-color-scheme:dark/);
  assert.match(html, /<div style="display:none/);
  assert.ok((html.match(/<style>[\s\S]*<\/style>/)?.[0].length ?? 0) < 16_000);
});

test('a mail without names gives ids, one with counts gives nobody', () => {
  const ids = mailOf(ordinaryReport(), { detail: 'ids', attach: ['html', 'csv', 'json'] });
  const all = (mail: typeof ids) =>
    [mail.html, mail.text, ...mail.attachments.map(({ content }) => content)].join('\n');
  assert.doesNotMatch(all(ids), /@northwind\.example|Taras|Koval|Reyes/);
  assert.match(all(ids), /tkoval/);
  const counts = mailOf(ordinaryReport(), { detail: 'counts', attach: ['html', 'csv', 'json'] });
  assert.doesNotMatch(all(counts), /@northwind\.example|Taras|tkoval|mreyes|jlind|pstone|lab-sandbox/);
  assert.match(counts.text, /5 open problems, 3 of them new; 1 resolved/);
});
