import assert from 'node:assert/strict';
import test from 'node:test';
import { toCell } from '../../src/render/csv.ts';
import { renderJunit } from '../../src/render/junit.ts';
import { renderOcsf } from '../../src/render/ocsf.ts';
import { everyChannel, everyMessage } from '../support/every-message.ts';
import { buildRouted, hostileReport } from '../support/report-builder.ts';
import { parseXml } from '../support/xml.ts';

const DETAILS = ['full', 'ids', 'counts'] as const;
const HUMAN = ['slack', 'teams', 'googlechat', 'pagerduty', 'apprise'] as const;

/** Characters that nobody sees, or that turn the direction of what follows. */
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const INVISIBLE = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/;

/** Every text inside a body, as the receiver reads it. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(textsIn) : [];
}

for (const detail of DETAILS) {
  const messages = everyMessage(buildRouted(hostileReport()), detail);

  for (const name of HUMAN) {
    test(`no hostile name hides, turns or floods anything in ${name} at ${detail}`, () => {
      for (const line of (messages[name] ?? '').split('\n')) {
        for (const text of textsIn(JSON.parse(line))) {
          assert.doesNotMatch(text, INVISIBLE);
          assert.doesNotMatch(text, /A{600}/);
          assert.ok(text.isWellFormed());
        }
      }
    });
  }

  test(`no hostile name calls anybody or becomes a link in a chat at ${detail}`, () => {
    assert.doesNotMatch(messages['slack'] ?? '', /<!|<@|<#|<http|<mailto/);
    assert.doesNotMatch(messages['googlechat'] ?? '', /<users\/|<a |<font|"text":\s*"[^"]*<(?!\/?[bi]>|br>)/);
    assert.doesNotMatch(messages['teams'] ?? '', /"TextBlock"|"mention"|"entities"/);
  });

  test(`every body is JSON in well-formed text, a line or a whole, at ${detail}`, () => {
    for (const [name, body] of Object.entries(messages)) {
      if (name === 'mail') continue;
      assert.ok(body.isWellFormed(), name);
      for (const line of body.trimEnd().split('\n')) JSON.parse(line);
    }
  });
}

test('the formats for machines keep hostile names inside their values', () => {
  const events = renderOcsf([hostileReport()]).trimEnd().split('\n');
  for (const event of events) JSON.parse(event);
  assert.equal(parseXml(renderJunit([hostileReport()])).name, 'testsuites');
});

for (const formula of [
  '=1+1',
  ' =1+1',
  '\t=1+1',
  '\r\n=1+1',
  '\u00A0=1+1',
  '\u3000＝1+1',
  '"=1+1',
  "'=1+1",
  "=cmd|'/C calc'!A1",
  '@SUM(1)',
  '+1',
  '-1+cmd|x',
  '＋1',
  '－1',
  '＠x',
  '\u2028=1',
]) {
  test(`a spreadsheet does not run ${JSON.stringify(formula)}`, () => {
    const cell = toCell(formula);
    assert.match(cell, /^"'/u);
    assert.equal(cell.split('\n').length, 1);
  });
}

test('characters that are not seen cannot hide a formula', () => {
  for (const hidden of ['\u200B=1', '\uFEFF=1', '\u202E=1', '\u0000=1']) assert.match(toCell(hidden), /^"[\uFFFD']/u);
});

test('each channel of the tests is there', () => {
  assert.equal(Object.keys(everyChannel()).length, Object.keys(everyMessage(buildRouted(hostileReport()))).length);
});
