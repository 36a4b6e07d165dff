import { readFile } from 'node:fs/promises';
import type { App } from '../app.ts';
import type { Plan } from '../manage/plan.ts';
import { type PlanFile, readPlan, writePlan } from '../manage/plan-file.ts';
import { Refusal } from '../manage/refusal.ts';
import { isAnswerTo, type Remediation, toRemediation } from '../manage/remediate.ts';
import type { RecordedChange } from '../model/change.ts';
import { type Finding, isOpen } from '../model/finding.ts';
import { isWaived } from '../model/summary.ts';
import { UsageError } from './complaint.ts';
import type { Managing } from './manage.ts';
import type { Order } from './manage-orders.ts';
import { shownOpenFindings } from './personal-use.ts';

/** Which findings a plan is to answer, and how. */
export interface RemediationWanted {
  /** Empty: of all rules. */
  readonly rules: readonly string[];
  /** Ids, or their beginnings; empty: all. */
  readonly findings: readonly string[];
  readonly cap: number | null;
}

/** A plan from findings, what must not be done, and what only a person can do. */
export interface RemediationPlan {
  readonly plan: Plan;
  readonly byHand: Remediation['byHand'];
  /** The plan file; null when there is nothing to change. */
  readonly text: string | null;
}

/** Plans changes that answer the group's open findings. It looks at the group and sends nothing. */
export async function planRemediation(
  app: App,
  managing: Managing,
  wanted: RemediationWanted,
): Promise<RemediationPlan> {
  const { store, clock } = app;
  const group = managing.group.id;
  const last = store.lastRun(group);
  if (last === null || last.digests === null)
    throw new UsageError(`${group} was not audited yet, so there are no findings; \`vt-auditor run\` comes first`);
  const { wishes, byHand } = toRemediation(selectFindings(shownOpenFindings(app, group), wanted), wanted);
  const plan = await managing.plan(wishes);
  const basis = { run: last.run.id, sections: last.digests.sections };
  const text = plan.changes.length === 0 ? null : writePlan({ group, basis, changes: plan.changes, at: clock.now() });
  return { plan, byHand, text };
}

function selectFindings(open: readonly Finding[], { rules, findings }: RemediationWanted): readonly Finding[] {
  const unknown = findings.find((id) => id.length < 8 || !open.some((finding) => finding.id.startsWith(id)));
  if (unknown !== undefined)
    throw new UsageError(`there is no open finding "${unknown}"; \`vt-auditor findings\` lists them`);
  return open.filter(
    ({ id, rule }) =>
      (rules.length === 0 || rules.includes(rule)) &&
      (findings.length === 0 || findings.some((beginning) => id.startsWith(beginning))),
  );
}

/** Reads a plan file. @throws UsageError when it cannot be used. */
export async function loadPlan(file: string, at: Date): Promise<PlanFile> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(`the plan cannot be read (${code})`);
  });
  try {
    return readPlan(text, at);
  } catch (error) {
    throw error instanceof Refusal ? new UsageError(error.message) : error;
  }
}

/**
 * The changes of a plan file, to be planned again on what the group is like now.
 * @throws Refusal when the plan is of another group or database, expired, or answers a finding that is not open any more.
 */
export function planned(plan: PlanFile, { group }: Managing, { store, clock }: App): Order {
  if (plan.group !== group.id) throw new Refusal(`the plan is for the group ${plan.group}, not for ${group.id}`);
  // It may have expired while somebody thought about it.
  readPlan(JSON.stringify(plan), clock.now());
  const run = store.runs({ limit: 100_000, group: group.id }).find((row) => row.run.id === plan.basis.run);
  if (run?.digests?.sections !== plan.basis.sections)
    throw new Refusal('the plan was made from a snapshot that this database does not have; make a new one here');
  const open = store.openFindings(group.id).filter((one) => !isWaived(one));
  for (const { findings, summary, target } of plan.changes) {
    const answered = open.filter(({ id }) => findings.includes(id));
    if (answered.length < new Set(findings).size)
      throw new Refusal(`a finding that the plan answers is not open any more (${summary}); make a new plan`);
    if (!isAnswerTo(answered, target))
      throw new Refusal(`the findings that the plan names do not ask for this (${summary}); make a new plan`);
  }
  return {
    wishes: plan.changes.map(({ target, findings, before }) => ({ target, findings, expected: before })),
    undoes: null,
  };
}

/** How many findings are closed after a change, in words: of those that it was planned from, or else at all; empty where none is. */
export function resolutionOf({ id, findings, group }: RecordedChange, { store }: Pick<App, 'store'>): string {
  const closed = store
    .findings(group)
    .filter((one) => !isOpen(one.state) && (findings.includes(one.id) || one.resolvedBy?.change === id)).length;
  if (findings.length === 0) return closed === 0 ? '' : `${closed} closed`;
  return `${closed} of ${findings.length} closed`;
}
