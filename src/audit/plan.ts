import { type AccountReading, planAccountReading } from '../collect/account-days.ts';
import { type GroupSizes, planRequests, sizesOf } from '../collect/request-plan.ts';
import { addDays, eachDay, toDay } from '../model/instant.ts';
import type { RequestPlan } from '../model/plan.ts';
import { COLLECTED_SECTIONS, type CollectedName, present, type Snapshot } from '../model/snapshot.ts';
import { decodeSection } from '../sections.ts';
import type { AuditContext, AuditJob } from './job.ts';

/** Days before today whose busiest says how many requests a day needs. */
const WEEK = 7;

/** What is asked of the API, decided before the first request. */
export interface RunPlan {
  readonly plan: RequestPlan;
  /** How large the group was when it was last looked at; null: never. */
  readonly sizes: GroupSizes | null;
  readonly accountReading: AccountReading;
}

/** Which rules are judged, for which group, and when. */
export interface Planning {
  readonly rules: readonly string[];
  readonly group: string;
  readonly at: Date;
}

/** What a plan depends on. */
type PlanContext = Pick<AuditContext, 'store' | 'rules' | 'budget'>;

/** The requests that judging these rules will cost. */
export function planRun(context: PlanContext, { rules, group, at }: Planning): RunPlan {
  const rulesBySection: Partial<Record<CollectedName, string[]>> = {};
  for (const rule of new Set(rules)) {
    const reads = context.rules.sections.get(rule);
    for (const name of COLLECTED_SECTIONS.filter((section) => reads?.includes(section) === true)) {
      rulesBySection[name] = [...(rulesBySection[name] ?? []), rule];
    }
  }
  const sections = COLLECTED_SECTIONS.filter((name) => rulesBySection[name] !== undefined);
  const sizes = knownSizes(context, group);
  const planWith = (accountReading: AccountReading): RequestPlan =>
    planRequests({ sections, rulesBySection, sizes, accountReading });
  const nothing: AccountReading = { known: [], days: [], accounts: 0 };
  if (!sections.includes('accountDays') && !sections.includes('peakAccounts')) {
    return { plan: planWith(nothing), sizes, accountReading: nothing };
  }
  const accountReading = planAccountReading(context.store.accountDays(group), at, {
    requests: requestsLeft(context, { needed: planWith(nothing).total, group, at }),
    asksForPools: sections.includes('quotaPools'),
  });
  return { plan: planWith(accountReading), sizes, accountReading };
}

/**
 * Requests that a run may make beside those it needs, so that neither it nor another run of the day is refused for them: what the
 * busiest day of the last week took stays free.
 */
function requestsLeft(
  context: PlanContext,
  { needed, group, at }: { readonly needed: number; readonly group: string; readonly at: Date },
): number {
  const ofRun = context.budget.run - needed;
  const share = dayShare(context, group);
  if (share === null) return ofRun;
  const today = toDay(at);
  const made = context.store.ownRequests(group);
  const busiest = Math.max(...eachDay(addDays(today, -WEEK), addDays(today, -1)).map((day) => made[day] ?? 0));
  return Math.min(ofRun, share.requests - Math.max((made[today] ?? 0) + needed, busiest));
}

/** How large the group was when it was last looked at; null: never. */
function knownSizes({ store }: Pick<AuditContext, 'store'>, group: string): GroupSizes | null {
  const items = (name: 'members' | 'membersWithout2fa' | 'serviceAccounts' | 'administrators'): number | null =>
    store.latestSection(group, name)?.items ?? null;
  const stored = (
    name: 'group' | 'consumption' | 'accountActivity',
  ): Pick<Snapshot, 'group' | 'consumption' | 'accountActivity'> => {
    const section = store.latestSection(group, name);
    return section === null ? {} : { [name]: present(decodeSection({ ...section, name })) };
  };
  return sizesOf({
    members: items('members'),
    membersWithout2fa: items('membersWithout2fa'),
    serviceAccounts: items('serviceAccounts'),
    administrators: items('administrators'),
    ...stored('group'),
    ...stored('consumption'),
    ...stored('accountActivity'),
  });
}

/** Why the run may not begin; null: it may. A person who starts a run by hand decides about the day's share. */
export function refuse(plan: RequestPlan, job: AuditJob, context: PlanContext, at: Date): string | null {
  const { run } = context.budget;
  if (plan.total > run)
    return `the run would cost ${plan.total} requests, more than api.budget.run allows (${run}); raise it, or audit fewer rules`;
  const share = dayShare(context, job.group.id);
  if (share === null || job.trigger === 'manual') return null;
  // What was sent, and not what the runs say: two audits share a collection, and a run that was killed says nothing.
  const spent = context.store.ownRequests(job.group.id)[toDay(at)] ?? 0;
  if (spent + plan.total <= share.requests) return null;
  return `audits have made ${spent} requests today and this run would make ${plan.total} more, beyond api.budget.dayShare (${share.requests} of the group's ${share.daily} a day); audit less often, or raise it`;
}

/** How many of the group's daily requests audits may make; null: it is not known how many it has. */
function dayShare(
  { store, budget }: PlanContext,
  group: string,
): { readonly requests: number; readonly daily: number } | null {
  const section = store.latestSection(group, 'group');
  if (section === null) return null;
  const { quotas } = decodeSection({ ...section, name: 'group' });
  const daily = quotas.known ? (quotas.value['api_requests_daily']?.allowed ?? 0) : 0;
  return daily > 0 ? { requests: Math.floor(daily * budget.dayShare), daily } : null;
}
