import type { Report, ReportLook } from '../model/report.ts';
import type { RoutedReport } from '../model/routed.ts';
import { renderCsv } from '../render/csv.ts';
import { renderJson } from '../render/json.ts';
import { renderPage } from '../render/page.ts';
import type { Templates } from '../render/templates.ts';
import { renderText } from '../render/text.ts';
import { toView } from '../render/view.ts';
import type { View } from '../render/view-model.ts';

/** Formats that a report can be printed in. */
export const FORMATS = ['text', 'json', 'csv', 'html'] as const;

/** A format by name. */
export type Format = (typeof FORMATS)[number];

/** Reports of one command as one text. */
export function formatReports(
  reports: readonly Report[],
  format: Format,
  { look, templates }: { look: ReportLook; templates: Templates },
): string {
  switch (format) {
    case 'json':
      return renderJson(reports);
    case 'csv':
      return renderCsv(reports);
    case 'text':
      return reports.map((report) => renderText(toFullView(report, look), templates)).join('\n');
    case 'html':
      return reports.map((report) => renderPage(toFullView(report, look), templates)).join('\n');
  }
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
  };
  return toView(routed, look, 'full');
}
