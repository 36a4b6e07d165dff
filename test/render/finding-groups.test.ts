import assert from 'node:assert/strict';
import test from 'node:test';
import { toBrief } from '../../src/render/channels/brief.ts';
import { mailOf, viewOf } from '../support/render-builder.ts';
import { buildFinding, buildReport, buildRule, daysAgo } from '../support/report-builder.ts';

function member(id: string, severity: 'critical' | 'high', days: number) {
  return buildFinding({ subject: { kind: 'member', id }, severity, state: 'persisting', openedAt: daysAgo(days) });
}

const MIXED = buildReport({
  rules: [
    buildRule('members-use-2fa', {
      verdict: 'breached',
      requirement: { title: 'Members use 2FA', fix: { text: 'Turn it on.', effort: 'low' } },
    }),
  ],
  findings: [member('newer', 'high', 2), member('older', 'high', 9), member('boss', 'critical', 1)],
});

test('a rule is one group though its findings differ in severity: the worst first, of those the oldest', () => {
  const [group, ...others] = viewOf(MIXED).open.groups;
  assert.deepEqual(others, []);
  assert.equal(group?.severity.word, 'critical');
  assert.equal(group.count, '3 members: 1 critical and 2 high');
  assert.deepEqual(
    group.rows.map(({ who, ownSeverity }) => [who, ownSeverity]),
    [
      ['boss', 'critical'],
      ['older', 'high'],
      ['newer', 'high'],
    ],
  );
  assert.equal(mailOf(MIXED).text.match(/How to fix/g)?.length, 1);
});

test('findings that share a severity leave it to the heading', () => {
  const [group] = viewOf({ ...MIXED, findings: MIXED.findings.slice(0, 2) }).open.groups;
  assert.equal(group?.count, '2 members');
  assert.deepEqual(
    group.rows.map(({ ownSeverity }) => ownSeverity),
    ['', ''],
  );
});

test('a short message says the severity of each row that its heading does not', () => {
  const texts = toBrief(viewOf(MIXED), 10).parts.flatMap(({ lines }) => lines.map(({ text }) => text));
  assert.ok(texts.some((text) => text.startsWith('critical: boss signs in')));
  assert.ok(texts.some((text) => text.startsWith('high: newer signs in')));
});

test('counts alone still say how many there are of each severity', () => {
  const [group] = viewOf(MIXED, 'counts').open.groups;
  assert.equal(group?.count, '3 members: 1 critical and 2 high');
  assert.deepEqual(group.rows, []);
});
