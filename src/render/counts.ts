import { type Finding, isOpen } from '../model/finding.ts';
import type { RoutedReport } from '../model/routed.ts';
import { isResolvedByGroup, isWaived } from '../model/summary.ts';

/** A reader's findings, sorted into what the report says of them. */
export interface Counts {
  /** Open, not waived, and this reader has not been told. Empty in a first report, where nothing is news. */
  readonly fresh: readonly Finding[];
  /** Open and not waived, but told before. */
  readonly still: readonly Finding[];
  /** Closed by a change of the group since this reader's last report. */
  readonly resolved: readonly Finding[];
  /** Closed for another reason. */
  readonly closed: readonly Finding[];
  readonly waived: readonly Finding[];
  /** Open and not waived. */
  readonly open: readonly Finding[];
  /** Rules without a verdict, and rule files that did not load. */
  readonly unchecked: number;
  /** Rules of which every open finding is waived. */
  readonly waivedRules: number;
}

function waivedRules({ report, hidden, domains }: RoutedReport, open: readonly Finding[]): number {
  // A finding that the reader's filters leave out may be unwaived: then nothing is known about its rule here.
  if (hidden > 0 || domains !== null) return 0;
  const unwaived = new Set(open.map((finding) => finding.rule));
  const waived = new Set(report.findings.filter(isWaived).map((finding) => finding.rule));
  return report.rules.filter(
    ({ verdict, reason, requirement: { id } }) =>
      verdict === 'breached' && reason === null && waived.has(id) && !unwaived.has(id),
  ).length;
}

/** Sorts a reader's findings. */
export function countFindings(routed: RoutedReport): Counts {
  const { report, news, firstReport } = routed;
  const open = report.findings.filter((finding) => isOpen(finding.state) && !isWaived(finding));
  const isNews = (finding: Finding) => !firstReport && news.has(finding.id);
  const ended = report.findings.filter((finding) => !isOpen(finding.state) && news.has(finding.id));
  return {
    fresh: open.filter(isNews),
    still: open.filter((finding) => !isNews(finding)),
    resolved: ended.filter(isResolvedByGroup),
    closed: ended.filter((finding) => !isResolvedByGroup(finding)),
    waived: report.findings.filter(isWaived),
    open,
    unchecked: report.summary.rules.notEvaluated + report.brokenRules.length,
    waivedRules: waivedRules(routed, open),
  };
}
