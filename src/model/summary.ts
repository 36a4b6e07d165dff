import { type Finding, isOpen } from './finding.ts';
import type { RuleReport, Summary } from './report.ts';
import type { Severity } from './severity.ts';

/** What says whether a finding is waived: the same in a finding and in its JSON form. */
type Waivable = Pick<Finding, 'state'> & { readonly waiver: { readonly expired: boolean } | null };

/** Whether a finding is open and covered by a waiver in force. */
export function isWaived({ state, waiver }: Waivable): boolean {
  return isOpen(state) && waiver !== null && !waiver.expired;
}

/** Whether a finding closed because the group changed, the only closing that counts as resolved. */
export function isResolvedByGroup({ state, because }: Pick<Finding, 'state' | 'because'>): boolean {
  return state === 'resolved' && (because === 'group_changed' || because === 'left_group');
}

/** Counts rules and findings. A waived finding is counted as waived and in no state. */
export function summarize(rules: readonly RuleReport[], disabled: number, findings: readonly Finding[]): Summary {
  const unwaived = findings.filter((finding) => !isWaived(finding));
  const inState = (state: Finding['state']): number => unwaived.filter((finding) => finding.state === state).length;
  const withVerdict = (verdict: RuleReport['verdict']): number =>
    rules.filter((rule) => rule.verdict === verdict).length;
  const resolved = findings.filter(isResolvedByGroup).length;
  return {
    rules: {
      passed: withVerdict('passed'),
      breached: withVerdict('breached'),
      notEvaluated: withVerdict('not_evaluated'),
      disabled,
    },
    findings: {
      new: inState('new'),
      persisting: inState('persisting'),
      resolved,
      closed: inState('resolved') - resolved,
      unverified: inState('unverified'),
      withdrawn: inState('withdrawn'),
      waived: findings.length - unwaived.length,
    },
    bySeverity: countBySeverity(unwaived.filter((finding) => isOpen(finding.state))),
  };
}

/** How many findings there are of each severity. */
function countBySeverity(findings: readonly Pick<Finding, 'severity'>[]): Readonly<Record<Severity, number>> {
  const counts: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const finding of findings) counts[finding.severity] += 1;
  return counts;
}
