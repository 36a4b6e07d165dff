import { isOpen } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import type { Detail } from '../model/settings.ts';
import { toReportJson } from './json.ts';
import { cleanText } from './plain-text.ts';

const COLUMNS = [
  'group',
  'audit',
  'run',
  'run_status',
  'severity',
  'state',
  'rule',
  'requirement',
  'subject_kind',
  'subject_id',
  'subject_name',
  'subject_email',
  'key',
  'message',
  'evidence',
  'how_to_fix',
  'because',
  'opened_at',
  'first_seen_at',
  'last_seen_at',
  'resolved_at',
  'waived',
  'waiver_expires',
  'waiver_approved_by',
  'waiver_reason',
  'baseline',
  'finding_id',
  'resolved_by',
] as const;

/** Characters of a cell: spreadsheets refuse more than 32,767. */
const MAX_CELL = 5_000;

/**
 * A cell that a spreadsheet shows and does not run: one line, quoted, and with an apostrophe before what would start a formula, also in
 * its full-width form (OWASP ASVS 1.2.10).
 */
export function toCell(text: string): string {
  const line = cleanText(text, MAX_CELL);
  const guarded = /^[\s'"]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/u.test(line) ? `'${line}` : line;
  return `"${guarded.replaceAll('"', '""')}"`;
}

type Written = ReturnType<typeof toReportJson>;
type WrittenFinding = Written['findings'][number];

function waiverCells({ waiver, state }: WrittenFinding): readonly string[] {
  if (waiver === null) return ['no', '', '', ''];
  const inForce = isOpen(state) && !waiver.expired ? 'yes' : 'no';
  return [inForce, waiver.expires, waiver.approvedBy, waiver.reason];
}

function resolvedByCell({ resolvedBy }: WrittenFinding): string {
  if (resolvedBy === null) return '';
  const { what, by, at, reason, change } = resolvedBy;
  return `${what} by ${by} at ${at}: ${reason} (${change})`;
}

function toRow({ run, rules }: Written, finding: WrittenFinding): string {
  const { subject } = finding;
  const rule = rules.find(({ id }) => id === finding.rule);
  const cells = [
    run.group,
    run.audit,
    run.id,
    run.narrowed ? `${run.status}, narrowed` : run.status,
    finding.severity,
    finding.state,
    finding.rule,
    rule?.title ?? '',
    subject.kind,
    subject.id,
    subject.name ?? '',
    subject.email ?? '',
    finding.key,
    finding.message,
    JSON.stringify(finding.evidence),
    rule?.fix.text ?? '',
    finding.because,
    finding.openedAt,
    finding.firstSeenAt,
    finding.lastSeenAt,
    finding.resolvedAt ?? '',
    ...waiverCells(finding),
    finding.baseline ? 'yes' : 'no',
    finding.id,
    resolvedByCell(finding),
  ];
  return cells.map(toCell).join(',');
}

/**
 * Findings as CSV for spreadsheets: UTF-8 with a byte order mark, CRLF, every field quoted, always the same columns, one row a finding.
 * At the detail `counts` there are no rows.
 */
export function renderCsv(reports: readonly Report[], detail: Detail = 'full'): string {
  const rows = reports.flatMap((report) => {
    const written = toReportJson(report, detail);
    return written.findings.map((finding) => toRow(written, finding));
  });
  return toCsvText(COLUMNS, rows);
}

/** A table as CSV: `rows` are lines of cells that `toCell` made. */
export function toCsvText(columns: readonly string[], rows: readonly string[]): string {
  const header = columns.map((column) => `"${column}"`).join(',');
  return `\uFEFF${[header, ...rows].join('\r\n')}\r\n`;
}
