import type { Report, ReportLook } from '../model/report.ts';
import type { RoutedReport } from '../model/routed.ts';
import { renderCsv } from '../render/csv.ts';
import { renderJson } from '../render/json.ts';
import { renderJunit } from '../render/junit.ts';
import { renderOcsf } from '../render/ocsf.ts';
import { renderPage } from '../render/page.ts';
import { toToken } from '../render/plain-text.ts';
import type { Templates } from '../render/templates.ts';
import { renderText } from '../render/text.ts';
import { toView } from '../render/view.ts';
import type { View } from '../render/view-model.ts';
import { UsageError } from './complaint.ts';

/** Formats that a report can be printed in. */
export const FORMATS = ['text', 'json', 'csv', 'html', 'ocsf', 'junit'] as const;

/** A format by name. */
export type Format = (typeof FORMATS)[number];

/** How reports look, and what they are made with. */
export interface Looks {
  readonly look: ReportLook;
  readonly templates: Templates;
}

/** A file that `--output` writes. */
export interface ReportFile {
  readonly name: string;
  readonly content: string;
}

const ENDINGS: Readonly<Record<Format, string>> = {
  text: 'txt',
  json: 'json',
  csv: 'csv',
  html: 'html',
  ocsf: 'ocsf.ndjson',
  junit: 'junit.xml',
};

/**
 * Refuses what cannot be printed, so that nobody waits for an audit to be told.
 * @throws UsageError for several reports in a format of which a file holds one.
 */
export function requirePrintable(format: Format, count: number): void {
  if (format === 'html' && count > 1)
    throw new UsageError(
      `--format html prints one report, and this would make ${count}: name one audit and one --group, or use --output FOLDER for a file each`,
    );
}

/**
 * Reports of one command as one text.
 * @throws UsageError like `requirePrintable`.
 */
export function formatReports(reports: readonly Report[], format: Format, looks: Looks): string {
  requirePrintable(format, reports.length);
  switch (format) {
    case 'json':
      return renderJson(reports);
    case 'csv':
      return renderCsv(reports);
    case 'ocsf':
      return renderOcsf(reports);
    case 'junit':
      return renderJunit(reports);
    case 'text':
      return reports.map((report) => renderText(toFullView(report, looks.look), looks.templates)).join('\n');
    case 'html':
      return reports.map((report) => renderPage(toFullView(report, looks.look), looks.templates)).join('');
  }
}

/** Reports of one command as files, in every format: one file a format, and one a report where a file holds one. */
export function toFiles(reports: readonly Report[], looks: Looks): readonly ReportFile[] {
  return FORMATS.flatMap((format) => {
    const ending = ENDINGS[format];
    if (format !== 'html' || reports.length < 2)
      return [{ name: `report.${ending}`, content: formatReports(reports, format, looks) }];
    return reports.map((report) => ({
      name: `report-${toToken(report.run.group)}-${toToken(report.run.audit)}.${ending}`,
      content: formatReports([report], format, looks),
    }));
  });
}

/** A report as the person at the terminal gets it: everything, and what is new to the group is news. */
function toFullView(report: Report, look: ReportLook): View {
  const news = report.findings
    .filter(({ state }) => state === 'new' || state === 'resolved' || state === 'withdrawn')
    .map(({ id }) => id);
  const routed: RoutedReport = {
    report,
    audit: report.run.audit,
    channel: 'terminal',
    firstReport: report.baseline,
    news: new Set(news),
    hidden: 0,
    domains: null,
  };
  return toView(routed, look, 'full', report.digests?.report ?? null);
}
