import assert from 'node:assert/strict';
import test from 'node:test';
import { renderCsv } from '../../src/render/csv.ts';
import { renderFailureText } from '../../src/render/fallback.ts';
import { renderJson } from '../../src/render/json.ts';
import { renderPage } from '../../src/render/page.ts';
import { CONTEXT, mailOf, viewOf } from '../support/render-builder.ts';
import { HOSTILE_NAMES, hostileReport } from '../support/report-builder.ts';

// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const INVISIBLE = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/;

/** The cells of a line in which every cell is quoted. */
function parseLine(line: string): readonly string[] {
  assert.match(line, /^("([^"]|"")*",)*"([^"]|"")*"$/u);
  return [...line.matchAll(/"((?:[^"]|"")*)"(?:,|$)/gu)].map(([, cell]) => (cell ?? '').replaceAll('""', '"'));
}

const page = renderPage(viewOf(hostileReport()), CONTEXT.templates);
const mail = mailOf(hostileReport(), { attach: ['html'] });

for (const [name, html] of Object.entries({ page, mail: mail.html })) {
  test(`hostile names add no element to the ${name}`, () => {
    assert.doesNotMatch(html, /<img|onerror=alert\(1\)>|<b>|<i>|javascript:/i);
    assert.equal(html.match(/<script/g)?.length ?? 0, name === 'page' ? 1 : 0);
    assert.equal(html.match(/<\/title>/g)?.length, name === 'page' ? html.match(/<title/g)?.length : 1);
    assert.equal(html.match(/<\/style>/g)?.length, 1);
  });

  test(`hostile names leave no invisible character in the ${name}`, () => {
    assert.doesNotMatch(html, INVISIBLE);
  });

  test(`a very long name is cut in the ${name}`, () => {
    assert.doesNotMatch(html, /A{600}/);
  });

  test(`template code in a name is not run in the ${name}`, () => {
    assert.match(html, /\{\{constructor\}\}/);
  });
}

test('hostile names leave no invisible character and no long line in the text', () => {
  assert.doesNotMatch(mail.text, INVISIBLE);
  assert.ok(mail.text.split('\n').every((line) => Array.from(line).length <= 78));
});

test('no hostile name is in the subject', () => {
  assert.doesNotMatch(mail.subject, /img|HYPERLINK|evil|channel/);
});

test('a spreadsheet runs no cell of the CSV', () => {
  const csv = renderCsv([hostileReport()]);
  assert.ok(csv.startsWith('\uFEFF"group"'));
  const lines = csv.slice(1).trimEnd().split('\r\n');
  assert.equal(lines.length, 1 + HOSTILE_NAMES.length * 2);
  const cells = lines.map(parseLine);
  assert.deepEqual([...new Set(cells.map((row) => row.length))], [28]);
  for (const cell of cells.flat()) assert.doesNotMatch(cell, /^\s*[=+\-@＝＋－＠]/u);
  assert.doesNotMatch(csv.slice(1).replaceAll('\r\n', ''), INVISIBLE);
});

test('JSON keeps names exactly', () => {
  const { reports } = JSON.parse(renderJson([hostileReport()])) as {
    reports: { findings: { subject: { id: string } }[] }[];
  };
  const ids = new Set(reports[0]?.findings.map(({ subject }) => subject.id));
  for (const name of HOSTILE_NAMES) assert.ok(ids.has(name.toWellFormed()) || ids.has(name));
});

test('the text that replaces a report names the template and no account', () => {
  const error = new Error('templates/mail.hbs failed', { cause: new Error('"x" not defined') });
  const text = renderFailureText(hostileReport(), 'security-team', error);
  assert.match(text, /What failed: templates\/mail\.hbs failed: "x" not defined\./);
  assert.doesNotMatch(text, INVISIBLE);
  assert.doesNotMatch(text, /HYPERLINK/);
});

test('a link that is not of the web is left out', () => {
  assert.doesNotMatch(page + mail.html, /href="(?!https?:|#)/);
});
