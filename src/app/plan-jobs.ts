import { type App, newRunId } from '../app.ts';
import { planRun } from '../audit/plan.ts';
import type { RequestPlan } from '../model/plan.ts';
import { type Selection, selectJobs } from './jobs.ts';

/** What auditing one group would cost. */
export interface JobPlan {
  readonly group: string;
  readonly audits: readonly string[];
  readonly plan: RequestPlan;
  /** Where the sizes come from, in words. */
  readonly basis: string;
}

/** The requests that a run of these audits would make, one plan a group. */
export async function planJobs(app: App, selection: Selection): Promise<readonly JobPlan[]> {
  const at = app.clock.now();
  const context = await app.context(at);
  const jobs = selectJobs(selection, {
    config: app.config,
    rules: context.rules,
    trigger: 'manual',
    narrowed: false,
    isSending: false,
    at,
    runId: () => newRunId(at),
  });
  return jobs.map(({ group, orders }) => {
    const { plan, sizes } = planRun(context, { rules: orders.flatMap(({ rules }) => rules), group: group.id, at });
    return {
      group: group.id,
      audits: orders.map(({ audit }) => audit),
      plan,
      basis:
        sizes === null
          ? 'never audited, so the size of the group is a guess'
          : `${sizes.members} members when last audited`,
    };
  });
}
