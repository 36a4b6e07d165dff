import { isOpen } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { isAtLeast, type Severity } from '../model/severity.ts';
import { isWaived } from '../model/summary.ts';

/** How a command ended, for scripts. */
export const ExitCode = { done: 0, findings: 1, couldNot: 2, partial: 3, owed: 4 } as const;

/** A severity that makes a run end with `findings`, or never. */
export type FailOn = Severity | 'never';

/** The exit code of a run over several reports: 2 outranks 3 outranks 4 outranks 1. */
export function exitCodeOf(reports: readonly Report[], failOn: FailOn, isOwed: boolean): number {
  if (reports.some(({ run }) => run.status === 'failed')) return ExitCode.couldNot;
  if (reports.some(({ run }) => run.status !== 'complete')) return ExitCode.partial;
  if (isOwed) return ExitCode.owed;
  return failOn !== 'never' && reports.some((report) => hasFinding(report, failOn)) ? ExitCode.findings : ExitCode.done;
}

function hasFinding(report: Report, threshold: Severity): boolean {
  return report.findings.some(
    (finding) => isOpen(finding.state) && !isWaived(finding) && isAtLeast(finding.severity, threshold),
  );
}
