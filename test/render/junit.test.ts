import assert from 'node:assert/strict';
import test from 'node:test';
import { isOpen } from '../../src/model/finding.ts';
import type { Report } from '../../src/model/report.ts';
import { isWaived } from '../../src/model/summary.ts';
import { renderJunit } from '../../src/render/junit.ts';
import {
  baselineReport,
  cleanReport,
  failedReport,
  hostileReport,
  hugeReport,
  ordinaryReport,
  partialReport,
} from '../support/report-builder.ts';
import { parseXml, type XmlElement } from '../support/xml.ts';

const REPORTS = [cleanReport, ordinaryReport, partialReport, failedReport, baselineReport];

function all(element: XmlElement, name: string): readonly XmlElement[] {
  return [
    ...(element.name === name ? [element] : []),
    ...element.children.flatMap((child) => (typeof child === 'string' ? [] : all(child, name))),
  ];
}

function assertCounts(element: XmlElement): void {
  const counted = {
    tests: all(element, 'testcase').length,
    failures: all(element, 'failure').length,
    errors: all(element, 'error').length,
    skipped: all(element, 'skipped').length,
  };
  for (const [name, number] of Object.entries(counted)) assert.equal(element.attributes[name], String(number), name);
}

for (const make of [...REPORTS, hostileReport, () => hugeReport(2_000)]) {
  test(`${make.name || 'a huge report'} is well-formed and counts its own cases`, () => {
    const root = parseXml(renderJunit([make(), make()]));
    assert.equal(root.name, 'testsuites');
    assertCounts(root);
    for (const suite of all(root, 'testsuite')) {
      assertCounts(suite);
      assert.ok(suite.attributes['name']);
      for (const each of all(suite, 'testcase')) assert.ok(each.attributes['name'] && each.attributes['classname']);
    }
  });
}

function endings(report: Report) {
  const root = parseXml(renderJunit([report]));
  const { failures, errors, skipped } = root.attributes;
  return { failures: Number(failures), errors: Number(errors), skipped: Number(skipped) };
}

test('its numbers are those of the summary', () => {
  for (const make of REPORTS) {
    const report = make();
    const { rules, findings } = report.summary;
    assert.deepEqual(endings(report), {
      failures: report.findings.filter((finding) => isOpen(finding.state) && !isWaived(finding)).length,
      errors: rules.notEvaluated + report.brokenRules.length,
      skipped: findings.waived + rules.disabled,
    });
  }
});

test('a failed run has no case that passed', () => {
  const root = parseXml(renderJunit([failedReport()]));
  const cases = all(root, 'testcase');
  assert.ok(cases.length > 0);
  for (const each of cases) assert.ok(each.children.length > 0, each.attributes['name'] ?? '');
});

test('drops what XML 1.0 does not allow', () => {
  const xml = renderJunit([hostileReport()]);
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  assert.doesNotMatch(xml, /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/);
  assert.equal(xml.isWellFormed(), true);
  assert.match(xml, /&lt;img src=x onerror=alert\(1\)&gt;/);
});
