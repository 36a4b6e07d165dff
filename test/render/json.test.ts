import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import { renderJson, toReportJson } from '../../src/render/json.ts';
import { reportJsonSchema } from '../../src/render/json-schema.ts';
import { sampleReport } from '../../src/render/sample-report.ts';
import {
  baselineReport,
  cleanReport,
  failedReport,
  hostileReport,
  ordinaryReport,
  partialReport,
} from '../support/report-builder.ts';

const schema = z.fromJSONSchema(JSON.parse(JSON.stringify(reportJsonSchema())));

for (const make of [
  sampleReport,
  cleanReport,
  ordinaryReport,
  partialReport,
  failedReport,
  baselineReport,
  hostileReport,
]) {
  for (const detail of ['full', 'ids', 'counts'] as const) {
    test(`${make.name} at detail ${detail} is what the schema says`, () => {
      const result = schema.safeParse(JSON.parse(renderJson([make()], detail)));
      assert.equal(result.success, true, result.error?.message ?? '');
    });
  }
}

test('the schema refuses a key that is not of version 1', () => {
  const document = JSON.parse(renderJson([cleanReport()])) as { reports: [{ run: Record<string, unknown> }] };
  document.reports[0].run['extra'] = 1;
  assert.equal(schema.safeParse(document).success, false);
});

test('a finding has its subject, its state and its whole history', () => {
  const report = ordinaryReport();
  const found = report.findings.find(({ subject }) => subject.id === 'mreyes');
  assert.ok(found);
  assert.deepEqual(
    toReportJson(report).findings.find(({ id }) => id === found.id),
    {
      id: found.id,
      rule: 'administrators-are-approved',
      severity: 'critical',
      state: 'new',
      subject: { kind: 'member', id: 'mreyes', email: 'mreyes@northwind.example', name: 'Marta Reyes' },
      message: 'mreyes is an administrator and nobody approved it',
      evidence: { by: ['relationship'], role: null, memberSince: '2026-11-19T10:12:00.000Z' },
      firstSeenAt: '2026-11-23T07:00:00.000Z',
      lastSeenAt: '2026-11-23T07:00:00.000Z',
      waiver: null,
      key: '',
      because: 'group_changed',
      openedAt: '2026-11-23T07:00:00.000Z',
      lastOpenAt: null,
      resolvedAt: null,
      resetsAt: null,
      baseline: false,
      acknowledged: null,
      resolvedBy: null,
    },
  );
});

test('a rule without a reason has neither reason nor its kind', () => {
  const [met] = toReportJson(cleanReport()).rules;
  assert.equal(met !== undefined && 'reason' in met, false);
  const missing = toReportJson(partialReport()).rules.find(({ verdict }) => verdict === 'not_evaluated');
  assert.deepEqual(missing && 'reasonKind' in missing ? missing.reasonKind : null, 'not_collected');
});

test('the same report gives the same bytes', () => {
  assert.equal(renderJson([ordinaryReport()]), renderJson([ordinaryReport()]));
});
