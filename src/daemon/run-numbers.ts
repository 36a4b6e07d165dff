import { isOpen } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { isWaived } from '../model/summary.ts';
import type { FinishedRun } from '../web/metrics.ts';

/** What the metrics say of a report. */
export function toFinishedRun({ run, findings, rules, brokenRules }: Report): FinishedRun {
  const end = Date.parse(run.finishedAt ?? run.startedAt);
  const failed = rules.filter(({ reason }) => reason?.kind === 'rule_failed' || reason?.kind === 'timed_out');
  return {
    audit: run.audit,
    group: run.group,
    status: run.status,
    seconds: Math.max(0, (end - Date.parse(run.startedAt)) / 1000),
    findings: findings
      .filter(({ state }) => isOpen(state))
      .map((finding) => ({ severity: finding.severity, state: isWaived(finding) ? 'waived' : finding.state })),
    failedRules: [...failed.map(({ requirement }) => requirement.id), ...brokenRules.map(() => 'custom rule file')],
  };
}
